"""Figures: how steady colour is from frame to frame.

Luma is (H, W) float32 Y in [0, 1]; chroma is (H, W, 2) float32, U and V of BT.709 in [-0.5, 0.5].
Differences of chroma are told in 8-bit codes of full range, UV x 255.
"""

import cv2
import numpy as np

DISTANCES = (1, 2, 4)
"""Frames between the two whose colour distributions are compared."""
STILL_SHARE = 0.05
"""Share of still pixels under which a pair of frames tells nothing about flicker."""
SHORTEST_SIDE = 16
"""Pixels; in smaller pictures no flow can be found (OpenCV's crashes on long narrow ones)."""

# A step of one whole code is a change, whatever rounding makes of it.
_STILL = (1 - 1e-3) / 255


def histograms(picture: np.ndarray) -> np.ndarray:
    """Shares of the 256 values of R, G and B: (H, W, 3) uint8 -> (3, 256), each row of sum 1."""
    channels = picture.reshape(-1, 3).T
    return np.stack([np.bincount(channel, minlength=256) for channel in channels]) / len(channels.T)


def js_divergence(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Jensen-Shannon divergence in nats, 0 to ln 2, of distributions along the last axis."""
    middle = (p + q) / 2
    return (_kl_divergence(p, middle) + _kl_divergence(q, middle)) / 2


def still(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """(H, W) bool: pixels whose 5 x 5 mean of the luma changes by less than 1/255.

    The mean reaches over the border by mirroring.
    """
    steady: np.ndarray = np.abs(cv2.blur(now - before, (5, 5))) < _STILL
    return steady


def flicker(before: np.ndarray, now: np.ndarray, where: np.ndarray) -> float:
    """Mean length of the change of chroma over the pixels `where`, (H, W) bool, in 8-bit codes."""
    return float(255 * _length(now - before)[where].mean())


def flow(begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Where the pixels of one luma lie in another: (H, W, 2) float32, offsets (x, y) in pixels.

    By dense inverse search (Kroeger et al. 2016) on 8 bits. Sides are `SHORTEST_SIDE` or more.
    """
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    first, second = ((255 * luma).round().astype(np.uint8) for luma in (begin, end))
    found: np.ndarray = search.calc(first, second, None)  # type: ignore[call-overload]
    return found


def warp(picture: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """`picture`, (H, W) or (H, W, C) float32, read bilinearly where `flow` points from each pixel.

    Beyond the border its outermost pixels go on.
    """
    x, y = cv2.split(_places(flow))
    warped: np.ndarray = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return warped


def visible(there: np.ndarray, back: np.ndarray) -> np.ndarray:
    """(H, W) bool: pixels that the other frame shows too, by the flow `there` and that `back`.

    Those that lie within the other frame, and that the flow back leads home again:
    |there + back|² <= 0.01 (|there|² + |back|²) + 0.5 (Sundaram et al. 2010).
    """
    height, width = there.shape[:2]
    places = _places(there)
    inside = (np.abs(places - [(width - 1) / 2, (height - 1) / 2]) <= [width / 2, height / 2]).all(
        2
    )
    back = warp(back, there)
    astray = _length(there + back) ** 2
    matches: np.ndarray = inside & (
        astray <= 0.01 * (_length(there) ** 2 + _length(back) ** 2) + 0.5
    )
    return matches


def warp_error(before: np.ndarray, now: np.ndarray, flow: np.ndarray, where: np.ndarray) -> float:
    """Mean square of the change of chroma along `flow`, over the pixels `where`, in 8-bit codes².

    flow: from the pixels of `now` to their places in `before`. where: (H, W) bool, not empty.
    """
    return float(255**2 * (_length(now - warp(before, flow))[where] ** 2).mean())


def _kl_divergence(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Of `p` from `q`, which is above 0 wherever `p` is."""
    ratio = np.divide(p, q, out=np.ones_like(p), where=p > 0)
    divergence: np.ndarray = (p * np.log(ratio)).sum(-1)
    return divergence


def _length(vectors: np.ndarray) -> np.ndarray:
    length: np.ndarray = np.hypot(vectors[..., 0], vectors[..., 1])
    return length


def _places(flow: np.ndarray) -> np.ndarray:
    """(H, W, 2) float32 (x, y): where `flow` points."""
    height, width = flow.shape[:2]
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return flow + np.stack([x, y], 2).astype(np.float32)
