"""Baselines: pictures that no network made, with which a network's figures are compared."""

from collections.abc import Callable

import torch

from vidcolor.color.bins import ColorBins

Baseline = Callable[[torch.Tensor, ColorBins], torch.Tensor]
"""A function from the true chroma (B, 2, H, W) float32 and bins to a chroma of the same shape."""


def truth(uv: torch.Tensor, bins: ColorBins) -> torch.Tensor:
    """Return the true chroma: the upper end of every figure."""
    return uv


def grey(uv: torch.Tensor, bins: ColorBins) -> torch.Tensor:
    """Return no colour at all."""
    return torch.zeros_like(uv)


def quantized(uv: torch.Tensor, bins: ColorBins) -> torch.Tensor:
    """Replace each pixel's chroma by its bin's centre: the best that the bins can do."""
    return bins.centers[bins.assign(uv)].movedim(-1, 1)


def mean(uv: torch.Tensor, bins: ColorBins) -> torch.Tensor:
    """Give every pixel the mean chroma of the training photographs: the best without looking."""
    return (bins.frequencies @ bins.centers)[:, None, None].expand_as(uv)


BASELINES: dict[str, Baseline] = {
    baseline.__name__: baseline for baseline in (truth, grey, quantized, mean)
}
