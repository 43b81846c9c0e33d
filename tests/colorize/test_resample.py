"""What hints add is resampled up to the edges of luma, and evenly where there is none."""

import numpy as np
import pytest

from vidcolor.colorize.resample import SIGMA, resample


def slow(planes: np.ndarray, luma: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Sample by sample, as the formula says."""
    (height, width), (tall, wide) = cells.shape, luma.shape
    made = np.zeros((len(planes), tall, wide))
    for y, x in np.ndindex(tall, wide):
        row, column = (y + 0.5) / tall * height - 0.5, (x + 0.5) / wide * width - 0.5
        weights = {}
        for r in range(round(row) - 1, round(row) + 2):
            for c in range(round(column) - 1, round(column) + 2):
                cell = min(max(r, 0), height - 1), min(max(c, 0), width - 1)
                near = np.exp(-2 * ((row - r) ** 2 + (column - c) ** 2))
                alike = np.exp(-((luma[y, x] - cells[cell]) ** 2) / (2 * SIGMA**2)) + 1e-4
                weights[r, c] = near * alike, planes[(slice(None), *cell)]
        shares = sum(weight for weight, _ in weights.values())
        made[:, y, x] = sum(weight * value for weight, value in weights.values()) / shares
    return made


@pytest.mark.parametrize("times", [(2, 2), (3, 1)])
def test_each_sample_is_the_mean_of_cells_that_are_near_and_alike(times: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    planes = random.standard_normal((2, 6, 8)).astype(np.float32)
    cells = (0.5 + SIGMA * random.standard_normal((6, 8))).astype(np.float32)
    luma = cells.repeat(times[0], 0).repeat(times[1], 1)  # whose means are the cells
    np.testing.assert_allclose(resample(planes, luma), slow(planes, luma, cells), atol=1e-4)


def test_it_ends_where_luma_does_though_cells_lie_across() -> None:
    """Amid a cell of four samples, whose luma and color are those midway."""
    luma = np.full((40, 64), 0.4, np.float32)
    luma[:, 34:] = 0.6
    planes = np.zeros((1, 10, 16), np.float32)
    planes[:, :, :8] = 0.4
    planes[:, :, 8] = 0.2
    made = resample(planes, luma)
    assert made[:, :, :34].min() > 0.4 - 1 / 255
    assert made[:, :, 34:].max() < 1 / 255


def test_without_edges_it_is_smooth() -> None:
    luma = np.full((40, 64), 0.5, np.float32)
    slope = np.linspace(0, 1, 16, dtype=np.float32)[None, None].repeat(10, 1)
    made = resample(slope, luma)[0]
    expected = (np.arange(64) + 0.5) / 64 * 16 / 15 - 0.5 / 15
    np.testing.assert_allclose(made[:, 6:-6], expected[None, 6:-6].repeat(40, 0), atol=0.01)
