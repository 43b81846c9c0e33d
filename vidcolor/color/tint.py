"""Telling colour from a mere tint.

Film that was dyed shows one colour for each grey; a colour film shows many.
"""

from enum import Enum

import numpy as np

_NOTICED = 6 / 255
"""Chroma this far from neutral can be seen; less is what lossy compression leaves on grey."""
_APART = 10 / 255
"""Chroma this far from the usual chroma of its luma is another colour; less is what lossy
compression leaves."""
_LEVELS = 32
_TINTED_SHARE, _COLORED_SHARE = 0.02, 0.005


class Look(Enum):
    """What the chroma of a frame shows: nothing, a tint, or colour."""

    GREY = "grey"
    TINTED = "tinted"
    """The film is dyed in the highlights (tinted), in the shadows (toned), or both, as silent film
    was."""
    COLORED = "coloured"


def look(luma: np.ndarray, u: np.ndarray, v: np.ndarray) -> Look:
    """Return what a sample of n pixels shows.

    luma: (n,) Y in [0, 1]. u, v: (n,) in [-0.5, 0.5], of any matrix.

    The pixels are coloured if more than 0.5 % of them are more than 10/255 from the mean chroma of
    the pixels of their luma, in 32 levels of luma. Otherwise they are tinted if more than 2 % are
    more than 6/255 from neutral, and grey if not.
    """
    if is_grey(u, v):
        return Look.GREY
    level = (luma * _LEVELS).astype(np.intp).clip(0, _LEVELS - 1)
    count = np.bincount(level, minlength=_LEVELS).clip(1)
    away = np.zeros_like(u)
    for chroma in (u, v):
        usual = np.bincount(level, chroma, _LEVELS) / count
        np.maximum(away, np.abs(chroma - usual[level]), out=away)
    return Look.COLORED if np.mean(away > _APART) > _COLORED_SHARE else Look.TINTED


def is_grey(u: np.ndarray, v: np.ndarray) -> bool:
    """Tell whether `look` finds a sample grey; its chroma alone tells that."""
    noticed = np.maximum(np.abs(u), np.abs(v)) > _NOTICED
    return np.count_nonzero(noticed) <= _TINTED_SHARE * noticed.size
