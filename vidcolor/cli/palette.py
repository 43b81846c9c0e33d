"""`vidcolor palette`: which colour bins a film is made of."""

from pathlib import Path
from typing import Any

import click

from vidcolor.cli.options import SHOW, make_colorizer, picture_options, read_cuts
from vidcolor.cli.progress import sheet_path, show_notes, show_picture
from vidcolor.cli.types import PATH
from vidcolor.signals import undivided


@click.command()
@click.argument("source", type=PATH, metavar="FILM_OR_PHOTO")
@click.option(
    "-o",
    "--output",
    type=PATH,
    metavar="FILE.png",
    help="Default: film.palette.png beside film.mkv.",
)
@click.option(
    "-n",
    "--frames",
    default=8,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Of a film, how many at most.",
)
@picture_options
@SHOW
@click.option("--overwrite", "-y", is_flag=True, help="Replace an existing chart.")
def palette(
    source: Path,
    output: Path | None,
    frames: int,
    picture: dict[str, Any],
    show: bool,
    overwrite: bool,
) -> None:
    """See which colour bins FILM_OR_PHOTO is made of, against those of the training.

    Each bar has its bin's colour. Below, the bins lie in the UV plane: their colours, how frequent
    they were in training, and how much --rebalance 1 favours each. The colours are those before
    --saturation, --min-confidence and --refine.
    """
    output = sheet_path(output, source, "palette")
    cuts = read_cuts(picture.pop("cuts"))
    with undivided():
        from vidcolor.files import Target, is_still

    target = Target(output, source, overwrite)
    with undivided():
        from vidcolor.preview.palette import palette_of_film, palette_of_photograph

    colorizer = make_colorizer(**picture)
    chart = (
        palette_of_photograph(source, colorizer)
        if is_still(source)
        else palette_of_film(
            source,
            colorizer,
            count=frames,
            cuts=cuts,
            listener=show_notes(source),
        )
    )
    target.fill(chart)
    show_picture(output, chart, show)
