"""Options that several commands take: outputs, spans, the encoder."""

import os
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from vidcolor.cli.lazy import lazily
from vidcolor.cli.types import FILM, PATH, FilePath, Rate, Seconds
from vidcolor.errors import UsageError
from vidcolor.frame_sequence import FrameSequence, is_sequence

with lazily():
    from vidcolor.output import encoders

Command = TypeVar("Command", bound=Callable[..., None])


def output_option(
    text: str, metavar: str | None = None, kind: FilePath = PATH
) -> Callable[[Command], Command]:
    """Add --output, which gives `output`, a path, or None for the default.

    text: the help. kind: what it may be the path of.
    """
    return click.option("-o", "--output", type=kind, metavar=metavar, help=text)


def overwrite_option(text: str) -> Callable[[Command], Command]:
    """Add --overwrite, which gives the flag `overwrite`. text: the help."""
    return click.option("--overwrite", "-y", is_flag=True, help=text)


def work_option(command: Command) -> Command:
    """Add --work, which gives `work`, the folder for films that are half done, or None."""
    return click.option(
        "--work",
        type=FILM,
        metavar="DIR",
        help="Folder for what is done of a long film. Default: a hidden one beside the output.",
    )(command)


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


def rate_option(
    *inputs: str, unless: str | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add --rate, which makes frame sequences of those `inputs` that are folders or patterns.

    inputs: the names of the command's parameters that are paths of films, or tuples of them.
    unless: the name of a flag that leaves them as they are, and hands on `rate` instead.
    """

    def with_rate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def gathered(rate: Fraction | None, **given: Any) -> None:
            if unless is not None:
                given["rate"] = rate
                if given[unless]:
                    command(**given)
                    return
            films = [given[name] for name in inputs if given[name] is not None]
            several = [path for film in films if isinstance(film, tuple) for path in film]
            singles = [film for film in films if not isinstance(film, tuple)]
            useless = [path for path in several if not is_sequence(path)]
            if not any(map(is_sequence, singles)):  # of two that are compared, one may be a file
                useless += singles
            if rate is not None and useless:
                raise UsageError(
                    f"{useless[0]}: --rate is for frame sequences, given as a folder or as a "
                    "pattern such as reel/%06d.dpx; leave it out"
                )
            for name in inputs:
                film = given[name]
                if isinstance(film, tuple):
                    given[name] = tuple(_film(path, rate) for path in film)
                elif film is not None:
                    given[name] = _film(film, rate)
            command(**given)

        return click.option(
            "--rate",
            type=Rate(),
            metavar="FPS",
            help="Frames a second (24, 23.976, 24000/1001) of a frame sequence: a folder of DPX, "
            "TIFF or PNG files, or a pattern such as reel/%06d.dpx.",
        )(gathered)

    return with_rate


def _film(path: Path, rate: Fraction | None) -> Path:
    """Return the path of a film, of a sequence with its rate. Raises UsageError without one."""
    if not is_sequence(path):
        return path
    if rate is not None:
        return FrameSequence(path, rate)
    if path.is_dir():
        raise UsageError(
            f"{path}: a folder; give the rate of the frames in it, as in --rate 24, or name a film"
        )
    raise UsageError(f"{path}: a frame sequence; give its rate, as in --rate 24")


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


def threads_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add --threads, which goes into `encoder` and to the libraries that load later."""

    @wraps(command)
    def gathered(threads: int | None, encoder: "encoders.EncoderSettings", **given: Any) -> None:
        if threads is not None:
            for name in ("OMP_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
                os.environ[name] = str(threads)
            encoder = replace(encoder, threads=threads)
        command(encoder=encoder, **given)

    return click.option(
        "--threads",
        type=click.IntRange(1, 256),
        metavar="N",
        help="Threads that decode, as many that encode, and the most for the network on a CPU. "
        "Default: as suits the cores. What libx264 writes depends on it.",
    )(gathered)


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
