"""The commands that show what colour will be, before a film is made."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from vidcolor.errors import UsageError
from vidcolor.options import (
    PATH,
    SHOW,
    Seconds,
    make_colorizer,
    picture_options,
    progress_bar,
    read_cuts,
    sheet_path,
    tell,
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
    output = sheet_path(output, film, "preview")
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
    tell(output, sheet, show)


@click.command()
@click.argument("source", type=PATH, metavar="FILM_OR_PHOTO")
@click.option(
    "-o",
    "--output",
    type=PATH,
    metavar="FILE",
    help="A sheet, .png, or of a film a video. Default: film.confidence.png beside film.mkv.",
)
@click.option(
    "-n",
    "--frames",
    default=8,
    show_default=True,
    type=click.IntRange(1, 64),
    help="On the sheet of a film, how many at most.",
)
@click.option("--start", type=Seconds(), help="Where the video begins in the film.")
@click.option("--duration", type=Seconds(), help="How much of the film the video shows.")
@picture_options
@SHOW
@click.option("--overwrite", "-y", is_flag=True, help="Replace an existing output.")
def confidence(
    source: Path,
    output: Path | None,
    frames: int,
    start: Fraction | None,
    duration: Fraction | None,
    picture: dict[str, Any],
    show: bool,
    overwrite: bool,
) -> None:
    """See how sure the network is of the colours of FILM_OR_PHOTO.

    With each picture come two maps, dark where it is unsure: the probability of the likeliest
    colour, and how many times as likely it is as the second. They are those, smoothed over time,
    that make the colour; black bars stay empty. Under the sheet of a film is the mean over time.
    """
    output = output or source.parent / f"{source.stem}.confidence.png"
    cuts = read_cuts(picture.pop("cuts"))
    with undivided():
        from vidcolor.encoders import CONTAINERS
        from vidcolor.naming import is_still
        from vidcolor.target import Target

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
    with undivided():
        from vidcolor.confidence_film import confidence_film
        from vidcolor.confidence_sheet import confidence_of_film, confidence_of_photograph

    def note(line: str) -> None:
        click.echo(f"{source}: {line}", err=True)

    colorizer = make_colorizer(**picture)
    if is_still(source):
        sheet = confidence_of_photograph(source, colorizer)
    else:
        with progress_bar(source.name) as progress:
            if is_video:
                confidence_film(
                    source,
                    output,
                    colorizer,
                    start=start,
                    duration=duration,
                    cuts=cuts,
                    overwrite=overwrite,
                    progress=progress,
                    note=note,
                )
                click.echo(output)
                return
            sheet = confidence_of_film(
                source, colorizer, count=frames, cuts=cuts, progress=progress, note=note
            )
    target.fill(sheet)
    tell(output, sheet, show)


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
        from vidcolor.naming import is_still
        from vidcolor.target import Target

    target = Target(output, source, overwrite)
    with undivided():
        from vidcolor.palette import palette_of_film, palette_of_photograph

    colorizer = make_colorizer(**picture)
    chart = (
        palette_of_photograph(source, colorizer)
        if is_still(source)
        else palette_of_film(
            source,
            colorizer,
            count=frames,
            cuts=cuts,
            note=lambda line: click.echo(f"{source}: {line}", err=True),
        )
    )
    target.fill(chart)
    tell(output, chart, show)
