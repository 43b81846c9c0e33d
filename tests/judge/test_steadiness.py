"""Figures of pairs of frames, against values worked out by hand."""

import cv2
import numpy as np
import pytest

from vidcolor.judge import steadiness
from vidcolor.temporal.flow import FINE, find_flows, visible


def chroma(u: object, v: object) -> np.ndarray:
    """(H, W, 2) from codes."""
    return np.stack([u, v], 2).astype(np.float32) / 255


def texture(height: int, width: int) -> np.ndarray:
    """A luma that flow can follow."""
    noise = np.random.default_rng(0).random((height, width))
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2), None, 0.1, 0.9, cv2.NORM_MINMAX)


def test_histograms_are_shares() -> None:
    picture = np.array([[[0, 7, 255], [0, 8, 255]]], np.uint8)
    red, green, blue = steadiness.histograms(picture)
    assert (red[0], green[7], green[8], blue[255]) == (1, 0.5, 0.5, 1)
    assert [channel.sum() for channel in (red, green, blue)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("p", "q", "divergence"),
    [
        ([0.5, 0.5, 0], [0.5, 0.5, 0], 0),
        ([1, 0, 0], [0, 0, 1], np.log(2)),
        # Half of ln(4/3), and half of (ln(2/3) + ln 2) / 2.
        ([1, 0, 0], [0.5, 0.5, 0], np.log(4 / 3) / 2 + np.log(4 / 3) / 4),
    ],
)
def test_divergences_of_known_distributions(p, q, divergence) -> None:
    p, q = np.array(p, float), np.array(q, float)
    assert steadiness.js_divergence(p, q) == pytest.approx(divergence, abs=1e-12)
    assert steadiness.js_divergence(q, p) == pytest.approx(divergence, abs=1e-12)


def test_flicker_is_the_mean_length_on_the_pixels_given() -> None:
    before = chroma([[0, 10, 20]], [[0, 10, 20]])
    now = chroma([[3, 10, 99]], [[4, 10, 99]])
    where = np.array([[True, True, False]])
    assert steadiness.flicker(before, now, where) == pytest.approx(5 / 2)


def test_the_warp_error_follows_the_flow() -> None:
    """A chroma that moves right by one; one pixel then strays by (3, 4), one is not looked at."""
    before = chroma([[0, 10, 20, 30]], [[0, 10, 20, 30]])
    now = chroma([[50, 3, 10, 20]], [[50, 4, 10, 20]])
    flow = np.zeros((1, 4, 2), np.float32)
    flow[..., 0] = -1
    where = np.array([[False, True, True, True]])
    assert steadiness.warp_error(before, now, flow, where) == pytest.approx(25 / 3)


def test_a_translation_has_no_warp_error() -> None:
    """Two windows of one picture, 4 pixels apart, its chroma a wave."""
    luma = texture(64, 100).astype(np.float32)
    wave = 40 * np.sin(np.arange(100) / 5)[None].repeat(64, 0)
    color = chroma(wave, -wave)
    luma_before, luma_now = luma[:, :90].copy(), luma[:, 4:94].copy()
    before, now = color[:, :90], color[:, 4:94]
    back, there = find_flows(luma_before, luma_now, FINE)
    seen = visible(there, back)
    assert seen.mean() > 0.9
    assert steadiness.warp_error(before, now, there, seen) < 0.1
    stay = np.zeros_like(there)
    assert steadiness.warp_error(before, now, stay, seen) > 500


def test_drift_is_how_far_the_mean_over_a_second_strays() -> None:
    """A frame's flicker is none; 4 frames of (3, 4) codes after 4 of none: means 0 to 1 of 5."""
    flicker = np.tile([[1.0, 0], [-1, 0]], (20, 1)) / 255
    assert steadiness.drift(flicker, 2) == pytest.approx(0, abs=1e-9)
    stepping = np.repeat([[0.0, 0], [3, 4]], 4, axis=0) / 255
    shares = np.array([0, 0.25, 0.5, 0.75, 1])
    assert steadiness.drift(stepping, 4) == pytest.approx(5 * shares.std())
    assert steadiness.drift(stepping, 9) is None
