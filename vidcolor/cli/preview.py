"""`vidcolor preview`: frames from all over a film in colour, before the film is made."""

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
from vidcolor.errors import UsageError
from vidcolor.files import Target, is_still

with lazily():
    from vidcolor.preview import preview as film_preview


@click.command()
@click.argument("film", type=PATH)
@rate_option("film")
@output_option("Default: film.preview.png beside film.mkv.", "FILE.png")
@frames_option("How many frames to show at most.")
@color_options
@hints_option
@show_option
@overwrite_option("Replace an existing sheet.")
def preview(
    film: Path,
    output: Path | None,
    frames: int,
    settings: ColorSettings,
    device: str,
    hints: HintChoice,
    show: bool,
    overwrite: bool,
) -> None:
    """See frames from all over FILM in colour, on one sheet.

    The frames differ as much as the film allows. Each is shown grey above and coloured below, with
    its time. The colour is exactly the one that `colorize` gives with the same options.
    """
    output = sheet_path(output, film, "preview")
    if is_still(film):
        raise UsageError(f"{film}: preview is for films; colorize a photograph, that is as quick")
    target = Target(output, film, overwrite)
    listener = show_notes(film)
    settings, known = find_hints(film, hints, settings, listener.note)
    sheet = film_preview.preview(
        film,
        settings.make_colorizer(device),
        count=frames,
        cuts=settings.cuts.times,
        hints=known,
        listener=listener,
    )
    target.fill(sheet)
    show_picture(output, sheet, show)
