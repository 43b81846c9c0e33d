"""Progress and notes while a command works, and what it shows at the end."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vidcolor.cli.lazy import lazily
from vidcolor.errors import UsageError
from vidcolor.files import PIPE
from vidcolor.pipeline.listener import SILENT, Listener
from vidcolor.text import one_line

with lazily():
    import tqdm

    from vidcolor.cli import terminal
    from vidcolor.net import device as net_device

if TYPE_CHECKING:
    from vidcolor.pipeline.film import Result


def sheet_path(output: Path | None, source: Path, kind: str) -> Path:
    """Return `output`, or film.`kind`.png beside film.mkv, as a sheet's path. Raises UsageError."""
    path = output or source.parent / f"{source.stem}.{kind}.png"
    if path.suffix.lower() != ".png":
        raise UsageError(f"{path}: the sheet is a PNG; name it .png")
    return path


def show_notes(source: Path, quiet: bool = False) -> Listener:
    """Return a listener that prints each note behind the source's name, or nothing if `quiet`."""
    if quiet:
        return SILENT
    return Listener(note=lambda line: click.echo(one_line(f"{source}: {line}"), err=True))


@contextmanager
def show_progress(source: Path, name: str = "", quiet: bool = False) -> Iterator[Listener]:
    """Draw a bar on a terminal, called `name` or as the source, and print notes above it."""
    title = one_line(name or source.name)
    with tqdm.tqdm(
        desc=title,
        total=0,
        disable=quiet or None,
        bar_format="{desc} {percentage:3.0f}%|{bar}| {n:.0f}/{total:.0f} s "
        "[{elapsed}<{remaining}{postfix}]",
    ) as bar:

        def advance(stage: str, frames: int, done: Fraction, length: Fraction | None) -> None:
            if bar.disable:
                return
            if bar.desc != stage:
                bar.reset()
                bar.set_description_str(stage, refresh=False)
            bar.total = float(max(length or 0, done))
            bar.set_postfix_str(f"{frames / bar.format_dict['elapsed']:.1f} fps", refresh=False)
            bar.update(float(done) - bar.n)

        def note(line: str) -> None:
            if not quiet:
                tqdm.tqdm.write(one_line(f"{source}: {line}"), file=sys.stderr)

        yield Listener(partial(advance, title), note, partial(advance, f"{title}, first pass"))


def warn_of_unused_gpu(device: str, quiet: bool) -> None:
    """Tell of a GPU that is left idle, unless someone chose the device himself."""
    if device == "auto" and not quiet and (line := net_device.unused_gpu()):
        click.echo(f"Warning: {line}", err=True)


def show_picture(output: Path, png: bytes, show: bool) -> None:
    """Print where a picture lies; draw it first if `show` is set and the terminal can."""
    if show:
        terminal.show(png)
    click.echo(output)


def print_result(source: Path, result: "Result", quiet: bool, as_json: bool) -> None:
    """Print a line on a film or photograph that is there, as text or JSON."""
    to_stderr = result.output == PIPE
    if as_json:
        summary = {
            "input": str(source),
            "output": str(result.output),
            "frames": result.frames,
            "seconds": round(result.seconds, 3),
            "fps": round(result.fps, 2),
            "device": result.device,
            "engine": result.settings.engine,
            "notes": result.notes,
            "hints": result.settings.hints,
        }
        click.echo(json.dumps(summary), err=to_stderr)
    elif not quiet:
        click.echo(
            f"{one_line(str(result.output))}: "
            f"{result.frames} frame{'s' * (result.frames != 1)} "
            f"in {result.seconds:.1f} s "
            f"({result.fps:.1f} fps, {result.device}, {result.settings.engine})",
            err=to_stderr,
        )
