"""Plans a film into segments that can be coloured one by one."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av

from vidcolor.input.frames import Frame
from vidcolor.input.late_streams import packets
from vidcolor.input.source import Source
from vidcolor.input.streams import packet_time
from vidcolor.pipeline.order import Part

LENGTH = Fraction(60)
"""Seconds of film in a segment. Each also costs the frames around it that its color depends on."""

_PIPED = Path("/dev/stdin")
"""What `files.standard_input` calls a film that no other process can open."""
_GUESSED = 0x100 | 0x200
"""FFmpeg's AVFMT_GENERIC_INDEX and AVFMT_TS_DISCONT: containers in which a seek is a guess."""


@dataclass(frozen=True)
class Plan:
    """Says into which segments a film is divided.

    segments: in order; each frame that is to be colored lies in one of them. reason: why it is only
    one; None where it is short. is_long: whether the film is known to be long enough for several.
    """

    segments: tuple[Part, ...]
    reason: str | None = None
    is_long: bool = True

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it, exact."""
        spans = ([segment.start, segment.duration] for segment in self.segments)
        return {
            "segments": [[None if t is None else str(t) for t in span] for span in spans],
            "reason": self.reason,
            "is_long": self.is_long,
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "Plan":
        """Read what `as_dict` gives."""
        spans = ([None if t is None else Fraction(t) for t in s] for s in content["segments"])
        return cls(
            tuple(Part(start, length) for start, length in spans),
            content["reason"],
            content["is_long"],
        )


def plan_film(path: Path, part: Part = Part(), length: Fraction = LENGTH) -> Plan:  # noqa: B008
    """Divide a film into segments, by its key frames, of which only a few are read.

    Each segment begins with the last key frame up to `length` seconds behind the one before, and
    lasts at least half as long: most encoders can't look ahead at the end of each, which costs
    short ones quality. The film is one segment if it is short, if seeking in it is not exact, or if
    its end is missing.

    Args:
        path: the film.
        part: what of it is to be colored.
        length: of a segment, in seconds, above 0.

    Raises as `Source`.
    """
    if path == _PIPED:
        return Plan((part,), "it comes through a pipe", is_long=False)
    with closing(Source(path)) as source:
        film_length = source.declared_length
        begin = part.start or Fraction(0)
        if film_length is None:
            return Plan((part,), "its length is unknown", is_long=False)
        end = film_length if part.duration is None else min(begin + part.duration, film_length)
        if end - begin < 2 * length:
            return Plan((part,), is_long=False)
        if source.sequence is None and source.container.format.flags & _GUESSED:
            return Plan((part,), f"seeking in {source.container.format.name} is not exact")
        if source.sequence is not None and source.sequence.warnings:
            return Plan((part,), "frames are missing")
        origin = Fraction(source.container.start_time or 0, av.time_base)
        first = next((item for item in source.items() if isinstance(item, Frame)), None)
        if first is None or source.time(first) < origin:
            return Plan((part,), "its first frame lies before its beginning")
        starts = list(_starts(source, origin, begin, end, length))
        if not starts:
            return Plan((part,), "no key frame is found within it")
        to_the_end = part.duration is None and source.sequence is None
        if to_the_end and _ends_early(source, origin + starts[-1]):
            return Plan((part,), "its end is damaged or missing")
    stop = None if part.duration is None else begin + part.duration
    segments = (
        Part(start, None if end is None else end - (start or 0))
        for start, end in pairwise([part.start, *starts, stop])
    )
    return Plan(tuple(segments))


def _starts(
    source: Source, origin: Fraction, begin: Fraction, end: Fraction, length: Fraction
) -> Iterator[Fraction]:
    """Yield when segments begin, but for the first, in seconds behind `origin`.

    They end where a seek leads to no key frame at or before the time asked for.
    """
    last, asked = begin, begin + length
    while asked < end - length / 2:
        found = _key_frame(source, origin + asked)
        if found is None:
            return
        if found >= origin + last + length / 2:
            last = asked = found - origin
            yield last
        asked += length


def _key_frame(source: Source, time: Fraction) -> Fraction | None:
    """Return when the key frame at or before `time`, on the film's clock, is shown.

    Returns None where a seek leads to none.
    """
    source.seek(time)
    packet = next(packets(source.container, source.video), None)
    if packet is None or not packet.size or not packet.is_keyframe:
        return None
    found = packet_time(packet)
    return found if found <= time else None


def _ends_early(source: Source, since: Fraction) -> bool:
    """Tell whether the file breaks off or is damaged behind a time; it is not decoded."""
    source.seek(since)
    source.decoding = False
    for _ in source.items():
        pass
    return source.broken_off is not None
