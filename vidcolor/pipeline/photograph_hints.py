"""The hints of a photograph, as those of the only frame of a film."""

import numpy as np

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_colorizer import FilmColorizer
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.grade import Grade
from vidcolor.colorize.sampling import draw_multipliers
from vidcolor.colorize.to_chroma import FrameColor
from vidcolor.hints.checks import check_marks
from vidcolor.hints.file import Hints
from vidcolor.hints.packed import pack
from vidcolor.hints.palette import find_shares
from vidcolor.hints.placement import Placement
from vidcolor.hints.rasterize import rasterize
from vidcolor.hints.reference import grey_note
from vidcolor.net.hints import Rank
from vidcolor.pipeline.film_hints import FilmHints, GradedPart, ReferencedPart, UsedReference
from vidcolor.pipeline.listener import Note
from vidcolor.pipeline.reference_pass import GATE, MOST, reference_in_use
from vidcolor.pipeline.reference_shelf import PartReferences, ReferenceShelf
from vidcolor.pipeline.shot_grades import Wish, find_grade
from vidcolor.pipeline.shots import MOMENT


def photograph_hints(
    colorizer: Colorizer,
    film_format: FilmFormat,
    luma: np.ndarray,
    hints: Hints,
    note: Note,
    shelf: ReferenceShelf | None = None,
) -> FilmHints:
    """Return what hints come to in a photograph, at `MOMENT`, whenever they say that they hold.

    Args:
        colorizer: what colors it.
        film_format: how its luma is stored.
        luma: (H, W) codes.
        hints: those of the photograph.
        note: is told of marks that don't do what they seem to.
        shelf: where its references are kept, so that they are read once.

    Raises:
        InputError: a picture can't be read.
        CheckpointError: the weights of an encoder can't be.
        UsageError: a mask has another aspect.
    """
    film = colorizer.film(film_format)
    placement, marks = Placement(), list(hints.named_marks())
    packed = []
    if marks:
        for line in check_marks(marks, placement, film.hint_luma(luma, interlaced=False)):
            note(line)
        made = rasterize([mark for _, mark in marks], placement, film.hint_shape)
        if made is not None:
            packed.append((Rank.GIVEN, pack(made)))
    graded = []
    palettes = [palette for _, palette in hints.named_palettes()]
    if palettes or (hints.saturation, hints.sample) != (None, None):
        bins, wish, drawn = colorizer.predictor.bins, None, None
        if palettes:
            wish = Wish(None, None, find_shares(palettes[-1], bins), palettes[-1].strength)
        if hints.sample is not None:
            drawn = draw_multipliers(hints.sample, MOMENT, bins.centers.cpu())
        grade: Grade = find_grade(film, film.predict([luma]), wish, hints.saturation, drawn)
        graded.append(GradedPart(MOMENT, MOMENT + 1, grade))
    referenced = ReferencedPart(MOMENT, MOMENT + 1, _fitting(film, luma, hints, note, shelf))
    return FilmHints(film.hint_shape, {MOMENT: packed}, graded, (referenced,))


def _fitting(
    film: FilmColorizer,
    luma: np.ndarray,
    hints: Hints,
    note: Note,
    shelf: ReferenceShelf | None,
) -> tuple[UsedReference, ...]:
    """Return the references that show what the photograph does; note the others."""
    found = []
    shelf = shelf or ReferenceShelf(film, mirrored=False)
    features = film.features(luma, interlaced=False) if hints.references else None
    for name, reference in hints.named_references():
        assert features is not None
        used = reference_in_use(reference)
        if shelf.is_grey(used):
            note(grey_note(name, reference.picture))
            continue
        sure = shelf.sureness(used, [features])
        if reference.match == "style" or sure >= GATE:
            found.append((sure, used))
        else:
            note(f"{name}: {reference.picture.name} shows nothing alike; it is not used")
    return tuple(used for _, used in sorted(found, key=lambda each: -each[0])[:MOST])


def color_photograph(
    colorizer: Colorizer,
    film_format: FilmFormat,
    luma: np.ndarray,
    hints: Hints | None,
    note: Note,
    probabilities: bool = False,
) -> FrameColor:
    """Return the color of a photograph; its probabilities too if they are asked for.

    hints: None where there are none. The rest, and what is raised, is as for `photograph_hints`.
    """
    film = colorizer.film(film_format, probabilities)
    maps, grades, references = None, None, None
    if hints:
        shelf = ReferenceShelf(film, mirrored=False)
        known = photograph_hints(colorizer, film_format, luma, hints, note, shelf)
        maps, grades = [known.map_at(MOMENT)], [known.grade_at(MOMENT)]
        references = [PartReferences(known.referenced, shelf)(MOMENT)]
    (color,) = film([luma], hints=maps, grades=grades, references=references) + film.finish()
    return color
