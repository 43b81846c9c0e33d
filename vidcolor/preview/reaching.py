"""What it takes to reach pictures of a film: how many frames must be decoded for each."""

from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from fractions import Fraction
from math import floor
from pathlib import Path

import av

from vidcolor.input.frames import Picture
from vidcolor.input.late_streams import packets
from vidcolor.input.source import Source
from vidcolor.pipeline.listener import Listener

_MANY = 200
"""The user is told if more frames than this must be decoded for one picture."""
_IN_VAIN = 2
"""A picture is hard to reach if it takes so many times the frames that its color depends on."""

_ROUNDED = 2
"""Frames by which rounded times may miss a key frame."""


def easily_reached(
    path: Path, picture: Picture, times: Sequence[Fraction], reach: tuple[int, int]
) -> list[Fraction]:
    """Return the times of pictures, in order; those that are hard to reach are a little later.

    A film can be entered at key frames only, and what the color of a key frame depends on lies
    before it, behind another one that may be ten seconds away. Where `reach` begins at the key
    frame itself, nothing is decoded in vain. Pictures stay where that would lie beyond the film's
    end.

    path, picture, times, reach: as for `warn_if_slow`.
    """
    rate, (run_up, run_out) = picture.average_rate, reach
    if rate is None:
        return list(times)
    with closing(Source(path)) as source:
        length = Fraction(source.container.duration or 0, av.time_base)
    enough = _IN_VAIN * (run_up + 1 + run_out)
    moved = set()
    for time, decoded in zip(times, _decoded(path, rate, times, reach), strict=True):
        later = time + (run_up + _ROUNDED) / rate
        ends_within = later + (run_out + 1) / rate <= length
        moved.add(later if decoded > enough and ends_within else time)
    return sorted(moved)


def warn_if_slow(
    path: Path,
    picture: Picture,
    times: Sequence[Fraction],
    reach: tuple[int, int],
    listener: Listener,
) -> None:
    """Tell the listener if many frames must be decoded for one picture, and why.

    Args:
        path: the film.
        picture: what holds for its frames.
        times: when the pictures are shown, in `Reader.seconds`.
        reach: the frames before and behind a picture that its colour depends on.
        listener: gets the note.
    """
    rate, (run_up, run_out) = picture.average_rate, reach
    if rate is None:
        return
    if (most := max(_decoded(path, rate, times, reach), default=0)) > _MANY:
        listener.note(
            f"takes longer: up to {most} frames are decoded for a picture, "
            f"{min(most, run_up + 1 + run_out)} to smooth over and find cuts, the others because "
            "films can be entered at key frames only"
        )


def _decoded(
    path: Path, rate: Fraction, times: Sequence[Fraction], reach: tuple[int, int]
) -> Iterator[int]:
    """Yield how many frames are decoded for the picture at each time; 0 where nothing tells."""
    run_up, run_out = reach
    with closing(Source(path)) as source:
        begin = Fraction(source.container.start_time or 0, av.time_base)
        length = source.container.duration
        for time in times:
            decoded = 0
            if length is None or time * av.time_base < length:
                with suppress(av.error.FFmpegError):
                    # Where the seek really leads to tells how many frames come before the picture.
                    source.seek(begin + time - run_up / rate)
                    ahead = packets(source.container, source.video)
                    entry = next((p.pts * p.time_base for p in ahead if p.pts is not None), None)
                    if entry is not None:
                        decoded = floor((begin + time - entry) * rate) + 1 + run_out
            yield decoded
