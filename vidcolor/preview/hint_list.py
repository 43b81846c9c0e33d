"""What `vidcolor hints check` and `list` tell of the hints of a film or photograph."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.files import is_still
from vidcolor.hints.file import Hints
from vidcolor.hints.marks import Mark, Palette, ReferencePicture
from vidcolor.input.photographs import Photograph, luma_of
from vidcolor.input.reader import Reader
from vidcolor.pipeline.hint_pass import HintPass
from vidcolor.pipeline.listener import Listener
from vidcolor.pipeline.photograph_hints import photograph_hints
from vidcolor.pipeline.placed_hints import PlacedHint, check_hints, place_hints
from vidcolor.pipeline.shots import Extent, Shots
from vidcolor.pipeline.survey import survey_film
from vidcolor.preview.sheet_pictures import label
from vidcolor.preview.stored import chroma_shape

_MOST_COLORS = 3
"""The most colours of a palette that are named."""


def check(
    path: Path, hints: Hints, colorizer: Colorizer, cuts: Sequence[Fraction] | None
) -> tuple[list[str], list[str]]:
    """Return the problems of hints, which make them useless, and notes of what they don't do.

    Of a photograph the first problem is raised.

    Args:
        path: the film or photograph.
        hints: its hints.
        colorizer: what would colour it.
        cuts: as for `colorize_file`.

    Raises VidcolorError if the film or photograph can't be read.
    """
    if is_still(path):
        codes, luma = luma_of(Photograph(path).page())
        notes: list[str] = []
        stored = FilmFormat(codes, luma.shape, luma.shape)
        photograph_hints(colorizer, stored, luma, hints, notes.append)
        return [], notes
    with Reader(path) as reader:
        survey = survey_film(path, reader.picture)
    placed = place_hints(hints, Shots(path, cuts))
    stored = survey.film(chroma_shape(survey.picture))
    return check_hints(path, placed, colorizer, stored, survey.picture.mirrored)


def table(path: Path, hints: Hints, cuts: Sequence[Fraction] | None) -> Iterator[str]:
    """Yield a line for each hint: its name, time, shot, colour and reach.

    Raises VidcolorError if the film can't be read.
    """
    if is_still(path):
        named = (*hints.named_marks(), *hints.named_palettes(), *hints.named_references())
        rows: list[tuple[str, ...]] = [(name, *_color(hint)) for name, hint in named]
    else:
        rows = [_row(each) for each in place_hints(hints, Shots(path, cuts))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def reference_table(
    path: Path,
    hints: Hints,
    colorizer: Colorizer,
    cuts: Sequence[Fraction] | None,
    listener: Listener,
) -> Iterator[str]:
    """Yield a line for each shot and reference for it: how surely it fits, and whether it is used.

    Args:
        path: the film.
        hints: its hints.
        colorizer: what would colour it.
        cuts: as for `colorize_file`.
        listener: is told of the reading, and of references that colour nothing.

    Raises VidcolorError if the film or a picture can't be read.
    """
    with Reader(path) as reader:
        survey = survey_film(path, reader.picture)
    stored = survey.film(chroma_shape(survey.picture))
    references = HintPass(path, hints, colorizer, stored, cuts, listener).references
    references.within(Extent())
    for each in references.verdicts:
        use = "used" if each.is_used else "unlike it, not used"
        if each.is_own or each.is_style:
            use = "its own frame" if each.is_own else "lends its style"
        yield f"{label(each.begin)}..{label(each.end)}  {each.name}  {use} ({each.sureness:.2f})"


def _row(placed: PlacedHint) -> tuple[str, ...]:
    """Return the cells of a hint of a film."""
    hint, shot = placed.hint, placed.shot
    time = "-" if hint.at is None else label(hint.at if placed.time is None else placed.time)
    within = f"shot {label(shot.times[0])}..{label(shot.end)}" if shot else "-"
    if placed.problem:
        within = "outside the film"
    reach = hint.reach
    holds = reach if isinstance(reach, str) else "..".join(map(label, reach))
    return placed.name, time, within, *_color(hint), f"for {holds}"


def _color(hint: Mark | Palette | ReferencePicture) -> tuple[str, str]:
    """Return the cells that tell a hint's colours, its strength and how far it spreads."""
    strength = f"strength {hint.strength:g}"
    if isinstance(hint, ReferencePicture):
        return f"{hint.picture}", strength
    if not isinstance(hint, Palette):
        return hint.color, strength + ("" if hint.spread is None else f", spread {hint.spread:g}")
    if hint.like is not None:
        return f"like {hint.like}", strength
    assert hint.colors is not None
    named = ", ".join(color for color, _ in hint.colors[:_MOST_COLORS])
    more = len(hint.colors) - _MOST_COLORS
    return f"{named} and {more} more" if more > 0 else named, strength
