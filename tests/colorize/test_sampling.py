"""Draws: the same for a seed and a shot, smooth over colours, and as wide as they say."""

from fractions import Fraction

import torch

from vidcolor.colorize.sampling import REACH, SPREAD, draw_multipliers


def test_a_draw_is_of_its_seed_and_its_shot() -> None:
    centers = torch.rand(8, 2, generator=torch.Generator().manual_seed(0)) - 0.5
    drawn = draw_multipliers(3, Fraction(5, 2), centers)
    assert torch.equal(drawn, draw_multipliers(3, Fraction(5, 2), centers))
    assert not torch.equal(drawn, draw_multipliers(4, Fraction(5, 2), centers))
    assert not torch.equal(drawn, draw_multipliers(3, Fraction(3), centers))
    some = draw_multipliers(3, Fraction(5, 2), centers[[6, 1]])
    torch.testing.assert_close(some, drawn[[6, 1]])


def test_the_noise_has_the_covariance_that_is_said() -> None:
    """Over 4000 seeds: a colour's variance, and what colours so far apart share of it."""
    centers = torch.tensor([[0.0, 0.0], [REACH, 0.0], [0.0, 2 * REACH], [0.4, 0.4]])
    noise = torch.stack(
        [draw_multipliers(seed, Fraction(0), centers) for seed in range(4000)]
    ).log()
    assert noise.mean(0).abs().max() < 0.06
    covariance = noise.T.cov() / SPREAD**2
    squared = torch.cdist(centers, centers) ** 2
    torch.testing.assert_close(covariance, (-squared / (2 * REACH**2)).exp(), atol=0.07, rtol=0)
