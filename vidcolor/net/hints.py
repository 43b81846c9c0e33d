"""`HintMap`: the colors that someone knows of one picture, and how the maps of many become one."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import Protocol

import torch


@dataclass(frozen=True, eq=False)
class HintMap:
    """The colors that are known of a picture, at the size at which they spread: upright.

    chroma: (2, h, w) float32, UV of BT.709 in [-0.5, 0.5]; any finite value where weight is 0.
    weight: (h, w) float32 in [0, 1], how much each is to be believed; 0 where nothing is known.
    exact: (h, w) bool, whether the place must have this very color, or with a weight below 1 that
    share of the way to it; a matched color need not.
    limit: (h, w) float32, at most so many cells from there its color goes; infinite where it goes
    as far as things are alike. None: everywhere.
    """

    chroma: torch.Tensor
    weight: torch.Tensor
    exact: torch.Tensor
    limit: torch.Tensor | None = None

    @property
    def planes(self) -> tuple[torch.Tensor, ...]:
        """All that there are of the four."""
        of_all = self.chroma, self.weight, self.exact
        return of_all if self.limit is None else (*of_all, self.limit)


class Rank(IntEnum):
    """Says which of two hints at the same place counts: the lower one."""

    GIVEN = 0
    """Points, strokes and regions, in the frames they were given for."""
    CARRIED = 1
    """Those brought along motion to other frames."""
    MATCHED = 2
    """The colors of reference pictures."""


class HintSource(Protocol):
    """Knows the hints of a film's frames, whoever gave them.

    rank: of all its hints. lookback, lookahead: how many frames before and behind a frame its
    hints depend on.
    """

    rank: Rank
    lookback: int
    lookahead: int

    def __call__(self, time: Fraction, luma: torch.Tensor) -> HintMap | None:
        """Return the hints of the film's next frame, None where there is none.

        time: when it is shown, in `Reader.seconds`. luma: (h, w) float32 in [0, 1], the active
        picture, upright; the map has its size.
        """


def combine(maps: Sequence[tuple[Rank, HintMap]]) -> HintMap | None:
    """Return the one map that the maps of a picture make together; None where there is none.

    Maps of one rank make the mean of their chroma, weighted by their weights, and the largest of
    these; it is exact where one of them is, and goes as far as the one that goes farthest. A rank
    leaves to those behind it as much as its weight w lacks: over chroma c', weight w' its chroma c
    makes (w c + (1 - w) w' c') / (w + (1 - w) w'), of the weight w + (1 - w) w' (Porter and Duff
    1984, "Compositing digital images": over).
    """
    combined: HintMap | None = None
    for rank in sorted({rank for rank, _ in maps}, reverse=True):
        layer = _mean([each for its, each in maps if its == rank])
        combined = layer if combined is None else _over(layer, combined)
    return combined


def _mean(maps: Sequence[HintMap]) -> HintMap:
    """Return what maps of one rank make together."""
    if len(maps) == 1:
        return maps[0]
    weights = torch.stack([each.weight for each in maps])
    chroma = sum(each.weight * each.chroma for each in maps) / _divisor(weights.sum(0))
    exact = torch.stack([each.exact & (each.weight > 0) for each in maps])
    limit = None
    if not all(each.limit is None for each in maps):
        reached = [torch.where(each.weight > 0, _limit(each), 0) for each in maps]
        limit = torch.stack(reached).amax(0)
    return HintMap(chroma, weights.amax(0), exact.any(0), limit)


def _over(front: HintMap, back: HintMap) -> HintMap:
    """Return what `front` makes with a map of a higher rank behind it."""
    left = (1 - front.weight) * back.weight
    weight = front.weight + left
    chroma = (front.weight * front.chroma + left * back.chroma) / _divisor(weight)
    in_front = front.weight > 0
    limit = None
    if front.limit is not None or back.limit is not None:
        limit = torch.where(in_front, _limit(front), _limit(back))
    return HintMap(chroma, weight, torch.where(in_front, front.exact, back.exact), limit)


def _limit(hints: HintMap) -> torch.Tensor:
    return torch.full_like(hints.weight, torch.inf) if hints.limit is None else hints.limit


def _divisor(weight: torch.Tensor) -> torch.Tensor:
    return weight.clamp_min(torch.finfo(weight.dtype).tiny)
