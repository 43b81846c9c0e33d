"""The loss: weighted cross-entropy (Zhang et al. 2016, equation 2)."""

import torch
from torch.nn import functional as F


def weighted_cross_entropy(
    logits: torch.Tensor, target: torch.Tensor, weights: torch.Tensor
) -> torch.Tensor:
    """Σ w_b(x) (-log p_b(x)(x)) / Σ w_b(x) over all pixels x, b(x) the true bin; a scalar.

    logits: (B, n, H, W) float32. target: (B, H, W) int64. weights: (n,) float32.
    """
    return F.cross_entropy(logits, target, weights)
