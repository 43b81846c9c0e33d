"""`HintMap`: the colors that someone knows of one picture, and how the maps of many become one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    limits: what ends the hints that go only so far; None where all go as far as things are alike.
    """

    chroma: torch.Tensor
    weight: torch.Tensor
    exact: torch.Tensor
    limits: "Limits | None" = None

    @property
    def is_whole(self) -> bool:
        """Tell whether the color of every place is given, so that none comes to another."""
        return bool((self.exact & (self.weight > 0)).all())

    @property
    def nbytes(self) -> int:
        """The bytes that it takes."""
        own = sum(each.nbytes for each in (self.chroma, self.weight, self.exact))
        return (
            own if self.limits is None else own + self.limits.far.nbytes + self.limits.free.nbytes
        )


@dataclass(frozen=True, eq=False)
class Limits:
    """What ends the hints of a map that go only so far.

    far: (h, w) float32, so many cells they go at most from where they are; below 0 elsewhere. free:
    the other hints, as if there were no more: what counts beyond.
    """

    far: torch.Tensor
    free: HintMap


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
    these; it is exact where one of them is. A rank leaves to those behind it as much as its weight
    w lacks: over chroma c', weight w' its chroma c makes (w c + (1 - w) w' c') / (w + (1 - w) w'),
    of the weight w + (1 - w) w' (Porter and Duff 1984, "Compositing digital images": over). Those
    without limits make a map of their own likewise.
    """
    limits = [each.limits for _, each in maps if each.limits is not None]
    combined = _combined(maps)
    if combined is None or not limits:
        return combined
    free = _combined([(rank, each.limits.free if each.limits else each) for rank, each in maps])
    assert free is not None
    far = torch.stack([each.far for each in limits]).amax(0)
    return replace(combined, limits=Limits(far, free))


def _combined(maps: Sequence[tuple[Rank, HintMap]]) -> HintMap | None:
    """Return what maps make together, whether or not they have limits."""
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
    return HintMap(chroma, weights.amax(0), exact.any(0))


def _over(front: HintMap, back: HintMap) -> HintMap:
    """Return what `front` makes with a map of a higher rank behind it."""
    left = (1 - front.weight) * back.weight
    weight = front.weight + left
    chroma = (front.weight * front.chroma + left * back.chroma) / _divisor(weight)
    return HintMap(chroma, weight, torch.where(front.weight > 0, front.exact, back.exact))


def _divisor(weight: torch.Tensor) -> torch.Tensor:
    return weight.clamp_min(torch.finfo(weight.dtype).tiny)
