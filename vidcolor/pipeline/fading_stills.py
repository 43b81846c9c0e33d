"""Brings a still, a frame that is given in color, to the frames around its own."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import torch

from vidcolor.colorize.film_colorizer import FilmColorizer
from vidcolor.hints.carry import brought
from vidcolor.hints.packed import pack
from vidcolor.input.frames import Frame
from vidcolor.net.hints import HintMap
from vidcolor.pipeline.carried_marks import ShotReading, depended_on
from vidcolor.pipeline.shots import Extent, Shot
from vidcolor.temporal.flow import FINE
from vidcolor.temporal.motion import at_rest, extend_back, find_step

FADING = 12
"""So many frames before and behind a still its colors fade into those that are matched with it."""

LEAST = 1 / 255
"""The least weight of a still's places: it is to be whole, so that no color comes to others."""


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
        reading = ShotReading(self._path, shot, self._film)
        first, last = max(0, number - FADING), min(len(shot.times) - 1, number + FADING)
        for way, frames in (
            (range(number, last + 1), reading.read(number, last)),
            (range(first, number + 1), reading.read_back(first, number)),
        ):
            if any(shot.times[other] in wider for other in way if other != number):
                for other, hints in self._faded(frames, still):
                    if shot.times[other] in wider:
                        yield shot.times[other], pack(hints)

    def _faded(
        self, frames: Iterator[tuple[int, Frame]], still: HintMap
    ) -> Iterator[tuple[int, HintMap]]:
        """Yield the maps that a still comes to in all of `frames` but the first one, its own."""
        sure = torch.ones(1, *still.weight.shape)
        ways = torch.cat([at_rest(*still.weight.shape), sure])
        previous = None
        for distance, (number, frame) in enumerate(frames):
            luma = self._film.hint_luma(frame.luma, frame.marks.field_order is not None)
            if previous is not None:
                ways = extend_back(ways[None], find_step(previous, luma, 1, FINE))[0]
                hints = brought(still, ways)
                share = 1 - distance / (FADING + 1)
                yield number, replace(hints, weight=(share * hints.weight).clamp_min(LEAST))
            previous = luma
