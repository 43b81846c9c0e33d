"""Brings a still, a frame that is given in color, to the frames around its own."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

from vidcolor.colorize.film_colorizer import FilmColorizer
from vidcolor.hints.carry import brought
from vidcolor.hints.packed import pack
from vidcolor.net.hints import HintMap
from vidcolor.pipeline.carried_marks import ShotReading, depended_on
from vidcolor.pipeline.shots import Extent, Shot
from vidcolor.temporal.flow import FINE
from vidcolor.temporal.motion import at_rest, extend_back, find_step

FADING = 6
"""So many frames before and behind a still its colors fade into those that are matched with it."""

LEAST = 1 / 255
"""The least weight of a still's places: it is to be whole, so that no color comes to others."""

_STEPS = 256
"""Of chroma from 0 to 1: such maps are made of a few values, and take half the memory."""


class FadingStills:
    """Lets the exact colors of stills fade into what references tell of the frames around.

    Without that, what matching does not find, such as a small thing, would show for one frame.
    Colors follow what moves, go where the flow loses it, and count less from frame to frame.

    Args:
        path: the film.
        film: the film's colorizer.
        reach: how many frames before and behind a frame its color depends on.
    """

    def __init__(self, path: Path, film: FilmColorizer, reach: tuple[int, int]) -> None:
        self._path = path
        self._film = film
        self._reach = reach

    def __call__(
        self, extent: Extent, shot: Shot, number: int, still: HintMap
    ) -> Iterator[tuple[Fraction, bytes]]:
        """Yield the packed maps of the frames around a still, with their times.

        What comes to a frame does not depend on what else is asked for. Raises as `Reader`.

        Args:
            extent: the frames that are asked for; maps of those that these depend on come, too.
            shot: that of the still.
            number: that of its frame in the shot.
            still: its map.
        """
        wider = depended_on(extent, shot, self._reach)
        first, last = max(0, number - FADING), min(len(shot.times) - 1, number + FADING)
        if not any(time in wider for time in shot.times[first : last + 1]):
            return
        lumas = {
            other: self._film.hint_luma(frame.luma, frame.marks.field_order is not None)
            for other, frame in ShotReading(self._path, shot, self._film).read(first, last)
        }
        if number not in lumas:  # films that don't seek exactly may lack it
            return
        for way in (range(number, last + 1), range(number, first - 1, -1)):
            there = [other for other in way if other in lumas]
            maps = _faded(still, [lumas[other] for other in there])
            for other, hints in zip(there[1:], maps, strict=True):
                if shot.times[other] in wider:
                    yield shot.times[other], pack(hints)


def _faded(still: HintMap, lumas: Sequence[np.ndarray]) -> Iterator[HintMap]:
    """Yield the maps that a still comes to in frames one after another, the first of them its own.

    lumas: (h, w) of all these frames. There is no map of the first one.
    """
    coarse = replace(still, chroma=(still.chroma * _STEPS).round() / _STEPS)
    ways = torch.cat([at_rest(*still.weight.shape), torch.ones(1, *still.weight.shape)])
    for distance, (previous, luma) in enumerate(pairwise(lumas), start=1):
        ways = extend_back(ways[None], find_step(previous, luma, 1, FINE))[0]
        hints = brought(coarse, ways)
        share = 1 - distance / (FADING + 1)
        yield replace(hints, weight=(share * hints.weight).clamp_min(LEAST))
