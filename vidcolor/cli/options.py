"""Options that several commands take: outputs, spans, the encoder."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from vidcolor.cli.lazy import lazily
from vidcolor.cli.types import PATH, Seconds
from vidcolor.errors import UsageError

with lazily():
    from vidcolor.output import encoders

Command = TypeVar("Command", bound=Callable[..., None])


def output_option(text: str, metavar: str | None = None) -> Callable[[Command], Command]:
    """Add --output, which gives `output`, a path, or None for the default. text: the help."""
    return click.option("-o", "--output", type=PATH, metavar=metavar, help=text)


def overwrite_option(text: str) -> Callable[[Command], Command]:
    """Add --overwrite, which gives the flag `overwrite`. text: the help."""
    return click.option("--overwrite", "-y", is_flag=True, help=text)


def frames_option(text: str) -> Callable[[Command], Command]:
    """Add --frames, which gives `frames`, the most that a sheet shows. text: the help."""
    return click.option(
        "-n", "--frames", default=8, show_default=True, type=click.IntRange(1, 64), help=text
    )


def span_options(start: str, duration: str) -> Callable[[Command], Command]:
    """Add --start and --duration, which give seconds or None. start, duration: their help."""

    def span(command: Command) -> Command:
        command = click.option("--duration", type=Seconds(), help=duration)(command)
        return click.option("--start", type=Seconds(), help=start)(command)

    return span


def json_option(text: str) -> Callable[[Command], Command]:
    """Add --json, which gives the flag `as_json`. text: the help."""
    return click.option("--json", "as_json", is_flag=True, help=text)


show_option = click.option(
    "--show", is_flag=True, help="Also draw it in this terminal, if the terminal can show pictures."
)
"""Adds --show, which gives the flag `show`."""

_ENCODER_OPTIONS = {
    "encoder": click.option(
        "--encoder", help="Video encoder. Default: libx264; libvpx-vp9 for .webm."
    ),
    "crf": click.option(
        "--crf", type=int, help="Quality; lower is better. Default: 18 for libx264."
    ),
    "preset": click.option(
        "--preset", help="Encoding speed against file size. Default: medium for libx264."
    ),
    "encoder_options": click.option(
        "--encoder-option",
        "encoder_options",
        multiple=True,
        metavar="KEY=VALUE",
        help="Option passed to the encoder unchanged; may be repeated.",
    ),
}


def encoder_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of the encoder; they come as one `EncoderSettings`, `encoder`."""

    @wraps(command)
    def gathered(**given: Any) -> None:
        options = {name: given.pop(name) for name in _ENCODER_OPTIONS}
        command(encoder=_encoder_settings(**options), **given)

    for option in reversed(_ENCODER_OPTIONS.values()):
        gathered = option(gathered)
    return gathered


def _encoder_settings(
    encoder: str | None, crf: int | None, preset: str | None, encoder_options: tuple[str, ...]
) -> "encoders.EncoderSettings":
    """Make the settings that the encoder options describe. Raises UsageError."""
    pairs = []
    for option in encoder_options:
        key, separator, value = option.partition("=")
        if not (key and separator):
            raise UsageError(f"--encoder-option takes KEY=VALUE, not '{option}'")
        pairs.append((key, value))
    return encoders.EncoderSettings(encoder, crf, preset, tuple(pairs))
