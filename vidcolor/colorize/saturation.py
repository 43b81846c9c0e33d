"""The saturation of a picture, and the factor on its chroma that gives it another one."""

import torch

from vidcolor.color.yuv import fit_to_luma, yuv_to_rgb

MOST = 4.0
"""The largest factor; grey stays grey under any."""

_HALVINGS = 24
"""Of the interval in which the factor lies: far below what can be seen."""


def mean_saturation(luma: torch.Tensor, uv: torch.Tensor) -> float:
    """Return the mean of HSV's S = (max - min) / max of R, G and B over pictures, in [0, 1].

    luma: (B, 1, h, w) in [0, 1]. uv: (B, 2, h, w); it is drawn to grey where the luma can't carry
    it. S of black is 0.
    """
    rgb = torch.cat(yuv_to_rgb(luma, *fit_to_luma(uv, luma, luma).split(1, 1)), 1)
    highest, lowest = rgb.clamp(0, 1).amax(1), rgb.clamp(0, 1).amin(1)
    tiny = torch.finfo(rgb.dtype).tiny
    return float(((highest - lowest) / highest.clamp_min(tiny)).mean())


def find_factor(luma: torch.Tensor, uv: torch.Tensor, wanted: float) -> float:
    """Return the factor on UV, in [0, `MOST`], by which pictures get the mean saturation wanted.

    luma, uv: as for `mean_saturation`. No pixel's saturation falls as the factor grows, so it is
    found by halving. Where none suffices it is the largest.

    One factor was as near to the truth as bins multiplied by how saturated they are: with the true
    saturation, photographs came out 0.11 dB (people, rooms) and 0.35 dB (landscapes) better than
    with the network's, against 0.01 and 0.33 dB.
    """
    low, high = 0.0, MOST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if mean_saturation(luma, middle * uv) < wanted:
            low = middle
        else:
            high = middle
    return high
