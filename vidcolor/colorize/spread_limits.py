"""Where hints count that are to go no farther than so far, however alike things beyond are."""

import cv2
import numpy as np
import torch

_SOFT = 0.25
"""The share of a limit over which a hint comes to its end."""

_STEPS = 8
"""So many limits are told apart from one to its double, which is 9 %: each takes its time."""


def window(far: torch.Tensor) -> torch.Tensor:
    """Return how much hints with a limit count at each place, (h, w) float32 in [0, 1].

    A hint of the limit L counts, d cells from the middle of its own,

        min(1, max(0, (L + 1 - d) / (L / 4 + 1))):

    fully there, and from L + 1 on not at all; with L = 0 nowhere else. 1 + L is rounded to a power
    of 2 to the 1 / `_STEPS`. Where several come, the most counts.

    far: (h, w), the limits in cells; below 0 where no such hint is.
    """
    steps = np.full(far.shape, -1)
    limited = (far >= 0).numpy()
    steps[limited] = np.rint(_STEPS * np.log2(1 + far.numpy()[limited])).astype(int)
    most = np.zeros(far.shape, np.float32)
    for step in np.unique(steps[limited]):
        limit = 2.0 ** (step / _STEPS) - 1
        away = cv2.distanceTransform(
            (steps != step).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
        )
        most = np.maximum(most, (limit + 1 - away) / (_SOFT * limit + 1))
    return torch.from_numpy(most.astype(np.float32).clip(max=1))
