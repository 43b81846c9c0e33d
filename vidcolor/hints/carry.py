"""Carries the hints of one frame along motion, both ways, through the shot that it belongs to."""

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional as F

from vidcolor.net.hints import HintMap
from vidcolor.temporal.flow import FINE
from vidcolor.temporal.motion import Step, at_rest, corners, extend_back, find_step

ALIKE = 0.5
"""Two places whose features have this product may be the same thing or not."""

_SLOPE = 0.05
"""How much more or less makes it sure by 73 %."""


def carry(
    hints: HintMap, given: int, lumas: Sequence[np.ndarray], features: Sequence[torch.Tensor]
) -> list[HintMap]:
    """Return the hints of each frame of a shot, in order, from those given in one of them.

    The weight fades with distrust: of the flow, which tells where it lost a thing, and of what it
    found there, if the network's features are unlike those of the place where the hint was given.
    Flow alone stays sure of itself for hundreds of frames while it slides off a thing.

    Args:
        hints: of one frame, of its luma's size.
        given: the number of that frame.
        lumas: of each frame, (h, w) float32 in [0, 1].
        features: of each frame, as `Predictor.features` gives them: (C, h', w'), of length 1.
    """
    maps = [hints] * len(lumas)
    for direction, end in ((1, len(lumas)), (-1, -1)):
        follower = _Follower(hints, features[given])
        for number in range(given + direction, end, direction):
            step = find_step(lumas[number - direction], lumas[number], 1, FINE)
            maps[number] = follower(step, features[number])
    return maps


class _Follower:
    """Follows what hints lie on from frame to frame, away from the frame they were given in."""

    def __init__(self, hints: HintMap, features: torch.Tensor) -> None:
        self._hints = hints
        self._features = features
        self._ways = at_rest(*hints.weight.shape)[None]
        """Where each pixel of the latest frame was in that first frame; see `extend_back`."""

    def __call__(self, step: Step, features: torch.Tensor) -> HintMap:
        """Return the hints of the next frame, to which `step` leads from the latest one."""
        self._ways = extend_back(self._ways, step)
        ways = self._ways[0]
        height, width = ways.shape[1:]
        cells, shares = corners(ways[0].flatten(), ways[1].flatten(), (height, width))
        nearest = cells.long().gather(1, shares.argmax(1, keepdim=True))[:, 0]
        weight = self._hints.weight.flatten()[nearest].reshape(height, width)
        rows, columns = torch.nonzero(weight, as_tuple=True)
        here = torch.stack([columns, rows]).float()
        there = ways[:2, rows, columns]
        likeness = torch.zeros_like(weight)
        likeness[rows, columns] = (
            _sampled(features, here, (height, width))
            * _sampled(self._features, there, (height, width))
        ).sum(0)
        trust = ways[2] * ((likeness - ALIKE) / _SLOPE).sigmoid()
        return HintMap(
            self._hints.chroma.flatten(1)[:, nearest].reshape(2, height, width),
            weight * trust,
            self._hints.exact.flatten()[nearest].reshape(height, width),
        )


def _sampled(features: torch.Tensor, places: torch.Tensor, shape: tuple[int, int]) -> torch.Tensor:
    """Return features (C, n), of length 1, at places (2, n): x and y in pixels of `shape`."""
    size = torch.tensor([shape[1], shape[0]])[:, None]
    grid = (2 * places + 1) / size - 1
    found = F.grid_sample(
        features[None], grid.T[None, None], padding_mode="border", align_corners=False
    )
    return F.normalize(found[0, :, 0], dim=0)
