"""The shares of the color bins that a palette asks for."""

import torch

from vidcolor.color.bins import ColorBins
from vidcolor.hints.marks import Palette
from vidcolor.hints.named_colors import chroma_of
from vidcolor.hints.reference import read_reference

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
        picture = read_reference(palette.like, _LONG_SIDE).without_bars()
        encoded = bins.encode(torch.from_numpy(picture.chroma)[None], _NEIGHBOURS)[0]
        opaque = torch.from_numpy(picture.opaque)
        return (opaque * encoded).sum((1, 2)) / opaque.sum().clamp_min(1)
    assert palette.colors is not None
    uv = torch.tensor([chroma_of(color) for color, _ in palette.colors])
    weights = torch.tensor([share for _, share in palette.colors])
    encoded = bins.encode(uv.T[None, :, None], _NEIGHBOURS)[0, :, 0]
    return encoded @ (weights / weights.sum())
