"""What commands show while they work, and where the sheets go that they make."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from vidcolor.errors import UsageError
from vidcolor.signals import undivided

if TYPE_CHECKING:
    from vidcolor.net.checkpoint import Checkpoint
    from vidcolor.net.predictor import Predictor

    Networks: TypeAlias = dict[tuple[str, str, str], tuple[Checkpoint, Predictor]]


def sheet_path(output: Path | None, source: Path, kind: str) -> Path:
    """Where a sheet goes: to `output`, or to film.`kind`.png beside film.mkv. Raises UsageError."""
    path = output or source.parent / f"{source.stem}.{kind}.png"
    if path.suffix.lower() != ".png":
        raise UsageError(f"{path}: the sheet is a PNG; name it .png")
    return path


@contextmanager
def progress_bar(
    name: str, quiet: bool = False
) -> Iterator[Callable[[int, Fraction, Fraction | None], None]]:
    """A bar on a terminal, and the function that is told the progress."""
    from tqdm import tqdm

    with tqdm(
        desc=name,
        total=0,
        disable=quiet or None,
        bar_format="{desc} {percentage:3.0f}%|{bar}| {n:.0f}/{total:.0f} s "
        "[{elapsed}<{remaining}{postfix}]",
    ) as bar:

        def progress(frames: int, done: Fraction, length: Fraction | None) -> None:
            if bar.disable:
                return
            bar.total = float(max(length or 0, done))
            bar.set_postfix_str(f"{frames / bar.format_dict['elapsed']:.1f} fps", refresh=False)
            bar.update(float(done) - bar.n)

        yield progress


def show_picture(output: Path, png: bytes, show: bool) -> None:
    """Where a picture lies; it is drawn before that if it shall and can be."""
    if show:
        with undivided():
            from vidcolor.cli import terminal

        terminal.show(png)
    click.echo(output)
