"""The commands that show and measure, and change no film."""

import json
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from vidcolor.errors import UsageError
from vidcolor.grid import Axis, Over, choices, command_line, grid
from vidcolor.options import (
    PATH,
    SHOW,
    Seconds,
    make_colorizer,
    picture_options,
    progress_bar,
    read_cuts,
)
from vidcolor.signals import undivided


@click.command()
@click.argument("film", type=PATH)
@click.option(
    "-o",
    "--output",
    type=PATH,
    metavar="FILE.png",
    help="Default: film.preview.png beside film.mkv.",
)
@click.option(
    "-n",
    "--frames",
    default=8,
    show_default=True,
    type=click.IntRange(1, 64),
    help="How many at most.",
)
@picture_options
@SHOW
@click.option("--overwrite", "-y", is_flag=True, help="Replace an existing sheet.")
def preview(
    film: Path,
    output: Path | None,
    frames: int,
    picture: dict[str, Any],
    show: bool,
    overwrite: bool,
) -> None:
    """See frames from all over FILM in colour, on one sheet.

    They are as unlike each other as the film allows. Each is shown grey above colour, in the very
    colour that `colorize` gives it with the same options, above its time.
    """
    output = output or film.with_name(f"{film.stem}.preview.png")
    if output.suffix.lower() != ".png":
        raise UsageError(f"{output}: the sheet is a PNG; name it .png")
    cuts = read_cuts(picture.pop("cuts"))
    with undivided():
        from vidcolor.naming import is_still
        from vidcolor.target import Target

    if is_still(film):
        raise UsageError(f"{film}: preview is for films; colorize a photograph, that is as quick")
    target = Target(output, film, overwrite)
    with undivided():
        from vidcolor.preview import preview

    sheet = preview(
        film,
        make_colorizer(**picture),
        count=frames,
        cuts=cuts,
        note=lambda line: click.echo(f"{film}: {line}", err=True),
    )
    target.fill(sheet)
    _tell(output, sheet, show)


@click.command()
@click.argument("source", type=PATH, metavar="FILM_OR_PHOTO")
@click.option(
    "-o",
    "--output",
    type=PATH,
    metavar="FILE",
    help="Default: film.tune.png beside film.mkv, or film.tune.mkv with --clip.",
)
@click.option(
    "--over",
    "axes",
    multiple=True,
    type=Over(),
    metavar="NAME=V1,V2,...",
    help="Vary this option, across; given again, another one down. Default: temperature across, "
    "rebalance down, around the weights' own.",
)
@click.option(
    "--at",
    "times",
    multiple=True,
    type=Seconds(),
    help="Show this moment; may be repeated. Default: one with much colour.",
)
@click.option(
    "--moments",
    "count",
    type=click.IntRange(1, 16),
    help="Show so many moments, as unlike each other as the film allows.",
)
@click.option("--clip", type=Seconds(), help="Make a short film of so many seconds instead.")
@click.option(
    "--pick", type=int, metavar="N", help="Only print the command line that colorizes as cell N."
)
@picture_options
@SHOW
@click.option("--overwrite", "-y", is_flag=True, help="Replace an existing sheet or clip.")
def tune(
    source: Path,
    output: Path | None,
    axes: tuple[Axis, ...],
    times: tuple[Fraction, ...],
    count: int | None,
    clip: Fraction | None,
    pick: int | None,
    picture: dict[str, Any],
    show: bool,
    overwrite: bool,
) -> None:
    """Compare settings: a moment of FILM_OR_PHOTO in each of them, on one sheet.

    Any two options that decide the colour may vary. The cells are numbered, that with the defaults
    is framed. Each is in the very colour that `colorize` gives with its settings, which --pick
    prints.
    """
    cells = grid(axes, picture)
    if pick is not None:
        click.echo(command_line(source, cells, pick))
        return
    with undivided():
        from vidcolor.naming import is_still
        from vidcolor.target import Target

    if is_still(source) and (times or count or clip is not None):
        raise UsageError(f"{source}: --at, --moments and --clip are for films")
    if count and times:
        raise UsageError("--at and --moments exclude each other")
    if clip is not None and (count or len(times) > 1 or show):
        raise UsageError("--clip begins at one moment and is not drawn; leave the rest out")
    suffix = ".png" if clip is None else ".mkv"
    output = output or source.with_name(f"{source.stem}.tune{suffix}")
    if clip is None and output.suffix.lower() != ".png":
        raise UsageError(f"{output}: the sheet is a PNG; name it .png")
    target = Target(output, source, overwrite)
    with undivided():
        from vidcolor.tune import tune, tune_clip

    rows = choices(cells)
    if clip is not None:
        start = times[0] if times else None
        with progress_bar(source.name) as progress:
            tune_clip(
                source, rows, output, clip, start=start, overwrite=overwrite, progress=progress
            )
        click.echo(output)
        return
    sheet = tune(
        source,
        rows,
        times=times,
        count=count,
        note=lambda line: click.echo(f"{source}: {line}", err=True),
    )
    target.fill(sheet)
    _tell(output, sheet, show)


@click.command()
@click.argument("video", type=PATH)
@click.option(
    "--truth", type=PATH, help="The same film in its true colours: adds PSNR, SSIM and CIEDE2000."
)
@click.option("-o", "--output", type=PATH, metavar="FILE.png", help="Plot the figures over time.")
@click.option("--overwrite", "-y", is_flag=True, help="Replace an existing plot.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def measure(
    video: Path, truth: Path | None, output: Path | None, overwrite: bool, as_json: bool
) -> None:
    """Measure how steady and how strong the colour of VIDEO is, shot by shot.

    \b
    CDC            change of the colours' distribution, nats; low is steady
    flicker        change of chroma where the luma stands still, 8-bit codes;
                   still % is the share of such pixels
    warp error     squared change of chroma along the motion, 8-bit codes squared
    drift          how far the mean chroma strays within a shot, 8-bit codes
    colourfulness  0 for grey, about 100 for the most vivid photographs

    All but the last are low for a grey film too: compare films of like colourfulness.
    Frames of more than 480 pixels on the long side are measured at that size. A dash stands where
    there is nothing to measure.
    """
    if output is not None and output.suffix.lower() != ".png":
        raise UsageError(f"{output}: the plot is a PNG; name it .png")
    with undivided():
        from vidcolor import measure, table
        from vidcolor.target import Target

    plot = Target(output, video, overwrite) if output is not None else None
    with progress_bar(video.name) as progress:
        measurement = measure.measure(video, truth, progress)
    for line in measurement.warnings:
        click.echo(line, err=True)
    if as_json:
        summary = {
            "film": str(video),
            "truth": None if truth is None else str(truth),
            "size": measurement.size,
            "overall": asdict(measurement.overall),
            "shots": [asdict(shot) for shot in measurement.shots],
        }
        click.echo(json.dumps(summary))
    else:
        for line in table.lines(measurement):
            click.echo(line)
    if plot is not None:
        with undivided():
            from vidcolor import plots

        plot.fill(plots.over_time(measurement))


def _tell(output: Path, png: bytes, show: bool) -> None:
    """Where a picture lies; it is drawn before that if it shall and can be."""
    if show:
        with undivided():
            from vidcolor import terminal

        terminal.show(png)
    click.echo(output)
