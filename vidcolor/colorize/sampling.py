"""One of the likely answers for a shot, drawn by a seed, instead of what all of them come to."""

import hashlib
from fractions import Fraction

import numpy as np
import torch

SPREAD = 1.8
"""Standard deviation of the logarithm of a multiplier: 0 changes nothing."""

REACH = 0.7
"""How far apart in UV two colours are of which one may well rise while the other one falls."""

WAVES = 64
"""The number of waves that a draw is the sum of."""


def draw_multipliers(seed: int, begin: Fraction, centers: torch.Tensor) -> torch.Tensor:
    """Return multipliers of the bins' probabilities for a whole shot, (n,) float32 above 0.

    Were each bin's multiplier exp(g_b) with Gumbel noise g of its own, the likeliest bin after that
    would be a draw from the network's distribution (the Gumbel-max trick; Maddison, Tarlow and
    Minka 2014, "A* sampling", section 2). Here the noise is shared by all places of a shot. So all
    that believe alike, a region, draw alike, however the region is shaped and wherever it moves.
    And it is shared by colours that are alike: g is a smooth function of chroma,

        g(c) = SPREAD √(2 / WAVES) Σ_k cos(w_k c / REACH + φ_k),

    with normal w_k and uniform φ_k, whose covariance is nearly SPREAD² exp(-|c - d|² / (2 REACH²))
    (Rahimi and Recht 2007, "Random features for large-scale kernel machines", algorithm 1).

    Args:
        seed: of the draw.
        begin: when the shot begins, in seconds of the film; another shot draws anew.
        centers: of the bins, (n, 2) float32, U and V.
    """
    digest = hashlib.sha256(f"{seed} {begin}".encode()).digest()
    random = np.random.default_rng(int.from_bytes(digest[:16]))
    directions = random.standard_normal((2, WAVES))
    phases = random.uniform(0, 2 * np.pi, WAVES)
    waves = np.cos(centers.double().numpy() @ directions / REACH + phases)
    drawn = SPREAD * np.sqrt(2 / WAVES) * waves.sum(1)
    return torch.from_numpy(np.exp(drawn)).float()
