"""Carries the hints of frames along motion to those that come after them, or before."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from vidcolor.net.hints import HintMap, Limits
from vidcolor.temporal.flow import FINE
from vidcolor.temporal.motion import Step, at_rest, extend_back, find_step

ALIKE = 0.5
"""Two places whose features have this product may be the same thing or not."""

_SLOPE = 0.05
"""How much more or less makes it sure by 73 %."""

_FLARE = 0.1
"""Contrast is that of luma over this: what is nearly black differs little to the eye."""

_CONTRAST = 0.2
"""The σ of the contrast that two places may have, in natural logarithms. On seven films in color
two thirds of what marks say in wrong places go by that, and a fourteenth of all that they say."""


_LEAST = 1 / 255
"""Hints that weigh less than this everywhere are forgotten: they would come to nothing."""


class Carrier:
    """Carries hints through the frames of a shot, which are given in order or in reverse.

    The weight fades with distrust: of the flow, which tells where it lost a thing, and of what it
    found there, if the network's features or the luma are unlike those of the place where the hint
    was given. Flow alone stays sure of itself for hundreds of frames while it slides off a thing.
    """

    def __init__(self) -> None:
        self._followers: list[_Follower] = []
        self._previous: np.ndarray | None = None

    @property
    def is_idle(self) -> bool:
        """True while no hints are carried on."""
        return not self._followers

    def __call__(
        self,
        luma: np.ndarray,
        features: torch.Tensor | None,
        given: Sequence[tuple[HintMap, int]] = (),
    ) -> list[HintMap]:
        """Take the next frame; return the hints that earlier ones bring to it.

        Args:
            luma: (h, w) float32 in [0, 1].
            features: as `Predictor.features` gives them: (C, h', w'), of length 1. None where they
                are not looked at: what the latest ones told of a thing then still holds.
            given: hints given in this frame, of the luma's size, each with the number of frames
                that it is to be carried on to.
        """
        carried: list[HintMap] = []
        if self._followers:
            assert self._previous is not None
            step = find_step(self._previous, luma, 1, FINE)
            seen = None if features is None else Seen(luma, features)
            carried = [follower(step, seen) for follower in self._followers]
            self._followers = [
                follower
                for follower, hints in zip(self._followers, carried, strict=True)
                if follower.left and hints.weight.max() >= _LEAST
            ]
        if given:
            assert features is not None
            seen = Seen(luma, features)
            self._followers += [_Follower(hints, seen, left) for hints, left in given if left]
        self._previous = luma
        return carried


class _Follower:
    """Follows what hints lie on from frame to frame, away from the frame they were given in.

    left: to how many frames more.
    """

    def __init__(self, hints: HintMap, seen: "Seen", left: int) -> None:
        self.left = left
        self._hints = hints
        self._seen = seen
        self._ways = torch.cat([at_rest(*hints.weight.shape), torch.ones(1, *hints.weight.shape)])
        """Where each pixel of the latest frame was in that first frame, and how surely it was seen
        on the way, as for `extend_back`; then how sure it is that it is still the same thing, in
        [0, 1]. (4, h, w)."""

    def __call__(self, step: Step, seen: "Seen | None") -> HintMap:
        """Return the hints of the next frame, to which `step` leads from the latest one."""
        self.left -= 1
        self._ways = extend_back(self._ways[None], step)[0]
        if seen is not None:
            self._ways[3] = sameness(self._hints, self._ways, self._seen, seen)
        return brought(self._hints, self._ways)


@dataclass(frozen=True, eq=False)
class Seen:
    """What tells whether two places of two frames are the same thing: as `Carrier` takes it."""

    luma: np.ndarray
    features: torch.Tensor


def sameness(hints: HintMap, ways: torch.Tensor, given: Seen, now: Seen) -> torch.Tensor:
    """Return how sure it is that hints, brought to a frame, are on what they were given for.

    It is the logistic function of (p - `ALIKE`) / `_SLOPE`, p the product of the features of the
    two places, times exp(-c² / 2σ²), σ = `_CONTRAST`, c the change of ln(Y + `_FLARE`) from one to
    the other, less the median of that over the picture, which light and exposure make.

    Args:
        hints: of the frame that they were given in.
        ways: from the frame back to that, (3 or more, h, w) as for `extend_back`.
        given: that frame.
        now: the frame.

    Returns:
        (h, w) float32 in [0, 1]; 1 where there are no hints.
    """
    nearest = _nearest(ways)
    weight = hints.weight.flatten()[nearest]
    rows, columns = torch.nonzero(weight, as_tuple=True)
    here, there = torch.stack([columns, rows]).float(), ways[:2, rows, columns]
    size = weight.shape
    alike = (_sampled(now.features, here, size) * _sampled(given.features, there, size)).sum(0)
    before, after = (torch.from_numpy(each.luma + _FLARE).log() for each in (given, now))
    change = after - before.flatten()[nearest]
    as_light = (-(change - change.median()).square() / (2 * _CONTRAST**2)).exp()
    sure = torch.ones(weight.shape)
    sure[rows, columns] = ((alike - ALIKE) / _SLOPE).sigmoid() * as_light[rows, columns]
    return sure


def brought(hints: HintMap, ways: torch.Tensor) -> HintMap:
    """Return hints where ways lead back to them, as sure as these are.

    ways: (4, h, w): three planes as for `extend_back`, and the `sameness` on the way.
    """
    nearest, limits = _nearest(ways), hints.limits
    return HintMap(
        hints.chroma.flatten(1)[:, nearest],
        hints.weight.flatten()[nearest] * ways[2] * ways[3],
        hints.exact.flatten()[nearest],
        limits and Limits(limits.far.flatten()[nearest], brought(limits.free, ways)),
    )


def _nearest(ways: torch.Tensor) -> torch.Tensor:
    """Return the number of the cell that each way leads to, (h, w) int64."""
    _, height, width = ways.shape
    x, y = ways[0].clamp(0, width - 1), ways[1].clamp(0, height - 1)
    return (y.round() * width + x.round()).long()


def _sampled(features: torch.Tensor, places: torch.Tensor, shape: Sequence[int]) -> torch.Tensor:
    """Return features (C, n), of length 1, at places (2, n): x and y in pixels of `shape`."""
    size = torch.tensor([shape[1], shape[0]])[:, None]
    grid = (2 * places + 1) / size - 1
    found = F.grid_sample(
        features[None], grid.T[None, None], padding_mode="border", align_corners=False
    )
    return F.normalize(found[0, :, 0], dim=0)
