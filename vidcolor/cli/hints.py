"""`vidcolor hints`: what you know of a film's colours, checked, listed, drawn and suggested."""

import json
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vidcolor.cli.color_options import color_options
from vidcolor.cli.hint_options import HintChoice, find_hints, hints_option
from vidcolor.cli.lazy import lazily
from vidcolor.cli.options import (
    json_option,
    output_option,
    overwrite_option,
    rate_option,
    show_option,
)
from vidcolor.cli.progress import sheet_path, show_notes, show_picture
from vidcolor.cli.types import PATH, PlaceOf, Seconds
from vidcolor.colorize.settings import ColorSettings
from vidcolor.errors import InputError, UsageError
from vidcolor.files import Target, is_still
from vidcolor.frame_sequence import is_sequence
from vidcolor.text import one_line

with lazily():
    from vidcolor.preview import hint_list as preview_hints
    from vidcolor.preview import hint_sheet, sheet_pictures, suggestions

if TYPE_CHECKING:
    from vidcolor.hints.file import Hints


@click.group()
def hints() -> None:
    """Say what you know of a film's colours: check it, list it, see it, or get suggestions."""


@hints.command()
@click.argument("film", type=PATH, metavar="FILM_OR_PHOTO")
@rate_option("film")
@color_options
@hints_option
def check(film: Path, settings: ColorSettings, device: str, hints: HintChoice) -> None:
    """Check what the hints of FILM_OR_PHOTO say, also against the picture.

    Told are times and masks that don't fit the film, marks in black bars or over each other, and
    colours that the brightness there can't hold.
    """
    settings, known = _needed_hints(film, hints, settings, or_settings=True)
    colorizer = settings.make_colorizer(device)
    problems, notes = preview_hints.check(film, known, colorizer, settings.cuts.times)
    for line in (*problems, *notes):
        click.echo(one_line(line))
    if not known:
        click.echo(one_line(f"{film}: the settings can be used; there are no hints"))
        return
    count = len(known.marks) + len(list(known.named_palettes())) + len(known.references)
    all_of_them = "the only hint" if count == 1 else f"all {count} hints"
    if problems:
        some = all_of_them if len(problems) == count else f"{len(problems)} of {count} hints"
        raise UsageError(f"{film}: {some} can't be used")
    but = ", but not quite as asked for: see above" if notes else ""
    click.echo(one_line(f"{film}: {all_of_them} can be used{but}"))


@hints.command(name="list")
@click.argument("film", type=PATH, metavar="FILM_OR_PHOTO")
@rate_option("film")
@color_options
@hints_option
def list_hints(film: Path, settings: ColorSettings, device: str, hints: HintChoice) -> None:
    """List the hints of FILM_OR_PHOTO: each with its time, shot, colour and reach.

    Of references a line for each shot follows: whether they fit it, and how surely (0 to 1).
    """
    settings, known = _needed_hints(film, hints, settings)
    for line in preview_hints.table(film, known, settings.cuts.times):
        click.echo(one_line(line))
    if (known.references or known.lends_marks) and not is_still(film):
        colorizer = settings.make_colorizer(device)
        cuts, listener = settings.cuts.times, show_notes(film)
        for line in preview_hints.reference_table(film, known, colorizer, cuts, listener):
            click.echo(one_line(line))


@hints.command()
@click.argument("film", type=PATH)
@rate_option("film")
@output_option("Default: film.hints.png beside film.mkv.", "FILE.png")
@color_options
@hints_option
@show_option
@overwrite_option("Replace an existing sheet.")
def draw(
    film: Path,
    output: Path | None,
    settings: ColorSettings,
    device: str,
    hints: HintChoice,
    show: bool,
    overwrite: bool,
) -> None:
    """Draw each frame of FILM that has marks, and what became of it a second later."""
    output = sheet_path(output, film, "hints")
    if is_still(film):
        raise UsageError(f"{film}: draw is for films; colorize a photograph, that is as quick")
    target = Target(output, film, overwrite)
    settings, known = _needed_hints(film, hints, settings)
    sheet = hint_sheet.draw_hints(
        film,
        known,
        settings.make_colorizer(device),
        cuts=settings.cuts.times,
        listener=show_notes(film),
    )
    target.fill(sheet)
    show_picture(output, sheet, show)


def _needed_hints(
    film: Path, hints: HintChoice, settings: ColorSettings, *, or_settings: bool = False
) -> "tuple[ColorSettings, Hints]":
    """Return how a film or photograph is colored, by settings and hints.

    or_settings: whether a file that holds settings alone will do.
    Raises UsageError if it has none, InputError if it is not there itself, and as `find_hints`.
    """
    settings, known = find_hints(film, hints, settings, show_notes(film).note)
    if known is None or not (known or (or_settings and known.settings)):
        if not (film.exists() or is_sequence(film)):
            raise InputError(f"{film}: no such file; check the name")
        beside = film.with_name(f"{film.stem}.hints.toml")
        raise UsageError(f"{film}: has no hints; write them into {beside}, or name a file: --hints")
    return settings, known


@hints.command()
@click.argument("film", type=PATH, metavar="FILM_OR_PHOTO")
@rate_option("film")
@click.option("--at", type=Seconds(), help="A moment while the frame is on the screen.")
@click.option(
    "--xy",
    "place",
    type=PlaceOf(),
    required=True,
    help="The place, in fractions of the picture as a player shows it: 0.5,0.25 is in the middle "
    "of its upper half.",
)
@click.option(
    "--sheet", type=PATH, metavar="FILE.png", help="Draw the picture once with each colour."
)
@color_options
@hints_option
@overwrite_option("Replace an existing sheet.")
@json_option("Print one JSON object.")
def suggest(
    film: Path,
    at: Fraction | None,
    place: tuple[float, float],
    sheet: Path | None,
    settings: ColorSettings,
    device: str,
    hints: HintChoice,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Suggest nine colours for a place of FILM_OR_PHOTO.

    They are the likeliest ones that the brightness there can hold, each with its probability. Hints
    nearby count: near a point that made a coat red, other reds come first.
    """
    if (at is None) != is_still(film):
        raise UsageError(
            f"{film}: a photograph has no times; leave --at out"
            if at is not None
            else f"{film}: say with --at at what time, as in --at 1:12.480"
        )
    target = None
    if sheet is not None:
        target = Target(sheet_path(sheet, film, "suggested"), film, overwrite)
    listener = show_notes(film)
    settings, known = find_hints(film, hints, settings, listener.note)
    found = suggestions.suggest(
        film,
        at or Fraction(0),
        place,
        settings.make_colorizer(device),
        cuts=settings.cuts.times,
        hints=known,
        listener=listener,
    )
    if target is not None:
        target.fill(found.sheet())
    if as_json:
        summary = {
            "film": str(film),
            "at": None if is_still(film) else sheet_pictures.label(found.time),
            "xy": place,
            "suggestions": [
                {"color": each.name, "probability": each.probability} for each in found.suggestions
            ],
        }
        click.echo(json.dumps(summary))
    else:
        for each in found.suggestions:
            click.echo(suggestions.caption(each))
