"""Figures of pairs of frames, against values worked out by hand."""

import cv2
import numpy as np
import pytest

from vidcolor import steadiness

CODE = 1 / 255


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


def test_a_pixel_is_still_by_the_mean_around_it() -> None:
    """One pixel that changes by 26 codes moves 25 means by 26/25 of a code; 24 are too few."""
    before = np.full((9, 11), 0.5, np.float32)
    for change, moving in ((26, 25), (24, 0)):
        now = before.copy()
        now[4, 5] += change * CODE
        assert (~steadiness.still(before, now)).sum() == moving
    assert not steadiness.still(before, before + np.float32(CODE)).any()


def test_flicker_is_the_mean_length_on_the_pixels_given() -> None:
    before = chroma([[0, 10, 20]], [[0, 10, 20]])
    now = chroma([[3, 10, 99]], [[4, 10, 99]])
    where = np.array([[True, True, False]])
    assert steadiness.flicker(before, now, where) == pytest.approx(5 / 2)


def test_warping_reads_where_the_flow_points() -> None:
    picture = np.array([[0, 1, 3, 7]], np.float32)
    right = np.zeros((1, 4, 2), np.float32)
    right[..., 0] = 1
    np.testing.assert_array_equal(steadiness.warp(picture, right), [[1, 3, 7, 7]])
    np.testing.assert_array_equal(steadiness.warp(picture, right / 2), [[0.5, 2, 5, 7]])


def test_what_a_flow_back_does_not_lead_home_is_hidden() -> None:
    """By 0.01 (9 + 9) + 0.5 = 0.68 a flow of 3 pixels may be 0.82 astray; the border hides 3."""
    there = np.zeros((4, 12, 2), np.float32)
    there[..., 0] = 3
    home, near, far = -there, -there + [0, 0.8], -there + [0, 0.9]
    seen = steadiness.visible(there, home.astype(np.float32))
    assert seen[:, :9].all() and not seen[:, 9:].any()
    assert steadiness.visible(there, near.astype(np.float32))[:, :9].all()
    assert not steadiness.visible(there, far.astype(np.float32)).any()


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
    colour = chroma(wave, -wave)
    luma_before, luma_now = luma[:, :90].copy(), luma[:, 4:94].copy()
    before, now = colour[:, :90], colour[:, 4:94]
    there = steadiness.flow(luma_now, luma_before)
    seen = steadiness.visible(there, steadiness.flow(luma_before, luma_now))
    assert seen.mean() > 0.9
    assert steadiness.warp_error(before, now, there, seen) < 0.1
    stay = np.zeros_like(there)
    assert steadiness.warp_error(before, now, stay, seen) > 500


def test_a_strip_that_was_hidden_is_not_counted() -> None:
    """A square moves right by 8 over a still ground: what lay behind it comes to light."""
    ground, square = texture(80, 100), np.rot90(texture(32, 32)) / 2 + 0.4
    before, now = ground.copy(), ground.copy()
    before[24:56, 30:62] = now[24:56, 38:70] = square
    before, now = before.astype(np.float32), now.astype(np.float32)
    seen = steadiness.visible(steadiness.flow(now, before), steadiness.flow(before, now))
    uncovered = np.zeros((80, 100), bool)
    uncovered[24:56, 30:38] = True
    assert seen[uncovered].mean() < 0.2
    assert seen[~uncovered].mean() > 0.95
