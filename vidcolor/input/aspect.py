"""Frames whose pixel aspect is another than their film's, scaled so that they look as they did."""

from fractions import Fraction

import cv2
import numpy as np

# Sides of the picture inside are multiples of this, so that fields and chroma samples stay whole.
_MULTIPLE = 4


class Placement:
    """Places a picture, scaled down along one side, in the middle of a frame of the same size.

    Args:
        shape: (height, width) of the luma.
        wider: the picture's pixel aspect over that of the frame.
        interlaced: whether even and odd lines are scaled apart.
    """

    def __init__(self, shape: tuple[int, int], wider: Fraction, interlaced: bool) -> None:
        self._shape = shape
        self._inner = (
            (_rounded(shape[0] / wider, shape[0]), shape[1])
            if wider > 1
            else (shape[0], _rounded(shape[1] * wider, shape[1]))
        )
        self._interlaced = interlaced

    def __call__(self, plane: np.ndarray, ground: int) -> np.ndarray:
        """Return a plane of luma or chroma, (H, W), scaled, with the code `ground` around it."""
        down, across = (
            -(-whole // part) for whole, part in zip(self._shape, plane.shape, strict=True)
        )
        top, left = (
            (whole - inner) // 2 // _MULTIPLE * _MULTIPLE // step
            for whole, inner, step in zip(self._shape, self._inner, (down, across), strict=True)
        )
        height, width = (
            side if inner == whole else inner // step
            for side, inner, whole, step in zip(
                plane.shape, self._inner, self._shape, (down, across), strict=True
            )
        )
        placed = np.full_like(plane, ground)
        lines = 2 if self._interlaced else 1
        for parity in range(lines):
            place = placed[top : top + height, left : left + width][parity::lines]
            if place.size:
                place[:] = cv2.resize(
                    np.ascontiguousarray(plane[parity::lines]),
                    (place.shape[1], place.shape[0]),
                    interpolation=cv2.INTER_AREA,
                )
        return placed


def _rounded(side: Fraction, most: int) -> int:
    return max(1, min(round(side / _MULTIPLE), most // _MULTIPLE)) * _MULTIPLE
