"""Drift: found where the same things change their colour, and held down."""

from fractions import Fraction

import cv2
import numpy as np
import pytest
import torch

from vidcolor.temporal.drift import Drift, ShotDrift, change

LUMA = cv2.GaussianBlur(np.random.default_rng(0).random((64, 160), np.float32), (0, 0), 2)


def probabilities(share: np.ndarray | float) -> torch.Tensor:
    """(2, 16, 24): of the first of two bins, so much."""
    first = torch.as_tensor(np.broadcast_to(share, (16, 24)).copy()).float()
    return torch.stack([first, 1 - first])


def seen(shift: int) -> np.ndarray:
    return np.ascontiguousarray(LUMA[:, shift : shift + 96])


def test_a_change_of_mind_about_a_still_picture() -> None:
    """By hand: a = 0.375 and 0.625 in each of the 384 places, 1 % of which is added below."""
    found = change(probabilities(0.25), seen(0), probabilities(0.5), seen(0))
    expected = [0.375 * np.log(2) / 0.385, 0.625 * np.log(2 / 3) / 0.635]
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_no_change_of_mind_is_none() -> None:
    same = probabilities(np.linspace(0.1, 0.9, 24))
    assert change(same, seen(0), same, seen(0)).abs().max() < 1e-6


def test_what_moves_is_followed() -> None:
    """A pan from one colour to the other: every place changes, no thing does."""
    ramp = np.linspace(0.1, 0.9, 40)
    before, behind = probabilities(ramp[:24]), probabilities(ramp[2:26])
    assert change(before, seen(0), behind, seen(0))[0] > 0.1
    assert change(before, seen(0), behind, seen(8)).abs().max() < 0.02
    doubted = probabilities(0.7 * ramp[2:26])
    found = change(before, seen(0), doubted, seen(8))
    np.testing.assert_allclose(found[0], np.log(0.7), rtol=0.1)


def test_a_rare_bins_change_is_hardly_believed() -> None:
    found = change(probabilities(1e-3), seen(0), probabilities(1e-2), seen(0))
    assert 0 < found[0] < 0.5 * np.log(10)


def test_drift_is_the_sum_of_changes_about_its_mean() -> None:
    changes = [torch.tensor(pair) for pair in ([0.0, 0.0], [1.0, -2.0], [2.0, -1.0])]
    shot = ShotDrift.of([0.0, 0.5, 1.0], changes)
    np.testing.assert_allclose(shot.offsets, [[-4 / 3, 5 / 3], [-1 / 3, -1 / 3], [5 / 3, -4 / 3]])
    np.testing.assert_allclose(shot.at(Fraction(1, 4)), [-5 / 6, 2 / 3], rtol=1e-6)
    np.testing.assert_allclose(shot.at(Fraction(9)), [5 / 3, -4 / 3], rtol=1e-6)


def test_each_shot_has_its_own() -> None:
    shots = [ShotDrift(np.array([at, at + 1.0]), np.array([[at], [at]])) for at in (0.0, 2.0, 4.0)]
    drift = Drift(shots)
    found = [float(drift.at(Fraction(time))) for time in (-1, 0, 1, 2, 3, 9)]
    assert found == pytest.approx([0, 0, 0, 2, 2, 4])
