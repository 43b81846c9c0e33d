"""How sure the network is of its colours, place by place: two maps (ColorUNet 2018)."""

from dataclasses import dataclass
from math import log

import matplotlib
import numpy as np
import torch

from vidcolor.bars import Rectangle
from vidcolor.sheet import GROUND
from vidcolor.view import resized


@dataclass(frozen=True)
class Scale:
    """How a figure becomes a colour of `COLOURS`."""

    title: str
    low: float
    high: float
    """What is above is shown as this."""
    ticks: tuple[float, ...]
    logarithmic: bool = False

    def __call__(self, figures: np.ndarray) -> np.ndarray:
        """Figures of any shape -> places on the scale, in [0, 1]."""
        low, high = self.low, self.high
        if self.logarithmic:
            figures, low, high = np.log(figures), log(low), log(high)
        return ((figures - low) / (high - low)).clip(0, 1)


PROBABILITY = Scale("probability of the likeliest colour", 0, 1, (0, 0.25, 0.5, 0.75, 1))
RATIO = Scale("likeliest : second likeliest", 1, 10, (1, 2, 3, 5, 10), logarithmic=True)
COLOURS = "viridis"
"""Perceptually uniform: equal steps on the scale look equally large."""


def maps(probabilities: torch.Tensor) -> dict[Scale, np.ndarray]:
    """Bin probabilities (n, h, w) -> of each place the figure of each scale, (h, w) float32."""
    first, second = probabilities.topk(2, 0).values
    tiny = torch.finfo(second.dtype).tiny
    return {PROBABILITY: first.numpy(), RATIO: (first / second.clamp_min(tiny)).numpy()}


def painted(
    places: np.ndarray, active: Rectangle, stored: tuple[int, int], size: tuple[int, int]
) -> np.ndarray:
    """A map as a picture, (*size, 3) uint8 RGB; what is not active is `sheet.GROUND`.

    places: (h, w) float32 on a scale, of the active part of a luma plane of shape `stored`.
    """
    down, across = (wanted / had for wanted, had in zip(size, stored, strict=True))
    top, bottom = round(active.top * down), round(active.bottom * down)
    left, right = round(active.left * across), round(active.right * across)
    picture = np.full((*size, 3), GROUND, np.uint8)
    inside = resized(torch.from_numpy(places), (bottom - top, right - left))
    picture[top:bottom, left:right] = _coloured(inside)
    return picture


def _coloured(places: np.ndarray) -> np.ndarray:
    """(h, w) in [0, 1] -> (h, w, 3) uint8 RGB."""
    rgba: np.ndarray = matplotlib.colormaps[COLOURS](places, bytes=True)
    return rgba[..., :3]
