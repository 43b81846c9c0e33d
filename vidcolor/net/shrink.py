"""Luma at the size at which the network sees it, without a float copy of a large picture."""

from functools import lru_cache

import cv2
import numpy as np
import torch
from torch.nn import functional as F

_HALVED = 6
"""A picture is halved while its sides are at least so many times those wanted. That weakens the
finest detail that the network sees by 2 %, which it does not mind; at 3 times it did."""


def shrink(luma: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return luma at another size, (h, w) float32 on the scale it had.

    It is averaged over areas in its own type, rounded, down to a few times the size, and from there
    on bicubic (Keys, a = -1/2) without aliasing, as by `predictor.resize`.

    luma: (H, W), uint8, uint16 or float32. shape: (h, w).
    """
    while all(
        side % 2 == 0 and side >= _HALVED * wanted
        for side, wanted in zip(luma.shape, shape, strict=True)
    ):
        half = luma.shape[1] // 2, luma.shape[0] // 2
        luma = cv2.resize(luma, half, interpolation=cv2.INTER_AREA)
    lines = torch.from_numpy(luma.astype(np.float32))
    for wanted in shape:  # downwards, then, of what that gave, across
        cells, shares = _filter(len(lines), wanted)
        lines = F.embedding_bag(cells, lines, per_sample_weights=shares, mode="sum").T.contiguous()
    return lines.numpy()


@lru_cache(16)
def _filter(given: int, wanted: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return which lines make up each new one, and their shares, (wanted, taps) each.

    Keys 1981, "Cubic convolution interpolation for digital image processing", equation 15. Where
    lines become fewer, the kernel is as many times wider.
    """
    step = given / wanted
    width = max(step, 1)
    middle = (torch.arange(wanted, dtype=torch.float64)[:, None] + 0.5) * step
    taps = torch.arange(2 * int(2 * width) + 2)
    cells = (middle - 2 * width).ceil().long() + taps - 1
    x = ((cells + 0.5 - middle) / width).abs()
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    shares = torch.where(x < 1, near, torch.where(x < 2, far, 0))
    shares *= (cells >= 0) & (cells < given)
    shares /= shares.sum(1, keepdim=True)
    return cells.clamp(0, given - 1), shares.float()
