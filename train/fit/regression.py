"""Losses of a colour that is predicted itself, instead of a distribution over colours."""

import torch
from torch.nn import functional as F

HUBER_WIDTH = 1 / 110
"""Where Huber's loss turns from square to straight, as a share of a space's reach: one unit of a*
or b* (Zhang et al. 2017, section 3.1, delta = 1)."""

LOSSES = {
    "l1": lambda answer, target: F.l1_loss(answer, target, reduction="none"),
    "l2": lambda answer, target: 0.5 * F.mse_loss(answer, target, reduction="none"),
    "huber": lambda answer, target: F.huber_loss(
        answer, target, reduction="none", delta=HUBER_WIDTH
    ),
}
"""By name, of each coordinate: |d| (Isola et al. 2017, section 3.1), d²/2 (Cheng et al. 2015 and
Zhang et al. 2016, equation 1) and Huber's, which is d²/2 up to w = `HUBER_WIDTH` and w |d| - w²/2
from there on."""


def regression_loss(
    name: str, answer: torch.Tensor, target: torch.Tensor, valid: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return two scalars whose quotient is the loss: its sum over valid pixels, and their number.

    A pixel's is the sum over its coordinates.

    Args:
        name: of one of `LOSSES`.
        answer, target: (B, axes, H, W) float32, coordinates of which the reach is 1.
        valid: (B, 1, H, W) bool; None if all pixels are.
    """
    each = LOSSES[name](answer, target).sum(1, keepdim=True)
    counted = torch.ones_like(each) if valid is None else valid.to(each)
    return (each * counted).sum(), counted.sum()
