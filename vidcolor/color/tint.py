"""Colour, or a tint? Film that was dyed shows one colour for each grey, a colour film many."""

from enum import Enum

import numpy as np

_NOTICED = 6 / 255
"""Chroma this far from neutral is seen; less is what lossy compression leaves on grey."""
_APART = 10 / 255
"""Chroma this far from the usual one of its luma is another colour; less is compression's."""
_LEVELS = 32
_TINTED_SHARE, _COLORED_SHARE = 0.02, 0.005


class Look(Enum):
    """What a frame's chroma shows."""

    GREY = "grey"
    TINTED = "tinted"
    """Dyed in the highlights (tinted), in the shadows (toned), or both, as silent film was."""
    COLORED = "coloured"


def look(luma: np.ndarray, u: np.ndarray, v: np.ndarray) -> Look:
    """What a sample of pixels shows: (n,) Y in [0, 1], U and V in [-0.5, 0.5], of any matrix.

    Coloured: more than 0.5 % of the pixels are more than 10/255 from the mean chroma of those of
    their luma, which is cut into 32 levels. Tinted: not that, but more than 2 % are more than 6/255
    from neutral. Else grey.
    """
    if not np.mean(np.maximum(np.abs(u), np.abs(v)) > _NOTICED) > _TINTED_SHARE:
        return Look.GREY
    level = (luma * _LEVELS).astype(np.intp).clip(0, _LEVELS - 1)
    count = np.bincount(level, minlength=_LEVELS).clip(1)
    away = np.zeros_like(u)
    for chroma in (u, v):
        usual = np.bincount(level, chroma, _LEVELS) / count
        np.maximum(away, np.abs(chroma - usual[level]), out=away)
    return Look.COLORED if np.mean(away > _APART) > _COLORED_SHARE else Look.TINTED
