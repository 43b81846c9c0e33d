"""The darkest and the brightest luma among the samples that share each chroma sample."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True, eq=False)
class LumaBounds:
    """The bounds of the luma of one picture, codes of its dtype, (h, w) each.

    h, w: of the chroma of the active picture, as the film stores it.
    """

    darkest: np.ndarray
    brightest: np.ndarray

    @classmethod
    def of(cls, plane: np.ndarray, shape: tuple[int, int]) -> "LumaBounds":
        """Find the bounds of luma codes (H, W). shape: of the chroma; each side is H, W or half."""
        return cls(*(_reduced(plane, shape, pick) for pick in (cv2.min, cv2.max)))

    def lines(self, lines: slice) -> "LumaBounds":
        """Return those of some lines."""
        return LumaBounds(self.darkest[lines], self.brightest[lines])


def _reduced(
    plane: np.ndarray, shape: tuple[int, int], pick: Callable[..., np.ndarray]
) -> np.ndarray:
    """Return (h, w) codes, each picked from those that share a chroma sample."""
    if shape[0] < plane.shape[0]:
        plane = pick(plane[::2], plane[1::2])
    if shape[1] < plane.shape[1]:
        # Split, because nothing vectorises over every second sample.
        plane = pick(*cv2.split(plane.reshape(*shape, 2)))
    return plane
