"""The saturation of pictures: HSV's, and what makes it another."""

import colorsys

import numpy as np
import pytest
import torch

from vidcolor.color.yuv import fit_to_luma, rgb_to_yuv, yuv_to_rgb
from vidcolor.colorize.saturation import MOST, find_factor, find_tilt, mean_saturation, tilt


def picture(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Luma (1, 1, 8, 9) and UV (1, 2, 8, 9) of colors that exist, black among them."""
    rgb = torch.rand(3, 1, 1, 8, 9, generator=torch.Generator().manual_seed(seed))
    rgb[..., 0, 0] = 0
    y, u, v = rgb_to_yuv(*rgb)
    return y, torch.cat([u, v], 1)


def test_it_is_that_of_hsv() -> None:
    rgb = torch.rand(3, 1, 1, 8, 9, generator=torch.Generator().manual_seed(0))
    y, u, v = rgb_to_yuv(*rgb)
    expected = np.mean([colorsys.rgb_to_hsv(*each)[1] for each in rgb.flatten(1).T.tolist()])
    assert mean_saturation(y, torch.cat([u, v], 1)) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("wanted", [0.05, 0.2, 0.4, 0.6])
@pytest.mark.parametrize("seed", range(3))
def test_the_factor_gives_what_is_wanted(seed: int, wanted: float) -> None:
    luma, uv = picture(seed)
    factor = find_factor(luma, uv, wanted)
    assert 0 < factor < MOST
    assert mean_saturation(luma, factor * uv) == pytest.approx(wanted, abs=1e-4)


def test_the_saturation_that_a_picture_has_needs_no_factor() -> None:
    luma, uv = picture(3)
    uv = 0.5 * uv  # away from the edge of what the luma can carry
    assert find_factor(luma, uv, mean_saturation(luma, uv)) == pytest.approx(1, abs=1e-4)


def test_grey_stays_grey_and_none_makes_grey() -> None:
    luma, uv = picture(4)
    assert find_factor(luma, 0 * uv, 0.5) == MOST
    assert find_factor(luma, uv, 0) == pytest.approx(0, abs=1e-6)


def saturations(luma: torch.Tensor, centers: torch.Tensor) -> np.ndarray:
    """HSV's S of each bin at each luma (N,), by Python's own formula: (N, n)."""
    made = np.zeros((len(luma), len(centers)))
    for place, bin_ in np.ndindex(made.shape):
        y = luma[place].reshape(1, 1, 1)
        u, v = fit_to_luma(centers[bin_].reshape(2, 1, 1), y, y)
        rgb = [float(part) for part in yuv_to_rgb(luma[place], u, v)]
        made[place, bin_] = colorsys.rgb_to_hsv(*rgb)[1]
    return made


@pytest.mark.parametrize("wanted", [0.15, 0.3, 0.6])
def test_the_tilt_makes_the_expected_saturation_the_wanted_one(wanted: float) -> None:
    random = torch.Generator().manual_seed(0)
    probabilities = torch.randn(1, 8, 4, 5, generator=random).mul(2).softmax(1)
    luma = torch.rand(1, 4, 5, generator=random)
    centers = 0.4 * torch.rand(8, 2, generator=random) - 0.2
    centers[0] = 0
    beta = find_tilt(probabilities[0].flatten(1), luma.flatten(), centers, wanted)
    made = tilt(probabilities, luma, centers, beta)[0].flatten(1).T.numpy()
    each = saturations(luma.flatten(), centers)
    assert made.sum(1) == pytest.approx(1, abs=1e-5)
    assert (made * each).sum(1).mean() == pytest.approx(wanted, abs=1e-3)
    expected = probabilities[0].flatten(1).T.numpy() * np.exp(beta * each)
    assert made == pytest.approx(expected / expected.sum(1, keepdims=True), abs=1e-4)


def test_the_saturation_that_is_expected_needs_no_tilt() -> None:
    random = torch.Generator().manual_seed(1)
    probabilities = torch.randn(8, 20, generator=random).softmax(0)
    luma = torch.rand(20, generator=random)
    centers = 0.4 * torch.rand(8, 2, generator=random) - 0.2
    expected = (probabilities.T.numpy() * saturations(luma, centers)).sum(1).mean()
    assert find_tilt(probabilities, luma, centers, expected) == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("wanted", [0.0, 1.0])
def test_a_saturation_out_of_reach_gives_distributions(wanted: float) -> None:
    probabilities = torch.eye(4).repeat_interleave(10, 1)
    luma, centers = torch.linspace(0, 1, 40), torch.tensor([[0, 0], [0.1, 0], [0, 0.2], [-0.1, 0]])
    beta = find_tilt(probabilities, luma, centers, wanted)
    made = tilt(probabilities[None, :, None], luma[None, None], centers, beta)
    assert torch.isfinite(made).all()
    np.testing.assert_allclose(made.sum(1), torch.ones(1, 1, 40), atol=1e-5)
