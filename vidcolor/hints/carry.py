"""Carries the hints of frames along motion to those that come after them, or before."""

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional as F

from vidcolor.net.hints import HintMap
from vidcolor.temporal.flow import FINE
from vidcolor.temporal.motion import Step, at_rest, extend_back, find_step

ALIKE = 0.5
"""Two places whose features have this product may be the same thing or not."""

_SLOPE = 0.05
"""How much more or less makes it sure by 73 %."""


_LEAST = 1 / 255
"""Hints that weigh less than this everywhere are forgotten: they would come to nothing."""


class Carrier:
    """Carries hints through the frames of a shot, which are given in order or in reverse.

    The weight fades with distrust: of the flow, which tells where it lost a thing, and of what it
    found there, if the network's features are unlike those of the place where the hint was given.
    Flow alone stays sure of itself for hundreds of frames while it slides off a thing.
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
            carried = [follower(step, features) for follower in self._followers]
            self._followers = [
                follower
                for follower, hints in zip(self._followers, carried, strict=True)
                if follower.left and hints.weight.max() >= _LEAST
            ]
        if given:
            assert features is not None
            self._followers += [_Follower(hints, features, left) for hints, left in given if left]
        self._previous = luma
        return carried


class _Follower:
    """Follows what hints lie on from frame to frame, away from the frame they were given in.

    left: to how many frames more.
    """

    def __init__(self, hints: HintMap, features: torch.Tensor, left: int) -> None:
        self.left = left
        self._hints = hints
        self._features = features
        self._ways = torch.cat([at_rest(*hints.weight.shape), torch.ones(1, *hints.weight.shape)])
        """Where each pixel of the latest frame was in that first frame, and how surely it was seen
        on the way, as for `extend_back`; then how sure the features are that it is still the same
        thing, in [0, 1]. (4, h, w)."""

    def __call__(self, step: Step, features: torch.Tensor | None) -> HintMap:
        """Return the hints of the next frame, to which `step` leads from the latest one."""
        self.left -= 1
        self._ways = extend_back(self._ways[None], step)[0]
        if features is not None:
            self._ways[3] = sameness(self._hints, self._ways, self._features, features)
        return brought(self._hints, self._ways)


def sameness(
    hints: HintMap, ways: torch.Tensor, given: torch.Tensor, features: torch.Tensor
) -> torch.Tensor:
    """Return how sure it is that hints, brought to a frame, are on what they were given for.

    Args:
        hints: of the frame that they were given in.
        ways: from the frame back to that, (3 or more, h, w) as for `extend_back`.
        given: the features of that frame, as for `Carrier`.
        features: those of the frame.

    Returns:
        (h, w) float32 in [0, 1]; 1 where there are no hints.
    """
    weight = hints.weight.flatten()[_nearest(ways)]
    rows, columns = torch.nonzero(weight, as_tuple=True)
    here, there = torch.stack([columns, rows]).float(), ways[:2, rows, columns]
    likeness = (_sampled(features, here, weight.shape) * _sampled(given, there, weight.shape)).sum(
        0
    )
    sure = torch.ones(weight.shape)
    sure[rows, columns] = ((likeness - ALIKE) / _SLOPE).sigmoid()
    return sure


def brought(hints: HintMap, ways: torch.Tensor) -> HintMap:
    """Return hints where ways lead back to them, as sure as these are.

    ways: (4, h, w): three planes as for `extend_back`, and the `sameness` on the way.
    """
    nearest = _nearest(ways)
    return HintMap(
        hints.chroma.flatten(1)[:, nearest],
        hints.weight.flatten()[nearest] * ways[2] * ways[3],
        hints.exact.flatten()[nearest],
        None if hints.limit is None else hints.limit.flatten()[nearest],
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
