"""Colour controls: what the user makes of the network's chroma."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Controls:
    """How strong colour is, and where it is left out.

    saturation: factor on U and V, 0 (grey) or more; 1 changes nothing. min_confidence: m in [0, 1],
    the probability of the likeliest bin below which colour fades; 0 changes nothing.
    """

    saturation: float = 1
    min_confidence: float = 0

    def __call__(self, uv: torch.Tensor, probabilities: torch.Tensor) -> torch.Tensor:
        """UV (B, 2, h, w) of bin probabilities (B, n, h, w), both float32 -> UV, as large.

        Each place is multiplied by saturation · f(p), p its largest probability: f rises from 0 at
        p = m / 2 to 1 at p = m as s² (3 - 2 s), s = 2 p / m - 1. Level at both ends, it draws no
        line where the fading begins.
        """
        if self.min_confidence:
            rise = (2 * probabilities.amax(1, keepdim=True) / self.min_confidence - 1).clamp(0, 1)
            uv = uv * (rise.square() * (3 - 2 * rise))
        return uv * self.saturation


OFF = Controls()
