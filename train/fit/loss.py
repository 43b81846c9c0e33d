"""The terms of the loss: weighted cross-entropy, and the error of the expected colour."""

import torch
from torch.nn import functional as F

from vidcolor.color.yuv import chroma_offsets

ERROR_FLOOR = 2e-4
"""What is added to a mean squared error before its logarithm, so that pictures which are nearly
grey do not outweigh all others. An error as large as this is a PSNR of 37 dB."""


def weighted_cross_entropy(
    logits: torch.Tensor,
    target: torch.Tensor,
    weights: torch.Tensor,
    valid: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return two scalars whose quotient is the loss: its numerator and its denominator.

    They are -Σ_x v(x) Σ_b t_b(x) log p_b(x) and Σ_x v(x), where v(x) is the weight of the target's
    likeliest bin (equation 3), 0 where x is not valid (Zhang et al. 2016, equation 2). They are
    returned apart so that processes which share a batch can divide by the sum over all of it.

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


def log_squared_error(
    logits: torch.Tensor,
    chroma: torch.Tensor,
    centers: torch.Tensor,
    valid: torch.Tensor | None = None,
) -> torch.Tensor:
    """Return the mean over pictures of ln(MSE + ERROR_FLOOR), a scalar.

    MSE is the mean squared error, over all pixels and R, G and B, of the expected colour
    Σ_b p_b c_b, with the true luma. But for the floor, and for colours out of gamut, this is the
    mean PSNR times -ln(10) / 10: cross-entropy alone teaches the distribution, this what its mean
    is judged by.

    Args:
        logits: (B, n, H, W) float32.
        chroma: the truth, (B, 2, H, W) float32, U and V.
        centers: of the bins, (n, 2) float32.
        valid: (B, 1, H, W) bool, which pixels count; None if all do.
    """
    expected = torch.einsum("bnhw,nc->bchw", logits.softmax(1), centers)
    u, v = (expected - chroma).unbind(1)
    squared = torch.stack(chroma_offsets(u, v), 1).square().mean(1)
    if valid is None:
        error = squared.mean((1, 2))
    else:
        counted = valid[:, 0].float()
        error = (squared * counted).sum((1, 2)) / counted.sum((1, 2)).clamp_min(1)
    return (error + ERROR_FLOOR).log().mean()
