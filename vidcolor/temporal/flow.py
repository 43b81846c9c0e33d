"""Optical flow between two frames' luma, and what of it can be believed.

Luma is (H, W) float32 in [0, 1]; flow is (H, W, 2) float32, offsets (x, y) in pixels.
"""

import cv2
import numpy as np

SHORTEST_SIDE = 16
"""Pixels; in smaller pictures no flow can be found (OpenCV's crashes on long narrow ones)."""

FAST, FINE = cv2.DISOPTICAL_FLOW_PRESET_FAST, cv2.DISOPTICAL_FLOW_PRESET_MEDIUM

# A step of one whole code is a change, whatever rounding makes of it.
_STILL = (1 - 1e-3) / 255


def still(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """(H, W) bool: pixels whose 5 x 5 mean of the luma changes by less than 1/255.

    The mean reaches over the border by mirroring.
    """
    steady: np.ndarray = np.abs(cv2.blur(now - before, (5, 5))) < _STILL
    return steady


def flow(begin: np.ndarray, end: np.ndarray, preset: int) -> np.ndarray:
    """Where the pixels of one luma lie in another.

    By dense inverse search (Kroeger et al. 2016) on 8 bits. Sides are `SHORTEST_SIDE` or more.
    """
    search = cv2.DISOpticalFlow.create(preset)
    first, second = ((255 * luma).round().astype(np.uint8) for luma in (begin, end))
    found: np.ndarray = search.calc(first, second, None)  # type: ignore[call-overload]
    return found


def warp(picture: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """`picture`, (H, W) or (H, W, C) float32, read bilinearly where `flow` points from each pixel.

    Beyond the border its outermost pixels go on.
    """
    x, y = _places(flow)
    warped: np.ndarray = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return warped


def visible(there: np.ndarray, back: np.ndarray) -> np.ndarray:
    """(H, W) bool: pixels that the other frame shows too, by the flow `there` and that `back`.

    Those that lie within the other frame, and that the flow back leads home again:
    |there + back|² <= 0.01 (|there|² + |back|²) + 0.5 (Sundaram et al. 2010).
    """
    height, width = there.shape[:2]
    x, y = _places(there)
    inside = (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)
    back = warp(back, there)
    length = _squared(there) + _squared(back)
    matches: np.ndarray = inside & (_squared(there + back) <= 0.01 * length + 0.5)
    return matches


def _places(flow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) float32 each, x and y: where `flow` points."""
    height, width = flow.shape[:2]
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    return flow[..., 0] + x, flow[..., 1] + y[:, None]


def _squared(vectors: np.ndarray) -> np.ndarray:
    """Squared lengths, (H, W, 2) -> (H, W); a sum over so short an axis is slow in numpy."""
    x, y = cv2.split(vectors)
    squared: np.ndarray = x * x + y * y
    return squared
