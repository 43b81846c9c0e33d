"""`vidcolor measure`: the figures of a film."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from vidcolor.cli.lazy import lazily
from vidcolor.cli.options import json_option, overwrite_option, rate_option
from vidcolor.cli.progress import show_progress
from vidcolor.cli.types import PATH
from vidcolor.errors import UsageError
from vidcolor.files import Target

with lazily():
    from vidcolor.judge import measure as measures
    from vidcolor.judge import plots, table


@click.command()
@click.argument("video", type=PATH)
@rate_option("video", "truth")
@click.option(
    "--truth",
    type=PATH,
    help="The same film in its true colours; adds PSNR, SSIM, CIEDE2000 and the unrest as "
    "a factor of its own.",
)
@click.option("-o", "--output", type=PATH, metavar="FILE.png", help="Plot the figures over time.")
@overwrite_option("Replace an existing plot.")
@json_option("Print one JSON object instead of a table.")
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
    unrest         how blotchy flat places are: spread of the chroma in squares
                   of even luma, 8-bit codes
    colourfulness  0 for grey, about 100 for the most vivid photographs

    All but the last are low for a grey film too, so compare only films of similar colourfulness.
    Frames of more than 480 pixels on the long side are measured at that size. A dash means that
    there is nothing to measure.
    """
    if output is not None and output.suffix.lower() != ".png":
        raise UsageError(f"{output}: the plot is a PNG; name it .png")
    plot = Target(output, video, overwrite) if output is not None else None
    measure_film = measures.measure  # loaded here, so that it is not part of the bar's time
    with show_progress(video) as listener:
        measurement = measure_film(video, truth, listener)
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
        plot.fill(plots.over_time(measurement))
