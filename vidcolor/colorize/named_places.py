"""What the places tell that exact hints name: what is unlike them, and what they bear out."""

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from vidcolor.net.hints import HintMap

UNLIKE = 0.1
"""The θ of how unlike places are to one with a hint: in luma, and in the distance between the
square roots of their distributions."""

_MOST = 300.0
"""By how much more the automatic color stays where nothing is like a hint."""

CALM = 0.3
"""The most of the automatic color's differences that goes, as long as hints don't tell. Without,
photographs came less near to the truth, landscapes by up to 0.1 dB."""

DOUBT = 3e-4
"""The λ of how much hints must tell of these differences to be believed, in squares of UV."""

_AT_ONCE = 256
"""So many places are compared with all others at once, for memory's sake."""


def unlike_named(
    luma: torch.Tensor, cells: torch.Tensor, roots: torch.Tensor, named: torch.Tensor
) -> tuple[torch.Tensor, int]:
    """Return min(exp(u² / 2θ²), `_MOST`), (h, w), and the number of named places.

    u² is the squared distance, in luma and in roots of distributions, from the nearest of the named
    places, each a connected part, in the mean over it.

    Args:
        luma: (h, w).
        cells, roots: (n, h', w') and (n, h, w), of the cells' probabilities and the pixels'.
        named: (h, w) bool, where exact hints are; there are some.
    """
    height, width = cells.shape[-2:]
    lumas = F.adaptive_avg_pool2d(luma[None], (height, width))
    there = F.interpolate(lumas[None], size=luma.shape, mode="bilinear")[0]
    places = _places(torch.cat([roots, there]), named)
    known = torch.cat([cells, lumas]).flatten(1).T
    nearest = torch.stack(
        [torch.cdist(known, some).amin(1) for some in places.split(_AT_ONCE)]
    ).amin(0)
    unlike = (nearest.square() / (2 * UNLIKE**2)).exp().clamp(max=_MOST).reshape(height, width)
    unlike = F.interpolate(unlike[None, None], size=luma.shape, mode="bilinear")[0, 0]
    return unlike.double(), len(places)


def calm(
    features: torch.Tensor, automatic: torch.Tensor, hints: HintMap, named: torch.Tensor
) -> float:
    """Return γ, in [0, 1]: the most of the automatic color's differences that goes.

    What hints say of two places that are alike differs as the automatic colors there do, or not:

        1 - γ = (λ (1 - `CALM`) + Σ_i w_i ΔH_i · ΔÛ_i) / (λ + Σ_i w_i |ΔÛ_i|²),

    the slope of the one by the other, in [0, 1], drawn to 1 - `CALM`, over each named place i and
    the one that is most like it; w is exp(-u² / 2θ²), with u² as in `unlike_named`, times the
    weights of both hints.

    Args:
        features: (m, h, w), the roots of distributions and luma.
        automatic: Û, (2, h, w).
        hints: of that size.
        named: (h, w) bool, where exact hints are; there are some.
    """
    told = torch.cat([features, hints.weight[None], automatic, hints.chroma[:2]])
    places, weight, guess, said = _places(told, named).split([len(features), 1, 2, 2], 1)
    if len(places) == 1:
        return CALM
    away, nearest = _most_alike(places)
    alike = (-away.square() / (2 * UNLIKE**2)).exp()[:, None] * weight * weight[nearest]
    guess, said = guess - guess[nearest], said - said[nearest]
    both, own = (float((alike * guess * each).sum()) for each in (said, guess))
    slope = (DOUBT * (1 - CALM) + both) / (DOUBT + own)
    return 1 - min(max(slope, 0.0), 1.0)


def _most_alike(places: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return for each of the features (n, m) how far away the nearest other one is, and which."""
    away, nearest = [], []
    for first, some in enumerate(places.split(_AT_ONCE)):
        apart = torch.cdist(some, places)
        apart.diagonal(first * _AT_ONCE).fill_(torch.inf)
        found = apart.min(1)
        away.append(found.values)
        nearest.append(found.indices)
    return torch.cat(away), torch.cat(nearest)


def _places(planes: torch.Tensor, named: torch.Tensor) -> torch.Tensor:
    """Return the means of planes (m, h, w) over each connected part of what is named, (n, m)."""
    count, parts = cv2.connectedComponents(named.numpy().astype(np.uint8))
    part = torch.from_numpy(parts[named.numpy()]).long() - 1
    sums = planes.new_zeros(count - 1, len(planes)).index_add_(0, part, planes[:, named].T)
    return sums / torch.bincount(part)[:, None]
