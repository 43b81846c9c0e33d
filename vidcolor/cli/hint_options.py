"""What is known of a film's or photograph's colors: its file of hints, and what options ask for."""

import mimetypes
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vidcolor.cli.color_options import given_settings
from vidcolor.cli.lazy import lazily
from vidcolor.cli.reference_options import NO_REFERENCES, Note, References, reference_options
from vidcolor.cli.types import HintsFile
from vidcolor.colorize.settings import ColorSettings
from vidcolor.files import PIPE, is_still

with lazily():
    from vidcolor.hints import file as hints_file
    from vidcolor.hints import film_wide

if TYPE_CHECKING:
    from vidcolor.hints.file import Hints

NONE = Path("none")
"""What `--hints` takes for no file at all."""


@dataclass(frozen=True)
class HintChoice:
    """What the command line says of hints.

    file: what `--hints` gives: a path, `NONE`, or None for the file beside the input. references:
    pictures in color.
    """

    file: Path | None = None
    references: References = NO_REFERENCES

    @property
    def names_file(self) -> bool:
        """True if it names a file."""
        return self.file not in (None, NONE)

    def command_line(self) -> list[str]:
        """Return the options that say so."""
        return [
            *([] if self.file is None else ["--hints", str(self.file)]),
            *self.references.command_line(),
        ]


NOTHING = HintChoice()
"""What a command line without such options says."""


def hints_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--hints` and the options of references, which give one `HintChoice`, `hints`."""

    @wraps(command)
    def gathered(hints: Path | None, references: References, **given: Any) -> None:
        command(hints=HintChoice(hints, references), **given)

    with_file = click.option(
        "--hints",
        type=HintsFile(),
        help="What you know of its colours: a file, or none. Default: film.hints.toml beside "
        "film.mkv, if it is there.",
    )
    return with_file(reference_options(gathered))


def find_hints(
    source: Path,
    chosen: HintChoice,
    settings: ColorSettings,
    note: Note,
    given: Collection[str] = (),
) -> "tuple[ColorSettings, Hints | None]":
    """Return how a film or photograph is colored: its settings, and its hints.

    The settings are those asked for, and where no option says otherwise those that the file of
    hints holds. The hints are None where there are none.

    Args:
        source: the film or photograph.
        chosen: what the command line says.
        settings: what else is asked for; those of an earlier film tell which hints that had.
        note: is told of a file that was found beside the source, of the settings that it holds,
            and of one that others have too or that is not the one that the earlier film had.
        given: names of settings that are asked for, beside those that options give.

    Raises:
        UsageError: the file says something wrong, or an option lacks another one.
        InputError: a picture is not there, or another one than that of the earlier film.
    """
    path = None if chosen.file == NONE else chosen.file or _beside(source)
    hints = None
    if path is not None:
        hints = hints_file.Hints.load(path, timeless=is_still(source))
        if chosen.file is None:
            note(f"hints: those of {path.name}")
            for other in _namesakes(source):
                note(f"{path.name} holds for {other.name} too; rename it, or name one with --hints")
    others = hints is not None and bool(hints.marks or hints.references)
    if references := chosen.references.read(is_still(source), note, others):
        hints = hints or hints_file.Hints()
        hints = replace(hints, references=(*hints.references, *references))
    if hints and chosen.references.everywhere and not is_still(source):
        hints = hints.for_all_shots()
    if settings.hints is not None:
        now = hints.sha256 if hints else None
        if now is None:
            note("hints: none, but the film whose settings these are had some; see --hints")
        elif now != settings.hints:
            note("hints: others than those of the film whose settings these are")
    asked = {*given_settings(), *given}
    settings = film_wide.settled(settings, hints, asked)
    table = {} if hints is None else hints.settings
    if held := [name for name in table if name not in asked]:
        assert path is not None
        note(f"settings: those of {path.name}: {', '.join(map(_option, held))}")
    return settings, film_wide.with_wishes(hints, settings)


def _option(name: str) -> str:
    return name.replace("_", "-")


def _beside(source: Path) -> Path | None:
    """Return film.hints.toml beside film.mkv if there is one."""
    if source == PIPE or source.is_relative_to("/dev"):
        return None
    path = source.parent / f"{source.stem}.hints.toml"
    with suppress(OSError):  # the name may be too long
        return path if path.is_file() else None
    return None


def _namesakes(source: Path) -> list[Path]:
    """Return other films beside a film, or photographs beside one, that have the same file."""
    kind = "image/" if is_still(source) else "video/"
    return sorted(
        path
        for path in source.parent.iterdir()
        if path.stem == source.stem
        and path.name != source.name
        and (mimetypes.guess_type(path)[0] or "").startswith(kind)
    )
