"""The moments that show most of a film."""

from contextlib import suppress
from fractions import Fraction

import numpy as np

from vidcolor.color.yuv import CodeRange
from vidcolor.errors import VidcolorError
from vidcolor.input.frames import Frame
from vidcolor.input.key_frames import samples
from vidcolor.input.reader import Reader
from vidcolor.temporal.cuts import contrast, difference, is_flat, thumbnail

_CANDIDATES = 4
"""Frames looked at for each one chosen."""

_APART = 0.25
"""What the longest distance in time counts; pictures of different shots differ by 0.3 and more."""

_FAINT = 0.06
"""Contrast below which a picture may be in a fade, where encoders like to put key frames."""

_FADE = Fraction(1)
"""Seconds within which a fade is over, or much of it."""


def moments(reader: Reader, count: int) -> list[Fraction]:
    """When up to `count` frames of the film are shown, unlike each other and far apart; in order.

    In `Reader.seconds`. They are chosen among four times as many of its `samples`, as a rule key
    frames from all over it. Pictures that show nothing come only if there is nothing else, and a
    faint one gives way to that of most contrast in the second after it.
    """
    seen = {
        reader.seconds(frame): _seen(frame, reader)
        for frame in samples(reader.path, _CANDIDATES * count)
    }
    telling = {time: picture for time, picture in seen.items() if not is_flat(picture)}
    chosen = _most_different(telling or seen, count)
    return sorted(
        {time if contrast(seen[time]) >= _FAINT else _faded_in(reader, time) for time in chosen}
    )


def _seen(frame: Frame, reader: Reader) -> np.ndarray:
    """Its thumbnail in [0, 1]."""
    return thumbnail(frame.luma) / CodeRange(reader.picture.depth, reader.picture.full_range).peak


def _faded_in(reader: Reader, time: Fraction) -> Fraction:
    """When the picture has most contrast, in the second from `time` on."""
    contrasts = {time: 0.0}
    with (
        suppress(VidcolorError),
        Reader(reader.path, start=time, duration=_FADE) as second,
    ):
        for frame in second:
            if isinstance(frame, Frame):
                contrasts[second.seconds(frame)] = contrast(_seen(frame, second))
    return max(contrasts, key=lambda moment: (contrasts[moment], -moment))


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
    return chosen
