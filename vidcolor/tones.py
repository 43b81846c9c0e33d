"""A picture as planes of codes, whatever they stand for."""

from dataclasses import dataclass

import numpy as np

from vidcolor.color import CodeRange

Planes = list[np.ndarray]
"""Y, U and V, or three of RGB in any order, of one picture, (H, W) each; a plane may have half the
width or height of the first."""


@dataclass(frozen=True)
class Tones:
    """What codes stand for: depth is their bits; black and white are given for each plane."""

    depth: int
    black: tuple[int, int, int]
    white: tuple[int, int, int]

    @classmethod
    def of_yuv(cls, codes: CodeRange) -> "Tones":
        neutral = codes.neutral
        return cls(codes.depth, (codes.black, neutral, neutral), (codes.white, neutral, neutral))

    @classmethod
    def of_rgb(cls, depth: int) -> "Tones":
        peak = (1 << depth) - 1
        return cls(depth, (0, 0, 0), (peak, peak, peak))
