"""Pictures that flow can follow: of each shot one texture that drifts."""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np


def drifting(
    count: int, cuts: Sequence[int] = (), size: tuple[int, int] = (64, 48), pixels: int = 1
) -> list[np.ndarray]:
    """Return luma codes, (H, W) uint8, which drift by so many pixels a frame, with some grain.

    cuts: the numbers of frames with which another texture begins. size: width and height.
    """
    width, height = size
    frames = []
    for begin, end in pairwise((0, *cuts, count)):
        random = np.random.default_rng(begin)
        noise = random.random((height, width + count * pixels), np.float32)
        blurred = cv2.GaussianBlur(noise, (0, 0), 2)
        codes = cv2.normalize(blurred, None, 50, 200, cv2.NORM_MINMAX)
        for index in range(end - begin):
            shown = codes[:, index * pixels :][:, :width]
            frames.append((shown + random.normal(0, 1, shown.shape)).round().astype(np.uint8))
    return frames
