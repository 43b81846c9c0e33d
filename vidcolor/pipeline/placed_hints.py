"""Where the hints of a film lie in it, and what there is to tell of each, without coloring it."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.errors import UsageError, VidcolorError
from vidcolor.hints.checks import check_marks
from vidcolor.hints.file import Hints
from vidcolor.hints.marks import Mark, Palette, ReferencePicture, told_name
from vidcolor.hints.palette import find_shares
from vidcolor.hints.placement import Placement
from vidcolor.hints.rasterize import cover
from vidcolor.hints.reference import grey_note, read_reference
from vidcolor.net.style_encoder import load_encoder
from vidcolor.pipeline.shots import Shot, Shots, frame_at


@dataclass(frozen=True)
class PlacedHint:
    """A hint and where it lies in its film.

    name: such as "point 3". time: when its frame is shown, and shot: to which that belongs; None
    for a palette or reference without a moment, and for what lies outside the film. problem: why it
    can't be used, beginning with its name; "" if it can.
    """

    name: str
    hint: Mark | Palette | ReferencePicture
    time: Fraction | None = None
    shot: Shot | None = None
    problem: str = ""


def place_hints(hints: Hints, shots: Shots) -> list[PlacedHint]:
    """Return all hints, marks first, references last, each kind in the order of the file.

    Raises InputError if the film can't be read.
    """
    named = *hints.named_marks(), *hints.named_palettes(), *hints.named_references()
    return [_placed(*each, shots) for each in named]


def _placed(name: str, hint: Mark | Palette | ReferencePicture, shots: Shots) -> PlacedHint:
    time, shot = None, None
    try:
        key = "at"
        if hint.at is not None:
            shot = shots.at(hint.at)
            time = shot.times[shot.on_screen(hint.at)]
        key = "for"
        if isinstance(hint.reach, tuple) and not shots.any_within(*hint.reach):
            raise UsageError("no frame is shown within the span; give a longer one")
    except UsageError as error:
        return PlacedHint(name, hint, time, shot, f"{told_name(name, hint)}: {key}: {error}")
    return PlacedHint(name, hint, time, shot)


def check_hints(
    path: Path,
    placed: Sequence[PlacedHint],
    colorizer: Colorizer,
    film_format: FilmFormat,
    mirrored: bool,
) -> tuple[list[str], list[str]]:
    """Return the problems of hints, which make them useless, and notes of what they don't do.

    Each line begins with the hint's name.

    Args:
        path: the film.
        placed: its hints.
        colorizer: what would color it.
        film_format: how the film stores its picture.
        mirrored: whether players mirror it.

    Raises:
        InputError: the film can't be read.
    """
    film, placement = colorizer.film(film_format), Placement.of(film_format, mirrored)
    problems = [each.problem for each in placed if each.problem]
    notes: list[str] = []
    by_time: dict[Fraction, list[tuple[str, Mark]]] = {}
    for each in placed:
        if each.problem:
            continue
        try:
            if isinstance(each.hint, Palette):
                find_shares(each.hint, colorizer.predictor.bins)
            elif isinstance(each.hint, ReferencePicture):
                if each.hint.encoder_weights is not None:
                    load_encoder(each.hint.encoder_weights)
                if read_reference(each.hint.picture).is_grey:
                    notes.append(grey_note(each.name, each.hint.picture))
            else:
                cover(each.hint, placement, film.hint_shape)
                assert each.time is not None
                by_time.setdefault(each.time, []).append((each.name, each.hint))
        except VidcolorError as error:
            problems.append(f"{each.name}: {error}")
    for time, marks in by_time.items():
        frame = frame_at(path, time)
        luma = film.hint_luma(frame.luma, frame.marks.field_order is not None)
        notes += check_marks(marks, placement, luma)
    return problems, notes
