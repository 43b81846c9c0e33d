"""The hints of a film that is colored in several ways: those in common are found once."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.variants import Variant
from vidcolor.hints.file import Hints
from vidcolor.input.reader import Reader
from vidcolor.pipeline.film_hints import FilmHints
from vidcolor.pipeline.hint_pass import HintPass
from vidcolor.pipeline.listener import Listener
from vidcolor.pipeline.reference_shelf import PartReferences, ReferenceShelf
from vidcolor.pipeline.shots import Extent


class VariantHints:
    """The first pass's part for the hints of each of several variants.

    Args:
        path: the film.
        film_format: how it stores its picture.
        variants: the ways of coloring it, with the hints of each, None where it has none.
        listener: as for `HintPass`.
    """

    def __init__(
        self,
        path: Path,
        film_format: FilmFormat,
        variants: Sequence[tuple[Variant, Hints | None]],
        listener: Listener,
    ) -> None:
        self._variants = variants
        self._film_format = film_format
        with Reader(path) as reader:
            self._mirrored = reader.picture.mirrored
        self._shelves: dict[Hashable, ReferenceShelf] = {}
        self._keys: list[tuple[Hashable, Hashable]] = []
        """Of each variant, the keys of the passes for its marks and for its grades."""
        self._passes: dict[Hashable, HintPass] = {}
        for number, (variant, hints) in enumerate(variants):
            colorizer = variant.colorizer
            given = hints or Hints()
            marks = replace(given, palettes=(), like=None, saturation=None)
            grades = replace(given.without_marks(), references=())
            size = colorizer.decoding.working_size, colorizer.hint_size
            reach = colorizer.lookback, colorizer.lookahead
            # Frames that are references are colored by the variant's own settings.
            own = number if marks.lends_marks or marks.representative else None
            asked = colorizer.predictor, *size, *reach, variant.cuts, marks, own
            marks_key = asked if marks else None
            grades_key = number if grades else None
            self._keys.append((marks_key, grades_key))
            for key, part in ((marks_key, marks), (grades_key, grades)):
                if key is not None and key not in self._passes:
                    self._passes[key] = HintPass(
                        path, part, colorizer, film_format, variant.cuts, listener
                    )

    def within(self, extent: Extent) -> list[Variant]:
        """Return the variants with what they know of the frames within an extent.

        Raises as `HintPass.within`.
        """
        found = {key: each.within(extent) for key, each in self._passes.items()}
        told = []
        for (variant, _), (marks, grades) in zip(self._variants, self._keys, strict=True):
            known = _together(found.get(marks), found.get(grades))
            references = None
            if known is not None and known.referenced:
                references = PartReferences(known.referenced, self._shelf(variant.colorizer))
            told.append(replace(variant, known=known, references=references))
        return told

    def _shelf(self, colorizer: Colorizer) -> ReferenceShelf:
        """Return the shelf of a colorizer; those that see the same have one in common."""
        key = colorizer.predictor, colorizer.decoding.working_size
        if key not in self._shelves:
            film = colorizer.film(self._film_format)
            self._shelves[key] = ReferenceShelf(film, self._mirrored)
        return self._shelves[key]

    def at(self, time: Fraction) -> list[Variant]:
        """Return the same for the first frame at or after a time."""
        for each in self._passes.values():
            shown = each.shots.first_from(time)
            return self.within(Extent(shown, shown))
        return [variant for variant, _ in self._variants]


def _together(marks: FilmHints | None, grades: FilmHints | None) -> FilmHints | None:
    if marks is None or grades is None:
        return marks or grades
    return replace(marks, graded=grades.graded)
