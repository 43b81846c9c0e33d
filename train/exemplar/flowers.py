"""Whether a flower takes the colour of the reference's flower, and its leaves keep their own.

The flower is what is saturated and not green in the truth, and leaves are what is green.
"""

from dataclasses import dataclass

import numpy as np
from skimage.color import rgb2hsv

LEAST_SATURATION, LEAST_VALUE = 0.3, 0.15
"""Of what has a hue, in HSV."""

GREEN = 60.0, 170.0
"""The hues of leaves, in degrees."""

LEAST_SHARE = 0.03
"""The share of a picture that a flower has at the least; of leaves half as much."""

FLOWER_WITHIN, LEAVES_WITHIN = 30.0, 15.0
"""Degrees of hue by which a flower may miss the reference's, and leaves their automatic colour."""


@dataclass(frozen=True, eq=False)
class Flower:
    """Where the flower and the leaves of a true photograph are, (H, W) bool.

    leaves: None where there are hardly any.
    """

    petals: np.ndarray
    leaves: np.ndarray | None

    @classmethod
    def of(cls, rgb: np.ndarray) -> "Flower | None":
        """Find them in a photograph, (H, W, 3) in [0, 1]; None where there is no flower."""
        hue, saturation, value = rgb2hsv(rgb).transpose(2, 0, 1)
        has_hue = (saturation >= LEAST_SATURATION) & (value >= LEAST_VALUE)
        is_green = (360 * hue >= GREEN[0]) & (360 * hue <= GREEN[1])
        petals, leaves = has_hue & ~is_green, has_hue & is_green
        if petals.mean() < LEAST_SHARE:
            return None
        return cls(petals, leaves if leaves.mean() >= LEAST_SHARE / 2 else None)


def mean_hue(rgb: np.ndarray, where: np.ndarray) -> float:
    """Return the mean hue of part of a picture, in degrees, each pixel as much as it is saturated.

    rgb: (H, W, 3) in [0, 1]. where: (H, W) bool.
    """
    hue, saturation, _ = rgb2hsv(rgb)[where].T
    mean = (saturation * np.exp(2j * np.pi * hue)).sum()
    return float(np.degrees(np.angle(mean)) % 360)


@dataclass(frozen=True)
class Verdict:
    """Tells whether the flower has the reference's colour, and the leaves their automatic one."""

    flower: bool
    leaves: bool

    @property
    def both(self) -> bool:
        """True if a picture is as somebody would want it."""
        return self.flower and self.leaves


def judge_flower(
    made: np.ndarray,
    automatic: np.ndarray,
    flower: Flower,
    reference: np.ndarray,
    theirs: Flower,
) -> Verdict:
    """Judge a picture that was coloured by a reference; leaves that are not there are kept.

    Args:
        made: the picture judged, (H, W, 3) in [0, 1].
        automatic: the same, without a reference.
        flower: of its truth.
        reference: the true reference, (H', W', 3).
        theirs: its flower.
    """
    off = _apart(mean_hue(made, flower.petals), mean_hue(reference, theirs.petals))
    if flower.leaves is None:
        return Verdict(off <= FLOWER_WITHIN, leaves=True)
    changed = _apart(mean_hue(made, flower.leaves), mean_hue(automatic, flower.leaves))
    return Verdict(off <= FLOWER_WITHIN, leaves=changed <= LEAVES_WITHIN)


def _apart(one: float, other: float) -> float:
    """Return how far apart two hues are, 0 to 180 degrees."""
    return abs((one - other + 180) % 360 - 180)
