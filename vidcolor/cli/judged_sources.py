"""What `vidcolor judge run` takes as a source: a folder, or settings that colour on the spot."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vidcolor.cli.color_options import color_options, given_settings
from vidcolor.cli.lazy import lazily
from vidcolor.colorize.settings import ColorSettings
from vidcolor.errors import UsageError
from vidcolor.text import one_line

with lazily():
    from vidcolor.sitting import sources

if TYPE_CHECKING:
    from vidcolor.colorize.colorizers import Colorizers
    from vidcolor.sitting.sources import Source

AUTOMATIC = "automatic"
"""The source with all defaults."""

_HINTS = "hints"


def make_source(text: str, truths: Collection[str], colorizers: "Colorizers") -> "Source":
    """Return the source that a word of the command line names.

    Args:
        text: a folder, `AUTOMATIC`, or OPTION=VALUE,... of `color_options` or with `_HINTS`.
        truths: the names of what it is to colour.
        colorizers: make what colours on the spot.

    Raises UsageError for a word that is none of them, and what making a source does.
    """
    folder = Path(text)
    if folder.is_dir():
        return sources.Folder(text, folder, truths)
    options = {} if text == AUTOMATIC else _options(text)
    hints = options.pop(_HINTS, None)
    settings, given = _settings(text, options)
    return sources.OnTheSpot(
        text,
        settings,
        given,
        colorizers=colorizers,
        truths=truths,
        hints=None if hints is None else Path(hints),
        note=lambda line: click.echo(one_line(f"{text}: {line}"), err=True),
    )


def _options(text: str) -> dict[str, str]:
    """Return options and values. Raises UsageError."""
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(name and equals and value for name, equals, value in pairs):
        raise UsageError(
            f"{text}: no such folder; name one, or write {AUTOMATIC}, or OPTION=VALUE as in "
            "weights=landscape"
        )
    return {name: value for name, _, value in pairs}


def _settings(text: str, options: dict[str, str]) -> tuple[ColorSettings, Collection[str]]:
    """Return settings by the options of `vidcolor colorize`, and the names of those given.

    Raises UsageError.
    """
    found: list[tuple[ColorSettings, Collection[str]]] = []

    @click.command(add_help_option=False)
    @color_options
    def gather(settings: ColorSettings, **_: Any) -> None:
        found.append((settings, given_settings()))

    words = [f"--{name}={value}" for name, value in options.items()]
    try:
        gather.main(words, prog_name="vidcolor judge run", standalone_mode=False)
    except click.UsageError as error:
        raise UsageError(f"{text}: {error.format_message()}") from None
    return found[0]
