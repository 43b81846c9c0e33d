"""The loss: weighted cross-entropy (Zhang et al. 2016, equation 2)."""

import torch
from torch.nn import functional as F


def weighted_cross_entropy(
    logits: torch.Tensor,
    target: torch.Tensor,
    weights: torch.Tensor,
    valid: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return two scalars whose quotient is the loss: its numerator and its denominator.

    They are -Σ_x v(x) Σ_b t_b(x) log p_b(x) and Σ_x v(x), where v(x) is the weight of the target's
    likeliest bin (equation 3), 0 where x is not valid. They are returned apart so that processes
    which share a batch can divide by the sum over all of it.

    Args:
        logits: (B, n, H, W) float32.
        target: the true bins (B, H, W) int64, or shares of all bins (B, n, H, W) float32 that sum
            to 1.
        weights: of the bins, (n,) float32.
        valid: (B, 1, H, W) bool; None if all pixels are.
    """
    likeliest = target if target.ndim == 3 else target.argmax(1)
    weight = weights[likeliest]
    if valid is not None:
        weight = weight * valid[:, 0]
    return (weight * F.cross_entropy(logits, target, reduction="none")).sum(), weight.sum()
