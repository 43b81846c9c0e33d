"""Sampling frames from all over a film, for hardly more than the cost of decoding these frames."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av

from vidcolor.errors import VidcolorError
from vidcolor.input.frames import Frame, Picture
from vidcolor.input.late_streams import packets
from vidcolor.input.source import Source

FEW = 4
"""If there are fewer key frames than this, the beginning of the film is read as well."""

_BEGINNING = 120
"""The number of frames that count as the beginning."""
_FAILURES = 4
"""The number of key frames that may fail to be decoded before their part of the film is given
up."""


def key_frames(path: Path, count: int, film: Picture | None = None) -> Iterator[Frame]:
    """Yield up to `count` key frames spread over the film at `path`, in order of time.

    The film is divided into `count` equal parts. Each part gives the key frame at or before its
    middle, or else the next one within reach, unless an earlier part gave it. A frame is decoded
    when it is asked for, and nothing beside it. Which frames come depends on nothing but the file.
    There are fewer, down to none, where the file can't be searched, is damaged or changes its
    format. film: as for `Source`. Opening it raises what `Source` does.
    """
    with closing(Source(path, film=film)) as source:
        begin = Fraction(source.container.start_time or 0, av.time_base)
        part = Fraction(source.container.duration or 0, av.time_base) / count
        last = None
        for index in range(count) if part else ():
            source.seek(begin + (index + Fraction(1, 2)) * part)
            frame = _next_key_frame(source, last, begin + (index + Fraction(3, 2)) * part)
            if frame is not None:
                last = frame.pts
                yield frame


def samples(path: Path, count: int, film: Picture | None = None) -> Iterator[Frame]:
    """Yield the `key_frames` of a film and, if they are fewer than `FEW`, frames of its beginning.

    The latter are up to `count`, evenly chosen from the first 120 frames, in order of time. film,
    and what is raised: as for `Source`.
    """
    found = 0
    for frame in key_frames(path, count, film):
        found += 1
        yield frame
    if found < FEW:
        with closing(Source(path, film=film)) as source, suppress(VidcolorError):
            frames = (item for item in source.items() if isinstance(item, Frame))
            yield from islice(frames, 0, _BEGINNING, -(-_BEGINNING // count))


def runs(path: Path, count: int, length: int, film: Picture | None = None) -> Iterator[Frame]:
    """Yield `length` frames in a row from each of `count` places spread over a film.

    The first place is the beginning. There are fewer frames where the file can't be searched, is
    damaged or changes its format, and where a place is entered at the same key frame as the one
    before it. film, and what is raised: as for `Source`.
    """
    with closing(Source(path, film=film)) as source:
        begin = Fraction(source.container.start_time or 0, av.time_base)
        part = Fraction(source.container.duration or 0, av.time_base) / count
        entered = None
        for index in range(count if part else 1):
            if index:
                source.seek(begin + index * part)
                if entered is not None and _next_time(source) == entered:
                    continue
                source.seek(begin + index * part)
            with suppress(VidcolorError):
                frames = (item for item in source.items() if isinstance(item, Frame))
                for place, frame in enumerate(islice(frames, length)):
                    entered = entered if place else frame.pts
                    yield frame


@contextmanager
def _past_damage() -> Iterator[None]:
    """Leave the context where the film can't be read on; where memory ends, raise."""
    try:
        yield
    except (MemoryError, BlockingIOError):
        raise
    except (av.error.FFmpegError, VidcolorError):
        return


def _next_time(source: Source) -> int | None:
    """Return when the next packet of the picture is shown, in ticks; None if it doesn't tell."""
    with _past_damage():
        for packet in packets(source.container, source.video):
            return packet.pts
    return None


def _next_key_frame(source: Source, last: int | None, end: Fraction) -> Frame | None:
    """Return the first key frame before `end` that can be decoded, from where `source` stands.

    Returns None if there is none, or if it is not shown after the time `last`.
    """
    failures = 0
    with _past_damage():
        for packet in packets(source.container, source.video):
            if packet.dts is not None and packet.dts * packet.time_base >= end:
                break
            if not packet.size or not packet.is_keyframe:
                continue
            if last is not None and packet.pts is not None and packet.pts <= last:
                break
            try:
                frames = [*source.decoder.decode(packet), *source.decoder.decode(av.Packet())]
            finally:
                source.video.codec_context.flush_buffers()
            if frames:
                return frames[0] if last is None or frames[0].pts > last else None
            failures += 1
            if failures == _FAILURES:
                break
    return None
