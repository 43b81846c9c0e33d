"""Multipliers of bins: the palette is reached, and places keep what they know."""

import numpy as np
import pytest
import torch

from vidcolor.colorize.multipliers import find_multipliers, multiply


def distributions(seed: int, bins: int = 32, places: int = 500) -> torch.Tensor:
    """(bins, places), from nearly certain ones to nearly even ones; some bins are impossible."""
    random = torch.Generator().manual_seed(seed)
    sureness = 6 * torch.rand(1, places, generator=random)
    return (sureness * torch.randn(bins, places, generator=random)).softmax(0)


def a_palette(seed: int, bins: int = 32) -> torch.Tensor:
    """Shares of which the largest is some hundred times the smallest, and a quarter are 0."""
    random = torch.Generator().manual_seed(1000 + seed)
    shares = torch.rand(bins, generator=random) ** 4
    return shares * (torch.rand(bins, generator=random) > 0.25)


def shares_of(probabilities: torch.Tensor, multipliers: torch.Tensor) -> torch.Tensor:
    """What the bins' mean shares become, (n,)."""
    return multiply(probabilities[:, None], multipliers).mean((1, 2))


@pytest.mark.parametrize("seed", range(20))
def test_the_mean_becomes_the_palette(seed: int) -> None:
    probabilities, wanted = distributions(seed), a_palette(seed)
    made = shares_of(probabilities, find_multipliers(probabilities, wanted))
    np.testing.assert_allclose(made, wanted / wanted.sum(), atol=2e-3)


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
def test_strength_goes_from_what_is_to_what_is_wanted(strength: float) -> None:
    probabilities, wanted = distributions(0), a_palette(0)
    made = shares_of(probabilities, find_multipliers(probabilities, wanted, strength))
    expected = strength * wanted / wanted.sum() + (1 - strength) * probabilities.mean(1)
    np.testing.assert_allclose(made, expected, atol=2e-3)


def test_the_palette_that_a_shot_has_changes_nothing() -> None:
    probabilities = distributions(1)
    multipliers = find_multipliers(probabilities, 7 * probabilities.mean(1))
    np.testing.assert_allclose(multipliers, torch.ones(32), rtol=1e-4)


def test_what_comes_out_are_distributions() -> None:
    """Also where the network rules bins out, and the palette wants nothing else."""
    probabilities = torch.eye(4).repeat_interleave(10, 1)
    wanted = torch.tensor([0.0, 0.0, 0.0, 1.0])
    made = multiply(probabilities[:, None], find_multipliers(probabilities, wanted))
    assert torch.isfinite(made).all()
    assert (made >= 0).all()
    np.testing.assert_allclose(made.sum(0), torch.ones(1, 40), atol=1e-5)
    assert made[3].mean() > 0.9


def test_places_keep_their_order() -> None:
    """Where one bin is likelier against another than elsewhere, it stays so."""
    probabilities, wanted = distributions(2, bins=5), a_palette(2, bins=5).clamp_min(0.1)
    made = multiply(probabilities[:, None], find_multipliers(probabilities, wanted))[:, 0]
    for one, other in ((0, 1), (2, 4)):
        sure = (probabilities[one] > 1e-4) & (probabilities[other] > 1e-4)
        before, after = ((p[one] / p[other])[sure] for p in (probabilities, made))
        assert torch.equal(before.argsort(), after.argsort())


def test_in_two_places_it_is_what_can_be_calculated() -> None:
    """Two places that think opposite things of two bins, a wanted share of 3 to 1.

    With x = λ_0 / λ_1 the share is (4x / (4x + 1) + x / (x + 4)) / 2 = 3/4, so 4x² - 17x - 12 = 0
    divided by four: x² - 4.25 x - 3 = 0.
    """
    probabilities = torch.tensor([[0.8, 0.2], [0.2, 0.8]])
    first, second = find_multipliers(probabilities, torch.tensor([3.0, 1.0]))
    assert float(first / second) == pytest.approx(4.25 / 2 + np.sqrt(4.25**2 / 4 + 3), rel=1e-3)
