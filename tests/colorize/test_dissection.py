"""Equations between neighbouring pixels are solved, for pictures of every shape."""

import numpy as np
import pytest
from scipy.sparse import csc_array

from vidcolor.colorize.dissection import dissect, solve


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 3), (7, 12), (24, 17)])
def test_they_are_solved(shape: tuple[int, int]) -> None:
    """As a dense solver solves them; each pixel is eliminated once."""
    height, width = shape
    assert sorted(dissect(height, width)) == list(range(height * width))
    random = np.random.default_rng(0)
    rows, columns = np.divmod(np.arange(height * width), width)
    near = np.maximum(abs(rows[:, None] - rows), abs(columns[:, None] - columns)) <= 1
    weights = np.where(near, -random.random(near.shape), 0)
    weights += weights.T
    np.fill_diagonal(weights, 0)
    np.fill_diagonal(weights, 0.01 - weights.sum(1))
    right = random.standard_normal((height * width, 2))
    expected = np.linalg.solve(weights, right)
    np.testing.assert_allclose(solve(csc_array(weights), right, shape), expected, rtol=1e-9)


def test_halves_that_a_line_cuts_are_eliminated_before_it() -> None:
    """Of 5 x 7 pixels, first those left of the middle, then those right of it, then itself."""
    numbers = np.arange(35).reshape(5, 7)
    order = dissect(5, 7)
    assert set(order[:15]) == set(numbers[:, :3].ravel())
    assert set(order[15:30]) == set(numbers[:, 4:].ravel())
    assert list(order[30:]) == numbers[:, 3].tolist()
