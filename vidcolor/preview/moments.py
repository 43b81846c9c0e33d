"""Choosing the moments that show most of a film."""

from contextlib import suppress
from fractions import Fraction

import numpy as np

from vidcolor.errors import VidcolorError
from vidcolor.input.frames import Frame
from vidcolor.input.key_frames import samples
from vidcolor.input.reader import Reader
from vidcolor.temporal.cuts import contrast, difference, is_flat, thumbnail

_CANDIDATES = 4
"""The number of frames that are looked at for each one chosen."""

_APART = 0.25
"""The longest distance in time counts as a difference of this size; pictures of different shots
differ by 0.3 and more."""

_FAINT = 0.06
"""A picture of less contrast may be in a fade, where encoders like to put key frames."""

_FADE = Fraction(1)
"""The seconds after which a fade is over, or much of it."""


def moments(reader: Reader, count: int) -> list[Fraction]:
    """Return when up to `count` frames are shown that are unlike each other and far apart.

    The times are in `Reader.seconds`, in order. They are chosen among four times as many `samples`
    of the film, as a rule key frames from all over it. Pictures that show nothing are chosen only
    if there is nothing else, and a faint one gives way to the one of most contrast in the second
    after it.
    """
    candidates = {
        reader.seconds(frame): _thumbnail(frame, reader)
        for frame in samples(reader.path, _CANDIDATES * count)
    }
    telling = {time: picture for time, picture in candidates.items() if not is_flat(picture)}
    chosen = _most_different(telling or candidates, count)
    return sorted(
        {
            time if contrast(candidates[time]) >= _FAINT else _faded_in(reader, time)
            for time in chosen
        }
    )


def _thumbnail(frame: Frame, reader: Reader) -> np.ndarray:
    """Return the thumbnail of `frame` in [0, 1]."""
    return thumbnail(frame.luma) / reader.picture.codes.peak


def _faded_in(reader: Reader, time: Fraction) -> Fraction:
    """Return when the picture has most contrast, in the second from `time` on."""
    contrasts = {time: 0.0}
    with (
        suppress(VidcolorError),
        Reader(reader.path, start=time, duration=_FADE) as second,
    ):
        for frame in second:
            if isinstance(frame, Frame):
                contrasts[second.seconds(frame)] = contrast(_thumbnail(frame, second))
    return max(contrasts, key=lambda moment: (contrasts[moment], -moment))


def _most_different(pictures: dict[Fraction, np.ndarray], count: int) -> list[Fraction]:
    """Choose up to `count` of the pictures, which are thumbnails by their times.

    The first is the earliest; each next one is the least like those already chosen. How unlike two
    are is the sum of the difference of their thumbnails and, with little weight, their distance in
    time as a share of the longest that there is.
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
