"""Optical flow between the luma of two frames, and where it can be believed.

Luma is (H, W) float32 in [0, 1]; flow is (H, W, 2) float32, offsets (x, y) in pixels.
"""

from functools import lru_cache

import cv2
import numpy as np

SHORTEST_SIDE = 16
"""The shortest side, in pixels, of pictures in which flow can be found; OpenCV's search crashes on
long narrow ones."""

FAST, FINE = cv2.DISOPTICAL_FLOW_PRESET_FAST, cv2.DISOPTICAL_FLOW_PRESET_MEDIUM

# Slightly less than one code: a step of one whole code is a change, however it was rounded.
_STILL = (1 - 1e-3) / 255


def still(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Return which pixels are still, (H, W) bool.

    They are those where the 5 x 5 mean of the luma changes by less than 1/255. Beyond the border
    the picture is mirrored.
    """
    is_still: np.ndarray = np.abs(cv2.blur(now - before, (5, 5))) < _STILL
    return is_still


def find_flows(
    earlier: np.ndarray, later: np.ndarray, preset: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return where the pixels of `earlier` lie in `later`, and those of `later` in `earlier`.

    They are found by dense inverse search (Kroeger et al. 2016) on 8 bits. Sides must be
    `SHORTEST_SIDE` or more. preset: `FAST` or `FINE`.
    """
    search = cv2.DISOpticalFlow.create(preset)
    first, second = ((255 * luma).round().astype(np.uint8) for luma in (earlier, later))
    forward: np.ndarray = search.calc(first, second, None)  # type: ignore[call-overload]
    back: np.ndarray = search.calc(second, first, None)  # type: ignore[call-overload]
    return forward, back


def warp(picture: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Read `picture` bilinearly at the place where `flow` points from each pixel.

    picture: (H, W) or (H, W, C) float32; so is the result. Beyond the border its outermost pixels
    are repeated.
    """
    warped: np.ndarray = cv2.remap(  # type: ignore[call-overload]
        picture, _places(flow), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return warped


def visible(there: np.ndarray, back: np.ndarray, grain: int = 1) -> np.ndarray:
    """Return which pixels the other frame shows too, (H, W) bool.

    there, back: the flow to the other frame and the flow from it. A pixel is visible if it lies
    within the other frame and the flow back leads it home again:
    |there + back|² <= 0.01 (|there|² + |back|²) + 0.5 (Sundaram et al. 2010).

    grain: so many pixels, a divisor of both sides, are taken together across and down, with their
    mean flow.
    """
    whole = there.shape[1], there.shape[0]
    if grain > 1:
        size = whole[0] // grain, whole[1] // grain
        there, back = (cv2.resize(way, size, interpolation=cv2.INTER_AREA) for way in (there, back))
    height, width = there.shape[:2]
    leads = there / np.float32(grain)
    inside = cv2.inRange(_places(leads), (-0.5, -0.5), (width - 0.5, height - 0.5)) > 0
    back = warp(back, leads)
    length = _squared(there) + _squared(back)
    matches: np.ndarray = inside & (_squared(there + back) <= 0.01 * length + 0.5)
    if grain == 1:
        return matches
    return cv2.resize(matches.view(np.uint8), whole, interpolation=cv2.INTER_NEAREST) > 0


def _places(flow: np.ndarray) -> np.ndarray:
    """Return the places (x, y) that `flow` points to, (H, W, 2) float32."""
    places: np.ndarray = flow + _grid(*flow.shape[:2])
    return places


@lru_cache(4)
def _grid(height: int, width: int) -> np.ndarray:
    """Return the places (x, y) of all pixels, (height, width, 2) float32, not to be written to."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return np.stack([x, y], 2).astype(np.float32)


def _squared(vectors: np.ndarray) -> np.ndarray:
    """Return squared lengths, (H, W, 2) -> (H, W)."""
    # Split, because numpy is slow to sum over so short an axis.
    x, y = cv2.split(vectors)
    squared: np.ndarray = x * x + y * y
    return squared
