"""Finds for each shot the grade that palettes and a saturation ask for, before it is colored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import torch

from vidcolor.colorize.film_colorizer import FilmColorizer
from vidcolor.colorize.grade import Grade
from vidcolor.colorize.multipliers import find_multipliers, multiply
from vidcolor.colorize.predict import Prediction
from vidcolor.colorize.sampling import draw_multipliers
from vidcolor.colorize.saturation import find_factor, find_tilt, luma_of_cells
from vidcolor.input.frames import Frame
from vidcolor.pipeline.batches import BATCH_SIZE
from vidcolor.pipeline.film_hints import GradedPart
from vidcolor.pipeline.listener import Listener
from vidcolor.pipeline.shot_samples import ShotSampler, ShotSamples
from vidcolor.pipeline.shots import Extent, Shots, merge_extents

_MOST = 512
"""The most frames of a shot that count."""


@dataclass(frozen=True, eq=False)
class Wish:
    """The shares that bins are to have in a part of a film.

    begin, end: of the part, in `Reader.seconds`; None for the film's own. shares: (n,), as
    `find_shares` gives them. strength: 0 to 1.
    """

    begin: Fraction | None
    end: Fraction | None
    shares: torch.Tensor
    strength: float

    def holds_at(self, time: Fraction) -> bool:
        """Tell whether the frame shown at `time` is within the part."""
        return (self.begin is None or self.begin <= time) and (self.end is None or time < self.end)


def find_grade(
    film: FilmColorizer,
    predictions: Sequence[Prediction],
    wish: Wish | None,
    saturation: float | None,
    drawn: torch.Tensor | None,
) -> Grade:
    """Return the grade of a shot.

    Args:
        film: the film's colorizer.
        predictions: of frames of the shot, as `FilmColorizer.predict` gives them.
        wish: what its bins are to be; None where nothing is asked for.
        saturation: the mean that it is to have; None for its own.
        drawn: as `draw_multipliers` gives them; None where nothing is drawn.
    """
    multipliers = None
    places = torch.cat([each.probabilities.flatten(1) for each in predictions], 1)
    if wish is not None:
        multipliers = find_multipliers(places, wish.shares, wish.strength)
    if drawn is not None:
        multipliers = drawn if multipliers is None else multipliers * drawn
    if multipliers is not None:
        places = multiply(places[:, None], multipliers)[:, 0]
    if saturation is None:
        return Grade(multipliers)
    lumas = [
        luma_of_cells(torch.from_numpy(each.luma)[None], each.probabilities.shape[-2:])
        for each in predictions
    ]
    brightness = torch.cat([luma.flatten() for luma in lumas])
    tilt = find_tilt(places, brightness, film.bins.centers.cpu(), saturation)
    shown, uvs = [], []
    for first in range(0, len(predictions), BATCH_SIZE):
        grade = Grade(multipliers, tilt)
        batch = [replace(each, grade=grade) for each in predictions[first:][:BATCH_SIZE]]
        uv = film.graded_chroma(batch).cpu()
        luma = torch.stack([torch.from_numpy(each.luma) for each in batch])
        shown.append(luma_of_cells(luma, uv.shape[-2:])[:, None])
        uvs.append(uv)
    return Grade(multipliers, tilt, find_factor(torch.cat(shown), torch.cat(uvs), saturation))


class ShotGrades:
    """Grades the shots of a film, each by every twelfth frame of it.

    Args:
        path: the film.
        cuts: as for `mark_shots`.
        film: the film's colorizer.
        wishes: a later one counts more than those before it.
        saturation: the mean saturation that every shot is to have, 0 to 1; None for its own.
        sample: the seed by which every shot draws one of its likely answers; None for none.
        listener: is told of the reading.
    """

    def __init__(
        self,
        path: Path,
        cuts: Sequence[Fraction] | None,
        film: FilmColorizer,
        wishes: Sequence[Wish],
        saturation: float | None,
        sample: int | None,
        listener: Listener,
    ) -> None:
        self._film = film
        self._wishes = wishes
        self._saturation = saturation
        self._sample = sample
        self._sampler = ShotSampler(path, cuts, self._look, _MOST, listener)

    def within(self, extent: Extent, shots: Shots) -> list[GradedPart]:
        """Return the graded parts of all shots that reach into an extent, in order."""
        asked = [Extent(wish.begin, wish.end) for wish in self._wishes]
        if (self._saturation, self._sample) != (None, None):
            asked.append(Extent())
        parts: dict[Fraction, list[GradedPart]] = {}
        for part in merge_extents([common for each in asked if (common := each & extent)]):
            first = None if part.begin is None else shots.at(part.begin).times[0]
            for shot in self._sampler(first, part.end):
                parts.setdefault(shot.begin, list(self._parts(shot)))
        return [part for begin in sorted(parts) for part in parts[begin]]

    def _look(self, frames: Sequence[Frame], _: Sequence[Fraction]) -> list[Prediction]:
        made = self._film.predict([frame.luma for frame in frames])
        return [replace(each, plane=None) for each in made]

    def _parts(self, shot: ShotSamples[Prediction]) -> Iterator[GradedPart]:
        """Yield the parts of a shot, each with its grade."""
        edges = {edge for wish in self._wishes for edge in (wish.begin, wish.end)} - {None}
        inside = sorted(edge for edge in edges if edge and shot.begin < edge < shot.end)
        graded: dict[int | None, Grade] = {}
        drawn = None
        if self._sample is not None:
            centers = self._film.bins.centers.cpu()
            drawn = draw_multipliers(self._sample, shot.begin, centers)
        for begin, end in zip([shot.begin, *inside], [*inside, shot.end], strict=True):
            holding = [n for n, wish in enumerate(self._wishes) if wish.holds_at(begin)]
            counts = holding[-1] if holding else None
            if counts is None and self._saturation is None and drawn is None:
                continue
            if counts not in graded:
                wish = None if counts is None else self._wishes[counts]
                graded[counts] = find_grade(self._film, shot.samples, wish, self._saturation, drawn)
            yield GradedPart(begin, end, graded[counts])
