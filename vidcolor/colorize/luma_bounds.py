"""The darkest and the brightest luma among the samples that share each chroma sample."""

from collections.abc import Callable

import cv2
import numpy as np

from vidcolor.colorize.scratch import Scratch


class LumaBounds:
    """Finds these bounds, picture by picture; each takes the place of the one before."""

    def __init__(self) -> None:
        self._scratch = Scratch()

    def __call__(self, plane: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Return the darkest and the brightest codes, (h, w) of the plane's dtype, for reading.

        plane: luma codes (H, W). shape: (h, w) of the chroma; each side is H, W or half.
        """
        darkest, brightest = (
            self._reduced(plane, shape, name, pick)
            for name, pick in (("darkest", cv2.min), ("brightest", cv2.max))
        )
        return darkest, brightest

    def _reduced(
        self,
        plane: np.ndarray,
        shape: tuple[int, int],
        name: str,
        pick: Callable[..., np.ndarray],
    ) -> np.ndarray:
        """Return (h, w) codes, each picked from those that share a chroma sample."""
        if shape[0] < plane.shape[0]:
            lines = self._scratch(f"{name} lines", (shape[0], plane.shape[1]), plane.dtype)
            plane = pick(plane[::2], plane[1::2], lines)
        if shape[1] < plane.shape[1]:
            # Split, because nothing vectorises over every second sample.
            pairs = plane.reshape(*shape, 2)
            sides = [self._scratch(side, shape, plane.dtype) for side in ("first", "second")]
            first, second = cv2.split(pairs, sides)
            plane = pick(first, second, self._scratch(name, shape, plane.dtype))
        return plane
