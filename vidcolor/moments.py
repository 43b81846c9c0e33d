"""The moments that show most of a film."""

from fractions import Fraction

import numpy as np

from vidcolor.color import CodeRange
from vidcolor.cuts import difference, is_flat, thumbnail
from vidcolor.reader import Reader
from vidcolor.samples import samples

_CANDIDATES = 4
"""Frames looked at for each one chosen."""

_APART = 0.25
"""What the longest distance in time counts; pictures of different shots differ by 0.3 and more."""


def moments(reader: Reader, count: int) -> list[Fraction]:
    """When up to `count` frames of the film are shown, unlike each other and far apart; in order.

    In `Reader.seconds`. They are chosen among four times as many of its `samples`, as a rule key
    frames from all over it; no others are decoded. Pictures that show nothing come only if there
    is nothing else.
    """
    peak = CodeRange(reader.picture.depth, reader.picture.full_range).peak
    seen = {
        reader.seconds(frame): thumbnail(frame.luma) / peak
        for frame in samples(reader.path, _CANDIDATES * count)
    }
    telling = {time: picture for time, picture in seen.items() if not is_flat(picture)}
    return _most_different(telling or seen, count)


def _most_different(pictures: dict[Fraction, np.ndarray], count: int) -> list[Fraction]:
    """Beginning with the earliest, each time the one least like those already chosen.

    How unlike two are is the difference of their thumbnails and, for a little, their distance in
    time, as a share of the longest there is.
    """
    first, last = min(pictures), max(pictures)
    chosen = [first]
    nearest = dict.fromkeys(pictures.keys() - {first}, float("inf"))
    while nearest and len(chosen) < count:
        for time in nearest:
            apart = _APART * float(abs(time - chosen[-1]) / (last - first))
            unlike = difference(pictures[time], pictures[chosen[-1]]) + apart
            nearest[time] = min(nearest[time], unlike)
        farthest = max(nearest, key=lambda time: (nearest[time], -time))
        chosen.append(farthest)
        del nearest[farthest]
    return sorted(chosen)
