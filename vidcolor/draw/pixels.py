"""Planes of a picture: the levels of their codes, resizing, and RGB."""

from dataclasses import dataclass

import cv2
import numpy as np

from vidcolor.color.yuv import CodeRange, yuv_to_rgb

Planes = list[np.ndarray]
"""The planes of one picture, (H, W) each: Y, U and V, or R, G and B in any order. A plane may have
half the width or height of the first."""


@dataclass(frozen=True)
class CodeLevels:
    """The codes of black and of white in each of three planes, and their depth in bits."""

    depth: int
    black: tuple[int, int, int]
    white: tuple[int, int, int]

    @classmethod
    def of_yuv(cls, codes: CodeRange) -> "CodeLevels":
        """Return the levels of Y, U and V; in U and V both black and white are neutral."""
        neutral = codes.neutral
        return cls(codes.depth, (codes.black, neutral, neutral), (codes.white, neutral, neutral))

    @classmethod
    def of_rgb(cls, depth: int) -> "CodeLevels":
        """Return the levels of R, G and B of full range, `depth` bits a sample."""
        peak = (1 << depth) - 1
        return cls(depth, (0, 0, 0), (peak, peak, peak))


def resize_plane(plane: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Resize a plane (H, W) float32 to `shape`, (height, width).

    It is averaged over areas, or interpolated bilinearly where a side grows.
    """
    height, width = shape
    shrinks = plane.shape[0] >= height and plane.shape[1] >= width
    resized: np.ndarray = cv2.resize(
        plane,
        (width, height),
        interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
    )
    return resized


def rgb_pixels(luma: np.ndarray, chroma: np.ndarray) -> np.ndarray:
    """Return (H, W, 3) uint8 RGB, rounded and clipped.

    luma: Y, (H, W) in [0, 1]. chroma: U and V, (H, W, 2) in [-0.5, 0.5].
    """
    rgb = np.stack(yuv_to_rgb(luma, chroma[..., 0], chroma[..., 1]), 2)
    return (255 * rgb).round().clip(0, 255).astype(np.uint8)
