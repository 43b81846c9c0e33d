"""Equations between neighbouring pixels are solved, for pictures of every shape."""

import numpy as np
import pytest

from vidcolor.colorize.dissection import OFFSETS, Equations, dissect


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 3), (7, 12), (24, 17)])
def test_they_are_solved(shape: tuple[int, int]) -> None:
    """As a dense solver solves them; each pixel is eliminated once."""
    height, width = shape
    assert sorted(dissect(height, width)) == list(range(height * width))
    random = np.random.default_rng(0)
    rows, columns = np.divmod(np.arange(height * width), width)
    stencil = -random.random((9, *shape))
    stencil[OFFSETS.index((0, 0))] = 0.01 - stencil.sum(0)
    matrix = np.zeros((height * width, height * width))
    for plane, (down, across) in zip(stencil, OFFSETS, strict=True):
        ends = (rows[:, None] + down == rows) & (columns[:, None] + across == columns)
        matrix += np.where(ends, plane.reshape(-1, 1), 0)
    right = random.standard_normal((2, *shape))
    expected = np.linalg.solve(matrix, right.reshape(2, -1).T).T.reshape(right.shape)
    equations = Equations(stencil)
    for _ in range(2):
        np.testing.assert_allclose(equations.solve(right), expected, rtol=1e-9)


def test_halves_that_a_line_cuts_are_eliminated_before_it() -> None:
    """Of 5 x 7 pixels, first those left of the middle, then those right of it, then itself."""
    numbers = np.arange(35).reshape(5, 7)
    order = dissect(5, 7)
    assert set(order[:15]) == set(numbers[:, :3].ravel())
    assert set(order[15:30]) == set(numbers[:, 4:].ravel())
    assert list(order[30:]) == numbers[:, 3].tolist()
