"""The shares of the color bins that a palette asks for."""

import cv2
import numpy as np
import torch

from vidcolor.color.bins import ColorBins
from vidcolor.color.yuv import rgb_to_yuv
from vidcolor.hints.marks import Palette
from vidcolor.hints.named_colors import chroma_of
from vidcolor.input.photographs import Photograph

_LONG_SIDE = 256
"""Of the picture whose colors are counted, in pixels."""
_NEIGHBOURS = 5
"""Bins that share a pixel (Zhang et al. 2016, section 2.2)."""


def find_shares(palette: Palette, bins: ColorBins) -> torch.Tensor:
    """Return how large a share of the picture each bin is to have, (n,) float32, sum 1.

    Pixels are soft-encoded, as in the global hints of Zhang et al. 2017. Raises InputError for a
    picture that can't be read.
    """
    if palette.like is not None:
        return bins.encode(_chroma_of_picture(palette), _NEIGHBOURS).mean((0, 2, 3))
    assert palette.colors is not None
    uv = torch.tensor([chroma_of(color) for color, _ in palette.colors])
    weights = torch.tensor([share for _, share in palette.colors])
    encoded = bins.encode(uv.T[None, :, None], _NEIGHBOURS)[0, :, 0]
    return encoded @ (weights / weights.sum())


def _chroma_of_picture(palette: Palette) -> torch.Tensor:
    """Return UV (1, 2, h, w) float32 of the picture of a palette."""
    assert palette.like is not None
    page = Photograph(palette.like).page()
    rgb = page.shown()
    scale = min(1, _LONG_SIDE / max(rgb.shape[:2]))
    size = [max(1, round(side * scale)) for side in rgb.shape[1::-1]]
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    _, u, v = rgb_to_yuv(*(small / page.codes.peak).transpose(2, 0, 1))
    return torch.from_numpy(np.stack([u, v])[None].astype(np.float32))
