"""Luma at working size against slow filters."""

import numpy as np
import pytest
import torch

from vidcolor.net.predictor import resize
from vidcolor.net.shrink import shrink


def _picture(shape: tuple[int, int], peak: int) -> np.ndarray:
    """Broad shapes, edges and noise, from 0 to the peak."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[: shape[0], : shape[1]] / max(shape)
    shapes = np.sin(9 * x + 4 * y) + np.sign(np.sin(40 * x * y)) + random.normal(0, 0.3, shape)
    return ((shapes / 6 + 0.5).clip(0, 1) * peak).round()


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [
        ((240, 320), (144, 192)),
        ((145, 213), (132, 192)),
        ((96, 128), (144, 192)),
        ((576, 300), (108, 192)),
        ((300, 100), (75, 200)),
        ((3, 400), (4, 256)),
        ((144, 192), (144, 192)),
    ],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_near_the_working_size_luma_is_resized(
    shape: tuple[int, int], wanted: tuple[int, int], dtype: type
) -> None:
    luma = _picture(shape, 1 if dtype is np.float32 else 255).astype(dtype)
    expected = resize(torch.from_numpy(luma.astype(np.float32))[None, None], wanted)[0, 0]
    made = shrink(luma, wanted)
    assert made.dtype == np.float32
    assert made.shape == wanted
    assert np.abs(made - expected.numpy()).max() < 3e-3  # of 255; float32 added in another order


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [((1080, 1920), (108, 192)), ((720, 1280), (108, 192)), ((1440, 700), (192, 92))],
)
@pytest.mark.parametrize(("dtype", "peak"), [(np.uint8, 255), (np.uint16, 1023)])
def test_large_pictures_come_out_nearly_as_if_resized(
    shape: tuple[int, int], wanted: tuple[int, int], dtype: type, peak: int
) -> None:
    """To less than a code of 255 in the mean, at noise and edges; the mean luma is kept."""
    whole = _picture((shape[0] + 8, shape[1] + 8), peak).astype(dtype)
    luma = whole[2 : 2 + shape[0], 4 : 4 + shape[1]]
    expected = resize(torch.from_numpy(luma.astype(np.float32))[None, None], wanted)[0, 0].numpy()
    apart = (shrink(luma, wanted) - expected) * 255 / peak
    assert np.abs(apart).mean() < 0.5
    assert abs(apart.mean()) < 0.2
    assert np.abs(apart).max() < 4
    assert np.array_equal(shrink(luma, wanted), shrink(luma.copy(), wanted))
