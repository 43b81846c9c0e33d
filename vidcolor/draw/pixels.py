"""Planes of a picture: what their codes stand for, resizing, and RGB."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from vidcolor.color.yuv import CodeRange, yuv_to_rgb

Planes = list[np.ndarray]
"""Y, U and V, or three of RGB in any order, of one picture, (H, W) each; a plane may have half the
width or height of the first."""


@dataclass(frozen=True)
class CodeLevels:
    """What codes stand for: depth is their bits; black and white are given for each plane."""

    depth: int
    black: tuple[int, int, int]
    white: tuple[int, int, int]

    @classmethod
    def of_yuv(cls, codes: CodeRange) -> "CodeLevels":
        neutral = codes.neutral
        return cls(codes.depth, (codes.black, neutral, neutral), (codes.white, neutral, neutral))

    @classmethod
    def of_rgb(cls, depth: int) -> "CodeLevels":
        peak = (1 << depth) - 1
        return cls(depth, (0, 0, 0), (peak, peak, peak))


def resize_plane(plane: torch.Tensor, shape: tuple[int, int]) -> np.ndarray:
    """(H, W) float32 -> `shape`, averaged over areas or, where it grows, interpolated."""
    height, width = shape
    shrinks = plane.shape[0] >= height and plane.shape[1] >= width
    resized: np.ndarray = cv2.resize(
        plane.numpy(),
        (width, height),
        interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
    )
    return resized


def rgb_pixels(luma: np.ndarray, chroma: np.ndarray) -> np.ndarray:
    """Y (H, W) in [0, 1] with U and V (H, W, 2) in [-0.5, 0.5] -> (H, W, 3) uint8 RGB, clipped."""
    rgb = np.stack(yuv_to_rgb(luma, chroma[..., 0], chroma[..., 1]), 2)
    return (255 * rgb).round().clip(0, 255).astype(np.uint8)
