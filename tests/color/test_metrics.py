"""Every figure against a slow reference written from its paper, or a known value."""

import numpy as np
import pytest
from skimage import data as samples
from skimage.color import deltaE_ciede2000, rgb2lab

from vidcolor.color import metrics


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    return samples.chelsea()[100:140, 100:160]


@pytest.fixture(scope="module")
def picture(truth: np.ndarray) -> np.ndarray:
    """The same in other colours, the red ones far off."""
    off = truth.astype(int) + np.random.default_rng(0).integers(-40, 41, truth.shape)
    off[:10, :, 0] += 150
    return off.clip(0, 255).astype(np.uint8)


def test_psnr_is_that_of_the_mean_squared_error(truth: np.ndarray, picture: np.ndarray) -> None:
    error = np.mean((truth.astype(float) - picture) ** 2)
    assert metrics.psnr(truth, picture) == pytest.approx(10 * np.log10(255**2 / error))
    assert metrics.psnr(truth, truth) == np.inf


def test_ssim_is_that_of_its_paper(truth: np.ndarray, picture: np.ndarray) -> None:
    """Wang et al. 2004, equations 13 to 17, window by window."""
    at = np.arange(-5, 6)
    line = np.exp(-(at**2) / (2 * 1.5**2))
    window = np.outer(line, line) / line.sum() ** 2
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    values = []
    for top, left, channel in np.ndindex(truth.shape[0] - 10, truth.shape[1] - 10, 3):
        x, y = (
            image[top : top + 11, left : left + 11, channel].astype(float)
            for image in (truth, picture)
        )
        mean_x, mean_y = (window * x).sum(), (window * y).sum()
        var_x, var_y = (window * (x - mean_x) ** 2).sum(), (window * (y - mean_y) ** 2).sum()
        covariance = (window * (x - mean_x) * (y - mean_y)).sum()
        values.append(
            (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
            / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))
        )  # fmt: skip
    assert metrics.ssim(truth, picture) == pytest.approx(np.mean(values), abs=1e-6)
    assert metrics.ssim(truth, truth) == 1


def test_raw_accuracy_is_the_area_under_the_swept_curve(
    truth: np.ndarray, picture: np.ndarray
) -> None:
    """Plain and weighted, by the midpoint rule on 150,000 thresholds."""
    offsets = (rgb2lab(truth) - rgb2lab(picture))[..., 1:]
    error = np.sqrt((offsets**2).sum(2)).ravel()
    weights = np.random.default_rng(1).random(truth.shape[:2])
    thresholds = (np.arange(150_000) + 0.5) / 1000
    order = np.argsort(error)
    within = np.searchsorted(error[order], thresholds, "right")
    for weight, given in ((np.ones_like(error), None), (weights.ravel(), weights)):
        curve = np.concatenate([[0], weight[order].cumsum()])[within] / weight.sum()
        area = metrics.raw_accuracy(metrics.ab_error(truth, picture), given)
        assert area == pytest.approx(curve.mean(), abs=1e-5)


def test_raw_accuracy_of_known_pictures() -> None:
    """Pure green is hypot(86.18, 83.18) from grey in ab, and further than 150 from pure blue."""
    green, grey, blue = (
        np.full((2, 2, 3), color, np.uint8) for color in ((0, 255, 0), 128, (0, 0, 255))
    )
    error = metrics.ab_error(green, grey)
    assert error.shape == (2, 2)
    assert error == pytest.approx(np.hypot(86.18, 83.18), abs=0.01)
    assert metrics.raw_accuracy(error) == pytest.approx(1 - error.mean() / 150)
    assert metrics.raw_accuracy(metrics.ab_error(green, green)) == 1
    assert metrics.raw_accuracy(metrics.ab_error(green, blue)) == 0
    half = metrics.ab_error(green, np.concatenate([green[:1], blue[:1]]))
    assert metrics.raw_accuracy(half, np.array([[1, 1], [3, 3]])) == 0.25


def test_ciede2000_is_that_of_double_precision(truth: np.ndarray, picture: np.ndarray) -> None:
    wanted = deltaE_ciede2000(rgb2lab(truth), rgb2lab(picture)).mean()
    assert metrics.ciede2000(truth, picture) == pytest.approx(wanted, abs=1e-3)
    black, white = np.zeros((1, 1, 3), np.uint8), np.full((1, 1, 3), 255, np.uint8)
    assert metrics.ciede2000(black, white) == pytest.approx(100, abs=0.01)


def test_colourfulness_of_two_halves() -> None:
    """Red (255, 0, 0) beside blue: rg is 255 and 0, yb 127.5 and -255."""
    picture = np.zeros((1, 2, 3), np.uint8)
    picture[0, 0, 0] = picture[0, 1, 2] = 255
    spread, mean = np.hypot(127.5, 191.25), np.hypot(127.5, 63.75)
    assert metrics.colourfulness(picture) == pytest.approx(spread + 0.3 * mean)
    assert metrics.colourfulness(np.full((4, 4, 3), 77, np.uint8)) == 0
