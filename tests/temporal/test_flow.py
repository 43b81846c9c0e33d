"""Optical flow, and what of it is believed, against cases worked out by hand."""

import cv2
import numpy as np

from vidcolor.temporal.flow import FINE, find_flows, still, visible, warp

CODE = 1 / 255


def texture(height: int, width: int) -> np.ndarray:
    """A luma that flow can follow."""
    noise = np.random.default_rng(0).random((height, width))
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2), None, 0.1, 0.9, cv2.NORM_MINMAX)


def test_a_pixel_is_still_by_the_mean_around_it() -> None:
    """One pixel that changes by 26 codes moves 25 means by 26/25 of a code; 24 are too few."""
    before = np.full((9, 11), 0.5, np.float32)
    for change, moving in ((26, 25), (24, 0)):
        now = before.copy()
        now[4, 5] += change * CODE
        assert (~still(before, now)).sum() == moving
    assert not still(before, before + np.float32(CODE)).any()


def test_warping_reads_where_the_flow_points() -> None:
    picture = np.array([[0, 1, 3, 7]], np.float32)
    right = np.zeros((1, 4, 2), np.float32)
    right[..., 0] = 1
    np.testing.assert_array_equal(warp(picture, right), [[1, 3, 7, 7]])
    np.testing.assert_array_equal(warp(picture, right / 2), [[0.5, 2, 5, 7]])


def test_what_a_flow_back_does_not_lead_home_is_hidden() -> None:
    """By 0.01 (9 + 9) + 0.5 = 0.68 a flow of 3 pixels may be 0.82 astray; the border hides 3."""
    there = np.zeros((4, 12, 2), np.float32)
    there[..., 0] = 3
    home, near, far = -there, -there + [0, 0.8], -there + [0, 0.9]
    seen = visible(there, home.astype(np.float32))
    assert seen[:, :9].all() and not seen[:, 9:].any()
    assert visible(there, near.astype(np.float32))[:, :9].all()
    assert not visible(there, far.astype(np.float32)).any()


def test_a_strip_that_was_hidden_is_not_counted() -> None:
    """A square moves right by 8 over a still ground: what lay behind it comes to light."""
    ground, square = texture(80, 100), np.rot90(texture(32, 32)) / 2 + 0.4
    before, now = ground.copy(), ground.copy()
    before[24:56, 30:62] = now[24:56, 38:70] = square
    before, now = before.astype(np.float32), now.astype(np.float32)
    back, there = find_flows(before, now, FINE)
    seen = visible(there, back)
    uncovered = np.zeros((80, 100), bool)
    uncovered[24:56, 30:38] = True
    assert seen[uncovered].mean() < 0.2
    assert seen[~uncovered].mean() > 0.95
