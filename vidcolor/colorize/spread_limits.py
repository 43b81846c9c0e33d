"""Where hints count that are to go no farther than so far, however alike things beyond are."""

from dataclasses import replace

import cv2
import numpy as np
import torch

from vidcolor.net.hints import HintMap

_SOFT = 0.25
"""The share of a limit over which a hint comes to its end."""


def unlimited(hints: HintMap) -> HintMap:
    """Return the hints of a map with limits that have none."""
    assert hints.limit is not None
    return replace(hints, weight=hints.weight * hints.limit.isinf(), limit=None)


def window(hints: HintMap) -> torch.Tensor:
    """Return how much the hints with a limit count at each place, (h, w) float32 in [0, 1].

    A hint of the limit L counts, d cells from the middle of its own,

        min(1, max(0, (L + 1 - d) / (L / 4 + 1))):

    fully there, and from L + 1 on not at all; with L = 0 nowhere else. L is rounded to whole cells.
    Where several come, the most counts.
    """
    assert hints.limit is not None
    limits = torch.where(hints.weight > 0, hints.limit, torch.inf).round().numpy()
    most = np.zeros(limits.shape, np.float32)
    for limit in np.unique(limits[np.isfinite(limits)]):
        away = cv2.distanceTransform(
            (limits != limit).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
        )
        most = np.maximum(most, (limit + 1 - away) / (_SOFT * limit + 1))
    return torch.from_numpy(most.clip(max=1))
