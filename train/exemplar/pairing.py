"""Pairs of photographs: a target, and a reference that shows about the same."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch.nn import functional as F

from ..data.crops import Parts, crop_each
from ..data.photographs import Photographs
from ..data.screening import Fingerprint
from .similarity import SimilarityNet

_AT_ONCE = 64
"""So many pictures go through a net at once."""


def middles(photographs: Photographs, indices: Sequence[int], side: int) -> torch.Tensor:
    """Return the largest square in the middle of each photograph, (B, 3, side, side) in [0, 1]."""
    chosen = np.asarray(indices)
    sizes = photographs.sizes[chosen]
    short = sizes.min(1, keepdims=True).repeat(2, 1)
    squares = Parts(
        start=photographs.offsets[chosen],
        width=sizes[:, 1],
        corner=(sizes - short) // 2,
        size=short,
        fitted=np.full_like(short, side),
    )
    return crop_each(photographs.tensor, squares, side).float().div(255)


def parts(indices: np.ndarray) -> Iterator[list[int]]:
    """Yield indices, as many at a time as pictures go through a net at once."""
    for first in range(0, len(indices), _AT_ONCE):
        yield indices[first : first + _AT_ONCE].tolist()


@torch.inference_mode()
def neighbours(
    photographs: Photographs, indices: np.ndarray, net: SimilarityNet, side: int, most: int
) -> np.ndarray:
    """Return for each of the photographs (n,) the others that are most like it, (n, m), m ≤ most.

    They are numbers among `indices`, the most alike first, by the cosine of the net's last level in
    the mean over the picture; near-duplicates are left out, for they would give the answer.
    """
    means = torch.cat(
        [net.levels(middles(photographs, part, side))[-1].mean((2, 3)) for part in parts(indices)]
    )
    alike = F.normalize(means - means.mean(0))
    products = (alike @ alike.T).fill_diagonal_(-torch.inf)
    prints = [Fingerprint.of(photographs[index]) for index in indices.tolist()]
    found = []
    for number, row in enumerate(products.argsort(1, descending=True)[:, :-1].tolist()):
        others = (each for each in row if not prints[number].resembles(prints[each]))
        found.append([each for each, _ in zip(others, range(most), strict=False)])
    least = min(map(len, found))
    return np.array([each[:least] for each in found])
