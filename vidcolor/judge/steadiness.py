"""Figures that tell how steady colour is from frame to frame.

Luma is (H, W) float32 Y in [0, 1]; chroma is (H, W, 2) float32, U and V of BT.709 in [-0.5, 0.5].
Differences of chroma are given in 8-bit codes of full range, UV x 255.
"""

import numpy as np

from vidcolor.temporal.flow import warp

DISTANCES = (1, 2, 4)
"""How many frames lie from one to the other of two whose colour distributions are compared."""
STILL_SHARE = 0.05
"""A pair of frames with a smaller share of still pixels tells nothing about flicker."""


def histograms(picture: np.ndarray) -> np.ndarray:
    """Return the shares of the 256 values of R, G and B: (H, W, 3) uint8 -> (3, 256).

    Each row sums to 1.
    """
    channels = picture.reshape(-1, 3).T
    return np.stack([np.bincount(channel, minlength=256) for channel in channels]) / len(channels.T)


def js_divergence(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Return the Jensen-Shannon divergence in nats, 0 to ln 2, of distributions.

    p, q: (..., n), each summing to 1 along the last axis. Returns (...).
    """
    middle = (p + q) / 2
    return (_kl_divergence(p, middle) + _kl_divergence(q, middle)) / 2


def flicker(before: np.ndarray, now: np.ndarray, where: np.ndarray) -> float:
    """Return the mean length of the change of chroma, in 8-bit codes.

    where: (H, W) bool, the pixels over which the mean is taken.
    """
    return float(255 * _length(now - before)[where].mean())


def warp_error(before: np.ndarray, now: np.ndarray, flow: np.ndarray, where: np.ndarray) -> float:
    """Return the mean square of the change of chroma along the flow, in 8-bit codes².

    Args:
        before, now: chroma of two frames.
        flow: (H, W, 2) float32, from the pixels of `now` to their places in `before`.
        where: (H, W) bool, not empty: the pixels over which the mean is taken.
    """
    return float(255**2 * (_length(now - warp(before, flow))[where] ** 2).mean())


def drift(chroma: np.ndarray, second: int) -> float | None:
    """Return how far a shot's mean chroma strays, in 8-bit codes; None if it lasts under a second.

    It is the root mean square distance of the running means over a second from the mean of all of
    these. chroma: (k, 2), the mean of each frame. second: how many frames a second has.
    """
    if len(chroma) < second:
        return None
    sums = np.concatenate([np.zeros((1, 2)), chroma]).cumsum(0)
    running = (sums[second:] - sums[:-second]) / second
    return float(255 * np.sqrt(np.square(running - running.mean(0)).sum(1).mean()))


def _kl_divergence(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Return the Kullback-Leibler divergence of `p` from `q`, which is above 0 wherever `p` is."""
    ratio = np.divide(p, q, out=np.ones_like(p), where=p > 0)
    divergence: np.ndarray = (p * np.log(ratio)).sum(-1)
    return divergence


def _length(vectors: np.ndarray) -> np.ndarray:
    """Return the lengths of vectors, (H, W, 2) -> (H, W)."""
    length: np.ndarray = np.hypot(vectors[..., 0], vectors[..., 1])
    return length
