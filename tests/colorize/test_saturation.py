"""The saturation of pictures: HSV's, and the factor that makes it another."""

import colorsys

import numpy as np
import pytest
import torch

from vidcolor.color.yuv import rgb_to_yuv
from vidcolor.colorize.saturation import MOST, find_factor, mean_saturation


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
