"""`vidcolor preview`: frames from all over a film in colour, before the film is made."""

from pathlib import Path
from typing import Any

import click

from vidcolor.cli.options import SHOW, make_colorizer, picture_options, read_cuts
from vidcolor.cli.progress import sheet_path, show_notes, show_picture
from vidcolor.cli.types import PATH
from vidcolor.errors import UsageError
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
        from vidcolor.files import Target, is_still

    if is_still(film):
        raise UsageError(f"{film}: preview is for films; colorize a photograph, that is as quick")
    target = Target(output, film, overwrite)
    with undivided():
        from vidcolor.preview.preview import preview

    sheet = preview(
        film,
        make_colorizer(**picture),
        count=frames,
        cuts=cuts,
        listener=show_notes(film),
    )
    target.fill(sheet)
    show_picture(output, sheet, show)
