"""`vidcolor palette`: which colour bins a film is made of."""

from pathlib import Path

import click

from vidcolor.cli.color_options import color_options
from vidcolor.cli.hint_options import HintChoice, find_hints, hints_option
from vidcolor.cli.lazy import lazily
from vidcolor.cli.options import (
    frames_option,
    output_option,
    overwrite_option,
    rate_option,
    show_option,
)
from vidcolor.cli.progress import sheet_path, show_notes, show_picture
from vidcolor.cli.types import PATH
from vidcolor.colorize.settings import ColorSettings
from vidcolor.files import Target, is_still

with lazily():
    from vidcolor.preview import palette as palette_chart


@click.command()
@click.argument("source", type=PATH, metavar="FILM_OR_PHOTO")
@rate_option("source")
@output_option("Default: film.palette.png beside film.mkv.", "FILE.png")
@frames_option("How many frames of a film to use at most.")
@color_options
@hints_option
@show_option
@overwrite_option("Replace an existing chart.")
def palette(
    source: Path,
    output: Path | None,
    frames: int,
    settings: ColorSettings,
    device: str,
    hints: HintChoice,
    show: bool,
    overwrite: bool,
) -> None:
    """See which colour bins FILM_OR_PHOTO is made of, compared with the training.

    Each bar has the colour of its bin. Below, the UV plane shows the colours of the bins, how
    frequent they were in training, and how much --rebalance 1 favours each. The colours are those
    before --min-confidence and --refine. Of hints only palettes count.
    """
    output = sheet_path(output, source, "palette")
    target = Target(output, source, overwrite)
    listener = show_notes(source)
    settings, known = find_hints(source, hints, settings, listener.note)
    colorizer = settings.make_colorizer(device)
    chart = (
        palette_chart.palette_of_photograph(source, colorizer, known)
        if is_still(source)
        else palette_chart.palette_of_film(
            source,
            colorizer,
            count=frames,
            cuts=settings.cuts.times,
            hints=known,
            listener=listener,
        )
    )
    target.fill(chart)
    show_picture(output, chart, show)
