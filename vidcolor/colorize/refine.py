"""Spreads color from where the network is sure of it, as far as the luma is alike."""

from collections.abc import Callable

import torch
from torch.nn import functional as F

SIGMA = 0.02
"""The σ of how alike neighbours are, in units of luma in [0, 1]: five 8-bit codes."""

SEED_WEIGHT = 0.05
"""The λ of the network's colour where it is certain; a neighbour of the same luma weighs 1."""

ITERATIONS = 40
"""Of conjugate gradients: to within a tenth of an 8-bit code of the solution, on average. Always
as many, for a frame's colour may depend on nothing but the frame."""


def refine_chroma(luma: torch.Tensor, uv: torch.Tensor, confidence: torch.Tensor) -> torch.Tensor:
    """Return UV (2, H, W) at the luma's size and with its edges, from the chroma of a grid's cells.

    luma: (H, W) in [0, 1]. uv: (2, h, w) in [-0.5, 0.5]. confidence: (h, w) in (0, 1], the higher
    the more a cell keeps its colour. All are float32 and on one device.

    After Levin, Lischinski and Weiss 2004, "Colorization using Optimization". Their equation 1,

        J(U) = Σ_r (U(r) - Σ_s w_rs U(s))²,  s among the neighbours of r,

    is 0 where every pixel is the weighted mean of its neighbours. With the weights of equation 2,
    w_rs ∝ g_rs = exp(-(Y(r) - Y(s))² / 2σ²) that sum to 1 over s, and one σ for all r, that is also
    where Σ_rs g_rs (U(r) - U(s))² is least, and this is found far sooner. Where they fix U at a few
    seeds, every pixel here is drawn to the network's colour Û in proportion to its confidence c:

        E(U) = Σ_rs g_rs (U(r) - U(s))² + λ Σ_r c(r) (U(r) - Û(r))²

    is made least, the first sum over the pairs of pixels side by side and one above the other.
    """
    seeds = F.interpolate(uv[None], size=luma.shape, mode="bicubic", antialias=True)[0]
    sure = F.interpolate(confidence[None, None], size=luma.shape, mode="bilinear")[0]
    across, down = (luma.diff(dim=axis).square().div(-2 * SIGMA**2).exp() for axis in (1, 0))

    def beside(color: torch.Tensor) -> torch.Tensor:
        """Σ_s g_rs U(s)."""
        total = torch.zeros_like(color)
        total[:, :, 1:].addcmul_(across, color[:, :, :-1])
        total[:, :, :-1].addcmul_(across, color[:, :, 1:])
        total[:, 1:].addcmul_(down, color[:, :-1])
        total[:, :-1].addcmul_(down, color[:, 1:])
        return total

    weights = SEED_WEIGHT * sure
    diagonal = weights + beside(torch.ones_like(sure))
    return _solved(lambda color: diagonal * color - beside(color), diagonal, weights, seeds)


def _solved(
    product: Callable[[torch.Tensor], torch.Tensor],
    diagonal: torch.Tensor,
    weights: torch.Tensor,
    seeds: torch.Tensor,
) -> torch.Tensor:
    """Solve A U = weights * seeds, for A given by its product with U and by its diagonal.

    It is done by conjugate gradients from the seeds on, preconditioned by the diagonal, for U and
    V each alone.

    Args:
        product: returns A U for U (2, H, W).
        diagonal: of A, (1, H, W).
        weights: (1, H, W).
        seeds: (2, H, W).
    """
    color = seeds
    residual = weights * seeds - product(seeds)
    direction = torch.zeros_like(seeds)
    before = torch.full_like(seeds[:, :1, :1], torch.inf)
    for _ in range(ITERATIONS):
        step = residual / diagonal
        now = _dot(residual, step)
        direction = step + now / before * direction
        along = product(direction)
        length = now / _dot(direction, along)
        color = color + length * direction
        residual = residual - length * along
        before = now
    return color


def _dot(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Return the dot products of U with U and V with V, (2, 1, 1), above 0."""
    tiny = torch.finfo(one.dtype).tiny
    return (one * other).sum((1, 2), keepdim=True).clamp_min(tiny)
