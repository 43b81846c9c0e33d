"""`vidcolor stills`: the frames of a film that are worth coloring by hand."""

from pathlib import Path

import click

from vidcolor.cli.color_options import color_options
from vidcolor.cli.lazy import lazily
from vidcolor.cli.options import overwrite_option, rate_option
from vidcolor.cli.progress import show_progress
from vidcolor.cli.types import PATH
from vidcolor.colorize.settings import ColorSettings
from vidcolor.errors import OutputError, UsageError, VidcolorError
from vidcolor.files import Target, is_still

with lazily():
    from vidcolor.preview import stills as film_stills


@click.command()
@click.argument("film", type=PATH)
@rate_option("film")
@click.option(
    "-o",
    "--output",
    type=PATH,
    metavar="FOLDER",
    help="Folder for the pictures; it is made if it is not there. Default: film.stills beside "
    "film.mkv.",
)
@click.option(
    "--per-shot",
    default=1,
    show_default=True,
    type=click.IntRange(1, 16),
    help="How many frames of each shot, at most.",
)
@color_options
@overwrite_option("Replace existing pictures.")
def stills(
    film: Path,
    output: Path | None,
    per_shot: int,
    settings: ColorSettings,
    device: str,
    overwrite: bool,
) -> None:
    """Write the frames that show most of each shot of FILM as grey PNG files.

    Colour them in any program, keep their names, and give them back: `vidcolor colorize FILM
    --references FOLDER` makes the film look like them.
    """
    if is_still(film):
        raise UsageError(f"{film}: stills are of films; colorize a photograph as it is")
    folder = output or film.with_name(f"{film.stem}.stills")
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder}: can't be made: {error.strerror}; name another folder with -o"
        ) from None
    try:
        with show_progress(film) as listener:
            times = film_stills.find_stills(
                film, settings.make_colorizer(device), per_shot, settings.cuts.times, listener
            )
    except VidcolorError:
        if is_new:
            folder.rmdir()
        raise
    targets = {
        time: Target(folder / film_stills.file_name(film, time), film, overwrite) for time in times
    }
    for time, target in targets.items():
        target.fill(film_stills.draw_still(film, time))
    click.echo(f"{folder}: {len(times)} stills")
