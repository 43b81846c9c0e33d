"""Carries the marks of a shot to one of its frames, as `colorize` does, and keeps what that takes.

Ways between frames don't depend on marks, so they are found once. `colorize` compares features in
further frames where other marks lie; but for that the maps are the same.
"""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import torch

from vidcolor.colorize.film_colorizer import FilmColorizer
from vidcolor.hints.carry import Seen, brought, sameness
from vidcolor.hints.marks import Mark
from vidcolor.hints.rasterize import rasterize
from vidcolor.net.hints import HintMap, Rank
from vidcolor.pipeline.carried_marks import COMPARED, MarkGroup, mark_groups
from vidcolor.pipeline.shots import Shot
from vidcolor.studio.kept import Kept
from vidcolor.studio.material import Material
from vidcolor.temporal.flow import FINE
from vidcolor.temporal.motion import Step, at_rest, extend_back, find_step

_CAP = 256 << 20
"""The bytes of steps, ways and features that are kept."""
_EVERY = 8
"""Of ways that go on through a shot, those in one frame of so many are kept."""


class Carrying:
    """Carries marks through the shots of a film; what it keeps is good for all settings.

    material: the film, or photograph. film: a colorizer of it, of any settings but another
    `hint_size`; it is only used here.
    """

    def __init__(self, material: Material, film: FilmColorizer) -> None:
        self._material = material
        self._film = film
        self._lumas: Kept[np.ndarray] = Kept(_CAP // 4, lambda luma: luma.nbytes)
        self._tensors: Kept[torch.Tensor] = Kept(_CAP, lambda tensor: tensor.nbytes)

    def luma(self, time: Fraction) -> np.ndarray:
        """Return a frame as hints spread over it, (h, w) float32 in [0, 1]."""

        def make() -> np.ndarray:
            plane = self._material.plane(time)
            return self._film.hint_luma(plane.luma, plane.interlaced)

        return self._lumas.got(time, make)

    def maps(self, marks: Sequence[Mark], shot: Shot, number: int) -> list[tuple[Rank, HintMap]]:
        """Return the maps that marks of a shot make in one of its frames.

        marks: each lies over the one before; those of other shots are passed over. Raises as
        `rasterize` and `Reader`.
        """
        given: dict[int, list[Mark]] = defaultdict(list)
        for mark in marks:
            if self._material.is_photograph:
                given[0].append(mark)
            elif shot.times[0] <= mark.at < shot.end:
                given[shot.on_screen(mark.at)].append(mark)
        placement, shape = self._material.placement, self._film.hint_shape
        maps = []
        for there, alike in given.items():
            if there == number:
                made = rasterize(alike, placement, shape)
                maps += [(Rank.GIVEN, made)] if made is not None else []
                continue
            for group in mark_groups(alike, there, shot, placement, shape):
                if group.first <= number <= group.last:
                    maps.append((Rank.CARRIED, self._carried(group, shot, there, number)))
        return maps

    def _carried(self, group: MarkGroup, shot: Shot, begin: int, number: int) -> HintMap:
        """Return the map of marks given in the frame `begin`, brought to another one."""
        # The frame nearest to it, on the way, whose features are looked at.
        forth = number > begin
        compared = number - number % COMPARED if forth else -(-number // COMPARED) * COMPARED
        compared = max(compared, begin) if forth else min(compared, begin)
        ways = self._ways(shot, begin, compared)
        sure = torch.ones_like(ways[2])
        if compared != begin:
            given, now = (self._seen(shot.times[each]) for each in (begin, compared))
            sure = sameness(group.hints, ways, given, now)
        carried = torch.cat([ways, sure[None]])
        for each in _between(compared, number):
            carried = extend_back(carried[None], self._step(shot, each, each + _sign(forth)))[0]
        return brought(group.hints, carried)

    def _ways(self, shot: Shot, begin: int, end: int) -> torch.Tensor:
        """Return the ways from the frame `end` back to `begin`, (3, h, w) float32."""
        forth = end > begin
        known, ways = begin, at_rest(*self._film.hint_shape)
        for each in reversed(_between(begin, end)):
            found = self._tensors.get(("ways", shot.times[begin], each + _sign(forth)))
            if found is not None:
                known, ways = each + _sign(forth), found
                break
        for each in _between(known, end):
            to = each + _sign(forth)
            ways = extend_back(ways[None], self._step(shot, each, to))[0]
            if to == end or to % _EVERY == 0:
                self._tensors.put(("ways", shot.times[begin], to), ways)
        return ways

    def _step(self, shot: Shot, earlier: int, later: int) -> Step:
        """Return the step from a frame to a neighbour, which may come before it.

        The step back is taken for the step forth in reverse, which it nearly is.
        """
        first, second = sorted((earlier, later))

        def make() -> torch.Tensor:
            step = find_step(self.luma(shot.times[first]), self.luma(shot.times[second]), 1, FINE)
            return torch.stack([step.back, step.forward]).half()

        back, forward = self._tensors.got(("step", shot.times[first]), make).float()
        return Step(back, forward) if earlier < later else Step(forward, back)

    def _seen(self, time: Fraction) -> Seen:
        def make() -> torch.Tensor:
            plane = self._material.plane(time)
            return self._film.features(plane.luma, plane.interlaced).half()

        return Seen(self.luma(time), self._tensors.got(("features", time), make).float())

    def prepare(self, shot: Shot, number: int) -> None:
        """Find the step from a frame of a shot to the next one, so that clicks need not wait."""
        if number + 1 < len(shot.times):
            self._step(shot, number, number + 1)


def _between(begin: int, end: int) -> range:
    """Return the frames from `begin` up to `end`, or down to it, without that."""
    return range(begin, end, _sign(end > begin))


def _sign(forth: bool) -> int:
    return 1 if forth else -1
