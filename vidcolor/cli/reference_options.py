"""The options that name reference pictures; they make `ReferencePicture`s."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from vidcolor.cli.lazy import lazily
from vidcolor.cli.types import PATH, Number, PictureInSpan
from vidcolor.errors import InputError, UsageError
from vidcolor.files import is_still

with lazily():
    from vidcolor.hints import marks
    from vidcolor.hints import reference as pictures

if TYPE_CHECKING:
    from vidcolor.hints.marks import ReferencePicture

Note: TypeAlias = Callable[[str], None]

AUTO = Path("auto")
"""What `--reference` takes for the references of other shots."""


@dataclass(frozen=True)
class References:
    """Says which pictures in color a film or photograph is to look like.

    named: pictures, each with the span that it is for, or None for all of the film; `AUTO` among
    them lets all that is known of a shot color every shot that looks like it. folder: stills, whose
    names hold their times; None where there is none. match, strength, encoder_weights: as in
    `ReferencePicture`, of all.
    """

    named: tuple[tuple[Path, tuple[Fraction, Fraction] | None], ...] = ()
    folder: Path | None = None
    match: str = "auto"
    strength: float = 1.0
    encoder_weights: Path | None = None

    def command_line(self) -> list[str]:
        """Return the options that say so."""
        words = []
        for path, span in self.named:
            part = "" if span is None else "@" + "..".join(str(float(time)) for time in span)
            words += ["--reference", f"{path}{part}"]
        if self.folder is not None:
            words += ["--references", str(self.folder)]
        if self.match != NO_REFERENCES.match:
            words += ["--match", self.match]
        if self.strength != NO_REFERENCES.strength:
            words += ["--reference-strength", f"{self.strength:g}"]
        if self.encoder_weights is not None:
            words += ["--encoder-weights", str(self.encoder_weights)]
        return words

    @property
    def everywhere(self) -> bool:
        """True if what is known of a shot is to color others that look like it."""
        return any(path == AUTO for path, _ in self.named)

    def read(
        self, timeless: bool, note: Note, others: bool = False
    ) -> "tuple[ReferencePicture, ...]":
        """Return the references, those of the folder last.

        timeless: whether they are those of a photograph. note: is told of pictures of the folder
        that have no time in their names, or the same one. others: whether a file of hints knows of
        some shots what `AUTO` can be for. Raises UsageError for options that say nothing,
        InputError for a folder or picture that is not there.
        """
        if self.encoder_weights is not None:
            if self.match != "style":
                raise UsageError("--encoder-weights is for --match style alone; add that")
            if not self.encoder_weights.is_file():
                raise InputError(f"{self.encoder_weights}: is not there; name the file of weights")
        chosen = [
            (path, None, "film" if span is None else span)
            for path, span in self.named
            if path != AUTO
        ]
        found = [] if self.folder is None else self._stills(self.folder, timeless, note)
        if not (chosen or found):
            if self != NO_REFERENCES and not (others and self == _AUTO_ALONE):
                raise UsageError(
                    "--reference auto, --match and --reference-strength say how pictures are used; "
                    "name some with --reference or --references"
                )
            return ()
        for path, _, _ in chosen:
            if path.is_dir():
                raise InputError(f"{path}: is a folder; give it with --references")
            if not path.is_file():
                raise InputError(f"{path}: is not there; name the picture with --reference")
        if self.match == "own":
            for path, _, _ in chosen:
                note(f"{path.name}: is matched; --match own is for stills, of --references")
        reach = "film" if timeless else ""
        made = [*chosen, *((path, time, reach) for path, time in found)]
        return tuple(
            marks.ReferencePicture(
                path,
                at=time,
                match="matched" if self.match == "own" and time is None else self.match,
                strength=self.strength,
                reach=span,
                encoder_weights=self.encoder_weights,
            )
            for path, time, span in made
        )

    def _stills(
        self, folder: Path, timeless: bool, note: Note
    ) -> list[tuple[Path, Fraction | None]]:
        """Return the pictures of a folder, with the times that their names hold."""
        if not folder.is_dir():
            raise InputError(f"{folder}: no folder; make one with vidcolor stills")
        found: list[tuple[Path, Fraction | None]] = []
        times: dict[Fraction, Path] = {}
        for path in sorted(folder.iterdir()):
            if path.name.startswith("."):
                continue
            if not (path.is_file() and is_still(path)):
                note(f"{path.name}: is no picture that can be read; it is not used")
                continue
            time = None if timeless else pictures.time_of_name(path)
            if time is None and not timeless:
                note(f"{path.name}: has no time in its name; it is used where the film looks alike")
            elif time is not None and time in times:
                note(f"{path.name}: is for the same time as {times[time].name}, which is used")
                continue
            elif time is not None:
                times[time] = path
            found.append((path, time))
        if not found:
            raise InputError(f"{folder}: has no pictures; make some with vidcolor stills")
        return found


NO_REFERENCES = References()
"""What a command line without such options says."""

_AUTO_ALONE = References(((AUTO, None),))


def reference_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of references; they come as one `References`, `references`."""

    @wraps(command)
    def gathered(
        reference: tuple[tuple[Path, tuple[Fraction, Fraction] | None], ...],
        references: Path | None,
        match: str,
        reference_strength: float,
        encoder_weights: Path | None,
        **given: Any,
    ) -> None:
        chosen = References(reference, references, match, reference_strength, encoder_weights)
        command(references=chosen, **given)

    for option in reversed(_OPTIONS):
        gathered = option(gathered)
    return gathered


_OPTIONS = (
    click.option(
        "--reference",
        type=PictureInSpan(),
        multiple=True,
        help="A picture in colour of what the film shows, for all of it or a span of times; auto: "
        "what is known of a shot, by a picture or by hints, also colours other shots that look "
        "like it. May be repeated.",
    ),
    click.option(
        "--references",
        type=PATH,
        metavar="FOLDER",
        help="Frames of the film in colour, as vidcolor stills wrote and named them in grey.",
    ),
    click.option(
        "--match",
        default=NO_REFERENCES.match,
        show_default=True,
        type=click.Choice(["auto", "own", "matched", "style"]),
        help="own: a still is its frame in colour, exactly; matched: its colours go where the film "
        "looks alike; auto: own if it looks like its frame; style: the film takes on the colours "
        "of a picture that may show something else.",
    ),
    click.option(
        "--reference-strength",
        default=NO_REFERENCES.strength,
        show_default=True,
        type=Number(0, 1),
        help="How far the colours of references count: from 0, not at all, to 1.",
    ),
    click.option(
        "--encoder-weights",
        type=PATH,
        metavar="FILE",
        help="Weights of VGG19 or ResNet34, .safetensors or .pth, by which --match style finds "
        "what suits. Default: the network that colours the film.",
    ),
)
