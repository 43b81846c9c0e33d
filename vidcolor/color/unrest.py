"""Unrest: how much chroma varies where the luma is flat, as on a plain wall."""

import torch
from torch.nn import functional as F

LONG_SIDE = 192
"""Pictures are measured at this long side, in pixels: the working size of the bundled weights."""
SQUARE = 32
"""The side of a square in which the spread is measured, in pixels; squares overlap by half."""
FLAT = 6 / 255
"""The standard deviation of the luma below which a square is flat: six 8-bit codes."""


def spreads(luma: torch.Tensor, *pictures: torch.Tensor) -> list[list[float]]:
    """Return, for each of the pictures, the spread of its chroma in each of the flat squares.

    luma: (H, W) float32 in [0, 1], which decides where squares are flat. pictures: the chroma of
    each, (2, H, W) float32 in [-0.5, 0.5]. All are resized to a long side of `LONG_SIDE` first. The
    spread is sqrt(var U + var V) in 8-bit codes, UV x 255. The lists are equally long, and empty
    where no square is flat or the picture is narrower than a square.
    """
    height, width = luma.shape
    scale = LONG_SIDE / max(height, width)
    size = max(1, round(height * scale)), max(1, round(width * scale))
    if min(size) < SQUARE:
        return [[] for _ in pictures]
    planes = torch.cat([luma[None], *pictures])[None]
    resized = F.interpolate(planes, size=size, mode="bicubic", antialias=True)[0]
    squares = resized.unfold(1, SQUARE, SQUARE // 2).unfold(2, SQUARE, SQUARE // 2)
    variances = squares.var((-2, -1), correction=0).flatten(1)
    flat = variances[0] < FLAT**2
    chroma = variances[1:, flat].unflatten(0, (len(pictures), 2))
    return (255 * chroma.sum(1).sqrt()).tolist()
