"""Color controls: how strong color is beside the weights' own saturation, and where it fades."""

from dataclasses import dataclass

import torch
from torch.nn import functional as F


@dataclass(frozen=True)
class Controls:
    """Makes color stronger or weaker, and lets it fade where the network hesitates.

    saturation: factor on U and V, 0 (grey) or more, beside that of `Decoding`; 1 changes nothing.
    min_confidence: m in [0, 1], the probability of the likeliest bin below which colour fades; 0
    changes nothing.
    """

    saturation: float = 1
    min_confidence: float = 0

    def __call__(self, uv: torch.Tensor, sure: torch.Tensor) -> torch.Tensor:
        """Return UV (B, 2, H, W) changed by the largest of the bin probabilities, (B, h, w).

        Both are float32.

        Each place is multiplied by saturation · s² (3 - 2 s), s = min(p / m, 1), p its largest
        probability, interpolated where H and W are finer than h and w. Level at p = m, that draws
        no line where the fading begins; and colour that is half as sure as it should be keeps half
        its strength, so that no grey holes open.
        """
        if self.min_confidence:
            share = (sure[:, None] / self.min_confidence).clamp_max(1)
            factor = share.square() * (3 - 2 * share)
            uv = uv * F.interpolate(factor, uv.shape[-2:], mode="bilinear")
        return uv * self.saturation


OFF = Controls()
