"""A part of a film: finding its first frame, and its times once it begins at 0."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import av

from vidcolor.errors import UsageError
from vidcolor.input.frames import Frame
from vidcolor.input.source import Item, Source

if TYPE_CHECKING:
    from av.container.core import Chapter


# Containers give their start in whole microseconds; a frame that begins exactly there is inside.
_ROUNDING = Fraction(1, 1_000_000)
# The first seek goes as far back from the span's begin as the run-up should be long, or this far
# where the film has no rate; each further one goes four times as far.
_STEP_BACK = Fraction(2)
_STEP_GROWTH = 4
# A subtitle that began longer before the span is not looked for.
_LONGEST_SUBTITLE = Fraction(60)
# How far sound may lag behind the picture in the file before it is waited for no more.
_LONGEST_LAG = Fraction(10)


@dataclass(frozen=True)
class Span:
    """The moments from `begin` up to `end`, in seconds on the film's own clock."""

    origin: Fraction
    """The film's start as a player sees it."""
    begin: Fraction
    end: Fraction | None
    """None: to the film's last frame."""

    @classmethod
    def of(cls, origin: Fraction, start: Fraction | None, duration: Fraction | None) -> "Span":
        """The `duration` seconds that start `start` seconds after `origin`.

        Raises:
            UsageError: `start` is negative or `duration` is not above 0.
        """
        if start is not None and start < 0:
            raise UsageError(f"the start is {float(start):g} s; give 0 or more")
        if duration is not None and duration <= 0:
            raise UsageError(f"the duration is {float(duration):g} s; give more than 0")
        begin = origin + (start or 0) - _ROUNDING
        return cls(origin, begin, None if duration is None else begin + duration)

    def is_over(self, time: Fraction) -> bool:
        """Whether `time` lies at or behind the end."""
        return self.end is not None and time >= self.end


class Excerpt:
    """The items of a film that lie within a span, with the first frame's time as 0.

    Args:
        path: the film.
        span: the part wanted.
        first: seconds on the film's clock of its first frame.
        run_up, run_out: frames to deliver from before and behind the span, as far as the film has
            them.

    Raises:
        UsageError: no frame lies within the span.
    """

    source: Source
    """The opened file the items come from."""
    zero: Fraction
    """Seconds on the film's clock of the first frame within the span."""

    def __init__(
        self, path: Path, span: Span, *, first: Fraction, run_up: int, run_out: int
    ) -> None:
        self._span = span
        self._run_up = run_up
        self._run_out = run_out
        back = None
        while True:
            self.source = Source(path)
            back = back * _STEP_GROWTH if back else self._first_step()
            since = span.begin - back
            try:
                found = self._find(since if since > first else None)
            except BaseException:
                self.source.close()
                raise
            if found is not None:
                self._items = found
                return
            self.source.close()

    def items(self) -> Iterator[Item]:
        """Frames, with run-up and run-out, and packets in the order of the file, times moved."""
        run_out = self._run_out
        lagging = {s.index for s in self.source.copied if s.type == "audio"}
        ticks = round(self.zero / self.source.decoder.time_base)
        for item in self._items:
            if isinstance(item, Frame):
                is_over = self._span.is_over(self.source.time(item))
                if not is_over or run_out:
                    yield replace(item, pts=item.pts - ticks, outside=item.outside or is_over)
                    run_out -= is_over
                    continue
                self.source.decoding = False
            else:
                time = _time(item)
                if not self._span.is_over(time):
                    yield from _moved(item, self.zero)
                    continue
                lagging.discard(item.stream.index)
                if self._span.is_over(time - _LONGEST_LAG):
                    lagging.clear()
            if not self.source.decoding and not lagging:
                return

    def chapters(self, chapters: list["Chapter"]) -> list["Chapter"]:
        """The parts of `chapters` within the span, times moved."""
        cut: list[Chapter] = []
        for chapter in chapters:
            base = chapter["time_base"]
            assert base is not None
            zero, end = round(self.zero / base), chapter["end"]
            if self._span.end is not None:
                end = min(end, round((self._span.end + _ROUNDING) / base))
            start = max(chapter["start"], zero)
            if start < end:
                cut.append({**chapter, "start": start - zero, "end": end - zero})
        return cut

    def _first_step(self) -> Fraction:
        """Seconds before the span that should hold the run-up, and a frame to tell that it does."""
        rate = self.source.decoder.average_rate
        return (self._run_up + 1) / rate if rate else _STEP_BACK

    def _find(self, since: Fraction | None) -> Iterator[Item] | None:
        """Items from the run-up on, read from `since` or the film's start; sets `zero`.

        None if too few frames were found between `since` and the span.
        """
        source, span = self.source, self._span
        packets: dict[tuple[int, int | None, int | None], av.Packet] = {}
        if since is not None:
            packets.update((_identity(p), p) for p in self._captions())
            source.seek(since)
        before: deque[Frame] = deque(maxlen=max(self._run_up, 1))
        items = source.items()
        for item in items:
            if not isinstance(item, Frame):
                if _end(item) > span.begin:
                    packets[_identity(item)] = item
            elif source.time(item) < span.begin:
                before.append(replace(item, outside=True))
            elif since is not None and len(before) < max(self._run_up, 1):
                return None
            elif span.is_over(source.time(item)):
                raise UsageError(f"{source.path}: no frame begins within the span; make it longer")
            else:
                self.zero = source.time(item)
                return chain(before if self._run_up else (), packets.values(), [item], items)
        if not before:
            return None
        last = before[-1]
        length = source.time(last) + last.duration * source.decoder.time_base - span.origin
        raise UsageError(
            f"{source.path}: no frame at or after {float(span.begin - span.origin):.3f} s; "
            f"the film is {float(length):.3f} s long"
        )

    def _captions(self) -> Iterator[av.Packet]:
        """Subtitles that are on screen when the span begins, and the first ones after."""
        source = self.source
        captions = [s for s in source.copied if s.type == "subtitle"]
        if not captions:
            return
        source.seek(self._span.begin - _LONGEST_SUBTITLE)
        for packet in source.container.demux(source.video, *captions):
            if packet.stream is not source.video:
                if packet.size and _end(packet) > self._span.begin:
                    yield packet
            elif packet.dts is not None and _time(packet) > self._span.begin:
                return


def _time(packet: av.Packet) -> Fraction:
    """Seconds on the film's clock; without a time, the beginning of everything."""
    ticks = packet.dts if packet.pts is None else packet.pts
    return Fraction(0) if ticks is None else ticks * packet.time_base


def _end(packet: av.Packet) -> Fraction:
    """Until when `packet` matters: a subtitle while it is shown, sound until it begins."""
    if packet.stream.type == "subtitle":
        return _time(packet) + (packet.duration or 0) * packet.time_base
    return _time(packet)


def _identity(packet: av.Packet) -> tuple[int, int | None, int | None]:
    return packet.stream.index, packet.pts, packet.pos


def _moved(packet: av.Packet, zero: Fraction) -> Iterator[av.Packet]:
    """`packet` with the moment `zero` as time 0, to the nearest tick; none if it lies before.

    A subtitle that is still shown at `zero` is cut to begin there.
    """
    if _end(packet) < zero:
        return
    ticks = round(zero / packet.time_base)
    if packet.dts is not None:
        packet.dts -= ticks
    if packet.pts is not None:
        packet.pts -= ticks
        if packet.pts < 0:
            packet.duration = (packet.duration or 0) + packet.pts
            packet.pts = packet.dts = 0
    yield packet
