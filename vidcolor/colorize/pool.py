"""Lets places of like luma share what the network believes of their colour."""

import torch
from torch.nn import functional as F

RADIUS = 5
"""How many cells to each side share; the network's cells are 4 pixels wide at working size."""

SIGMA = 0.05
"""The σ of how like two cells are, in units of luma in [0, 1]: 13 8-bit codes."""


def pool(probabilities: torch.Tensor, luma: torch.Tensor) -> torch.Tensor:
    """Return bin probabilities (B, n, h, w), each the mean over the cells around it of like luma.

    probabilities: (B, n, h, w), which sum to 1 over n. luma: (B, 1, H, W) in [0, 1], averaged over
    the cells first. Both are float32 and on one device.

    It is the joint bilateral filter of Petschnigg et al. 2004, "Digital photography with flash and
    no-flash image pairs" (equation 2, with a box for the spatial kernel), made separable as in Pham
    and van Vliet 2005, "Separable bilateral filtering for fast video preprocessing": along the rows
    and then, of what that gave, down the columns,

        q(r) = Σ_s g_rs p(s) / Σ_s g_rs,   g_rs = exp(-(Y(r) - Y(s))² / 2σ²),  |r - s| <= RADIUS.

    Of 32 bins at 27 x 48 cells that takes 0.6 ms, a sixth of what all 11 x 11 neighbours take, and
    photographs come out as near to the truth and as calm. Each picture is pooled alone, so that it
    does not depend on others.
    """
    height, width = probabilities.shape[-2:]
    cells = F.adaptive_avg_pool2d(luma, (height, width))
    pictures = zip(probabilities, cells[:, 0], strict=True)
    return torch.stack([_pooled(_pooled(each, y, 1), y, 0) for each, y in pictures])


def _pooled(probabilities: torch.Tensor, luma: torch.Tensor, axis: int) -> torch.Tensor:
    """Return (n, h, w) pooled along one axis of the cells' luma (h, w)."""
    total, weights = probabilities.clone(), torch.ones_like(luma)
    for distance in range(1, min(RADIUS, luma.shape[axis] - 1) + 1):
        count = luma.shape[axis] - distance
        apart = luma.narrow(axis, distance, count) - luma.narrow(axis, 0, count)
        alike = apart.square().div(-2 * SIGMA**2).exp()
        for here, there in ((0, distance), (distance, 0)):
            others = probabilities.narrow(axis + 1, there, count)
            total.narrow(axis + 1, here, count).addcmul_(alike, others)
            weights.narrow(axis, here, count).add_(alike)
    return total.div_(weights)
