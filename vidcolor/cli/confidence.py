"""`vidcolor confidence`: how sure the network is of its colours."""

from fractions import Fraction
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
    span_options,
)
from vidcolor.cli.progress import show_notes, show_picture, show_progress
from vidcolor.cli.types import PATH
from vidcolor.colorize.settings import ColorSettings
from vidcolor.errors import UsageError
from vidcolor.files import CONTAINERS, Target, is_still

with lazily():
    from vidcolor.preview import confidence_film, confidence_sheet


@click.command()
@click.argument("source", type=PATH, metavar="FILM_OR_PHOTO")
@rate_option("source")
@output_option(
    "A sheet (.png), or a video of a film. Default: film.confidence.png beside film.mkv.", "FILE"
)
@frames_option("How many frames of a film the sheet shows at most.")
@span_options("Where the video begins in the film.", "How much of the film the video shows.")
@color_options
@hints_option
@show_option
@overwrite_option("Replace an existing output.")
def confidence(
    source: Path,
    output: Path | None,
    frames: int,
    start: Fraction | None,
    duration: Fraction | None,
    settings: ColorSettings,
    device: str,
    hints: HintChoice,
    show: bool,
    overwrite: bool,
) -> None:
    """See how sure the network is of the colours of FILM_OR_PHOTO.

    Each picture has two maps, which are dark where the network is unsure: the probability of the
    likeliest colour, and how many times as likely it is as the second. The maps use the same
    smoothed probabilities as the colour; black bars stay empty. Below the sheet of a film, a curve
    shows the mean over time.
    """
    output = output or source.parent / f"{source.stem}.confidence.png"
    is_video = output.suffix.lower() in CONTAINERS
    if not is_video and output.suffix.lower() != ".png":
        raise UsageError(
            f"{output}: name it .png for a sheet, or {', '.join(CONTAINERS)} for a video"
        )
    if is_video and is_still(source):
        raise UsageError(f"{output}: videos are made of films; name the sheet .png")
    if is_video and show:
        raise UsageError(f"{output}: --show draws sheets; leave it out, or name a sheet .png")
    if not is_video and not start is duration is None:
        raise UsageError("--start and --duration are for a video; name one with --output")
    target = Target(output, source, overwrite)
    notes = show_notes(source)
    settings, known = find_hints(source, hints, settings, notes.note)
    colorizer = settings.make_colorizer(device)
    if is_still(source):
        sheet = confidence_sheet.confidence_of_photograph(source, colorizer, known, notes)
    else:
        with show_progress(source) as listener:
            if is_video:
                confidence_film.confidence_film(
                    source,
                    output,
                    colorizer,
                    start=start,
                    duration=duration,
                    cuts=settings.cuts.times,
                    hints=known,
                    overwrite=overwrite,
                    listener=listener,
                )
                click.echo(output)
                return
            sheet = confidence_sheet.confidence_of_film(
                source,
                colorizer,
                count=frames,
                cuts=settings.cuts.times,
                hints=known,
                listener=listener,
            )
    target.fill(sheet)
    show_picture(output, sheet, show)
