"""Multipliers that make a shot's colors as frequent as a palette wants them."""

import torch

ITERATIONS = 30
"""On photographs, ten come within a thousandth of the palette."""

_LEAST = 1e-6
"""Probabilities and shares count as at least this one, so that none is beyond any factor."""


def find_multipliers(
    probabilities: torch.Tensor, wanted: torch.Tensor, strength: float = 1
) -> torch.Tensor:
    """Return multipliers λ, (n,) float32 above 0, by which bins become as frequent as wanted.

    With q_b(x) = λ_b p_b(x) / Σ_c λ_c p_c(x), the mean of q_b over all places x is the share of b
    that is wanted. Each place keeps what it knows: where blue is likelier than elsewhere, it stays
    so. λ is found by iterative proportional fitting (Deming and Stephan 1940): in each step,
    λ_b is multiplied by how many times as frequent b should be. Its mean logarithm is 0.

    Args:
        probabilities: (n, N) float32, the distributions at places of the whole shot.
        wanted: (n,), the shares of the bins, 0 or more; they are scaled to the sum of 1.
        strength: from 0, the shares that the bins have, to 1, those that are wanted.
    """
    p = probabilities.double().clamp_min(_LEAST)
    p = p / p.sum(0)
    shares = wanted.double() / wanted.double().sum()
    shares = (strength * shares + (1 - strength) * p.mean(1)).clamp_min(_LEAST)
    shares = shares / shares.sum()
    multipliers = torch.ones_like(shares)
    for _ in range(ITERATIONS):
        multiplied = multipliers[:, None] * p
        multipliers = multipliers * shares / (multiplied / multiplied.sum(0)).mean(1)
    return (multipliers / multipliers.log().mean().exp()).float()


def multiply(probabilities: torch.Tensor, multipliers: torch.Tensor) -> torch.Tensor:
    """Return the distributions (..., n, h, w), each multiplied and scaled to the sum of 1."""
    multiplied = probabilities.clamp_min(_LEAST) * multipliers[:, None, None]
    return multiplied / multiplied.sum(-3, keepdim=True)
