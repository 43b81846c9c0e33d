"""`vidcolor tune`: settings side by side."""

from fractions import Fraction
from pathlib import Path

import click

from vidcolor.cli.color_options import color_options
from vidcolor.cli.grid import Axis, Over, choices, command_line, grid
from vidcolor.cli.hint_options import HintChoice, hints_option
from vidcolor.cli.lazy import lazily
from vidcolor.cli.options import output_option, overwrite_option, rate_option, show_option
from vidcolor.cli.progress import sheet_path, show_notes, show_picture, show_progress
from vidcolor.cli.types import PATH, Seconds
from vidcolor.colorize.settings import ColorSettings
from vidcolor.errors import UsageError
from vidcolor.files import Target, is_still

with lazily():
    from vidcolor.preview import tune as variants_sheet


@click.command()
@click.argument("source", type=PATH, metavar="FILM_OR_PHOTO")
@rate_option("source")
@output_option("Default: film.tune.png beside film.mkv, or film.tune.mkv with --clip.", "FILE")
@click.option(
    "--over",
    "axes",
    multiple=True,
    type=Over(),
    metavar="NAME=V1,V2,...",
    help="Vary this option from left to right; a second --over varies another one downwards. "
    "Default: temperature across and rebalance down, around the weights' own.",
)
@click.option(
    "--at",
    "times",
    multiple=True,
    type=Seconds(),
    help="Show this moment; may be repeated. Default: a moment with much colour.",
)
@click.option(
    "--moments",
    "count",
    type=click.IntRange(1, 16),
    help="How many moments to show; they differ as much as the film allows.",
)
@click.option("--clip", type=Seconds(), help="Make a short film of this length instead of a sheet.")
@click.option(
    "--pick", type=int, metavar="N", help="Only print the command line that colorizes like cell N."
)
@color_options
@hints_option
@show_option
@overwrite_option("Replace an existing sheet or clip.")
def tune(
    source: Path,
    output: Path | None,
    axes: tuple[Axis, ...],
    times: tuple[Fraction, ...],
    count: int | None,
    clip: Fraction | None,
    pick: int | None,
    settings: ColorSettings,
    device: str,
    hints: HintChoice,
    show: bool,
    overwrite: bool,
) -> None:
    """Compare settings on one sheet: a moment of FILM_OR_PHOTO in each of them.

    Any one or two of the options that decide the colour may vary. The cells are numbered, and the
    one with the defaults has a frame. A cell shows exactly the colour that `colorize` gives with
    its settings, and --pick prints that command.
    """
    cells = grid(axes, settings, device)
    if pick is not None:
        click.echo(command_line(source, cells, pick, hints))
        return
    if is_still(source) and (times or count or clip is not None):
        raise UsageError(f"{source}: --at, --moments and --clip are for films")
    if count and times:
        raise UsageError("--at and --moments exclude each other")
    if clip is not None and (count or len(times) > 1 or show):
        raise UsageError(
            "--clip begins at one moment; give at most one --at, and neither --moments nor --show"
        )
    if clip is None:
        output = sheet_path(output, source, "tune")
    else:
        output = output or source.parent / f"{source.stem}.tune.mkv"
    target = Target(output, source, overwrite)
    rows = choices(cells, source, hints)
    if clip is not None:
        start = times[0] if times else None
        with show_progress(source) as listener:
            variants_sheet.tune_clip(
                source,
                rows,
                output,
                clip,
                start=start,
                overwrite=overwrite,
                listener=listener,
            )
        click.echo(output)
        return
    sheet = variants_sheet.tune(source, rows, times=times, count=count, listener=show_notes(source))
    target.fill(sheet)
    show_picture(output, sheet, show)
