"""Figures: how steady colour is from frame to frame.

Luma is (H, W) float32 Y in [0, 1]; chroma is (H, W, 2) float32, U and V of BT.709 in [-0.5, 0.5].
Differences of chroma are told in 8-bit codes of full range, UV x 255.
"""

import numpy as np

from vidcolor.temporal.flow import warp

DISTANCES = (1, 2, 4)
"""Frames between the two whose colour distributions are compared."""
STILL_SHARE = 0.05
"""Share of still pixels under which a pair of frames tells nothing about flicker."""


def histograms(picture: np.ndarray) -> np.ndarray:
    """Shares of the 256 values of R, G and B: (H, W, 3) uint8 -> (3, 256), each row of sum 1."""
    channels = picture.reshape(-1, 3).T
    return np.stack([np.bincount(channel, minlength=256) for channel in channels]) / len(channels.T)


def js_divergence(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Jensen-Shannon divergence in nats, 0 to ln 2, of distributions along the last axis."""
    middle = (p + q) / 2
    return (_kl_divergence(p, middle) + _kl_divergence(q, middle)) / 2


def flicker(before: np.ndarray, now: np.ndarray, where: np.ndarray) -> float:
    """Mean length of the change of chroma over the pixels `where`, (H, W) bool, in 8-bit codes."""
    return float(255 * _length(now - before)[where].mean())


def warp_error(before: np.ndarray, now: np.ndarray, flow: np.ndarray, where: np.ndarray) -> float:
    """Mean square of the change of chroma along `flow`, over the pixels `where`, in 8-bit codes².

    flow: from the pixels of `now` to their places in `before`. where: (H, W) bool, not empty.
    """
    return float(255**2 * (_length(now - warp(before, flow))[where] ** 2).mean())


def drift(chroma: np.ndarray, second: int) -> float | None:
    """How far a shot's mean chroma strays from its mean over the shot, in 8-bit codes.

    chroma: (k, 2), the mean of each frame. second: frames in one. The root mean square distance of
    the running mean over a second from the mean of all of these; None for a shorter shot.
    """
    if len(chroma) < second:
        return None
    sums = np.concatenate([np.zeros((1, 2)), chroma]).cumsum(0)
    running = (sums[second:] - sums[:-second]) / second
    return float(255 * np.sqrt(np.square(running - running.mean(0)).sum(1).mean()))


def _kl_divergence(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Of `p` from `q`, which is above 0 wherever `p` is."""
    ratio = np.divide(p, q, out=np.ones_like(p), where=p > 0)
    divergence: np.ndarray = (p * np.log(ratio)).sum(-1)
    return divergence


def _length(vectors: np.ndarray) -> np.ndarray:
    length: np.ndarray = np.hypot(vectors[..., 0], vectors[..., 1])
    return length
