"""Baselines: pictures that no network made, to set its figures in proportion."""

from collections.abc import Callable

import torch

from vidcolor.color.bins import ColorBins

Baseline = Callable[[torch.Tensor, ColorBins], torch.Tensor]
"""True chroma (B, 2, H, W) float32 and bins -> another chroma of the same shape."""


def truth(uv: torch.Tensor, bins: ColorBins) -> torch.Tensor:
    """As it is: the upper end of every figure."""
    return uv


def grey(uv: torch.Tensor, bins: ColorBins) -> torch.Tensor:
    """No colour at all."""
    return torch.zeros_like(uv)


def quantized(uv: torch.Tensor, bins: ColorBins) -> torch.Tensor:
    """Each pixel's chroma replaced by its bin's centre: the best that the bins can do."""
    return bins.centers[bins.assign(uv)].movedim(-1, 1)


def mean(uv: torch.Tensor, bins: ColorBins) -> torch.Tensor:
    """Every pixel the training photographs' mean chroma: the best without looking."""
    return (bins.frequencies @ bins.centers)[:, None, None].expand_as(uv)


BASELINES: dict[str, Baseline] = {
    baseline.__name__: baseline for baseline in (truth, grey, quantized, mean)
}
