"""Reading a part of a film: finding its first frame, and moving its times to begin at 0."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av

from vidcolor.errors import UsageError
from vidcolor.input.frames import Frame, Picture
from vidcolor.input.late_streams import packets
from vidcolor.input.source import Item, Source, in_order
from vidcolor.input.streams import packet_end, packet_time

if TYPE_CHECKING:
    from av.container.core import Chapter


# Containers give their start in whole microseconds, and a frame that begins exactly there must be
# inside the span.
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
    """Where a player sees the film begin."""
    begin: Fraction
    end: Fraction | None
    """None if the span lasts to the film's last frame."""

    @classmethod
    def of(cls, origin: Fraction, start: Fraction | None, duration: Fraction | None) -> "Span":
        """Return the span of `duration` seconds that begins `start` seconds after `origin`.

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
        """Tell whether `time` lies at or behind the end."""
        return self.end is not None and time >= self.end


class Excerpt:
    """The items of a film that lie within a span, with the first frame's time as 0.

    Args:
        path: the film.
        span: the part to read.
        first: when the film's first frame is shown, in seconds on its clock.
        film: what holds for the film's frames.
        run_up, run_out: how many frames to deliver from before and behind the span, as far as the
            film has them.
        thorough, threads: as for `Source`.

    Raises:
        UsageError: no frame lies within the span.
    """

    source: Source
    """The opened file that the items come from."""
    begin: Frame
    """The first frame within the span, at its time in the film, without its planes."""
    zero: Fraction
    """When it is shown, in seconds on the film's clock."""
    previous: int | None
    """The pts, on that clock, of the frame before the span; None if no run-up shows it."""

    def __init__(
        self,
        path: Path,
        span: Span,
        *,
        first: Fraction,
        film: Picture,
        run_up: int,
        run_out: int,
        thorough: bool,
        threads: int | None,
    ) -> None:
        self._span = span
        self._run_up = run_up
        self._run_out = run_out
        # A seek may lead to a place too late for the run-up, so each try goes farther back.
        back = None
        while True:
            self.source = Source(path, film=film, thorough=thorough, threads=threads)
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
        """Yield frames, with run-up and run-out, and packets in the order of the file.

        Their times are moved so that the first frame within the span is at 0.
        """
        # Behind the span's last frame, sound may still lag: its packets are waited for.
        run_out = self._run_out
        lagging = {s.index for s in self.source.copied if s.type == "audio"}
        ticks = self.ticks
        for item in self._items:
            if isinstance(item, Frame):
                is_over = self._span.is_over(self.source.time(item))
                if not is_over or run_out:
                    yield replace(item, pts=item.pts - ticks, outside=item.outside or is_over)
                    run_out -= is_over
                    continue
                self.source.decoding = False
            else:
                time = packet_time(item)
                if not self._span.is_over(time):
                    yield from _move(item, self.zero)
                    continue
                lagging.discard(item.stream.index)
                if self._span.is_over(time - _LONGEST_LAG):
                    lagging.clear()
            if not self.source.decoding and not lagging:
                self.source.find_late()
                return

    @property
    def ticks(self) -> int:
        """By how many ticks the times of frames are moved: `zero`, in the picture's time base."""
        return round(self.zero / self.source.decoder.time_base)

    def chapters(self, chapters: list["Chapter"]) -> list["Chapter"]:
        """Return the parts of `chapters` that lie within the span, with their times moved."""
        kept: list[Chapter] = []
        for chapter in chapters:
            base = chapter["time_base"]
            assert base is not None
            zero, end = round(self.zero / base), chapter["end"]
            if self._span.end is not None:
                end = min(end, round((self._span.end + _ROUNDING) / base))
            start = max(chapter["start"], zero)
            if start < end:
                kept.append({**chapter, "start": start - zero, "end": end - zero})
        return kept

    def _first_step(self) -> Fraction:
        """Return how many seconds before the span should hold the run-up and one frame more.

        The frame more tells that the run-up is complete.
        """
        rate = self.source.decoder.average_rate
        return (self._run_up + 1) / rate if rate else _STEP_BACK

    def _find(self, since: Fraction | None) -> Iterator[Item] | None:
        """Return the items from the run-up on, and set `begin` and `zero`.

        They are read from `since`, in seconds on the film's clock, or from the film's start if it
        is None. Returns None if too few frames lie between `since` and the span. Raises UsageError
        if no frame lies within the span.
        """
        source, span = self.source, self._span
        # By identity, for a subtitle may be found both ahead of the span and on the way to it.
        ahead: dict[tuple[int, int | None, int | None], av.Packet] = {}
        if since is not None:
            ahead.update((_identity(p), p) for p in self._captions())
            source.seek(since)
        before: deque[Frame] = deque(maxlen=max(self._run_up, 1))
        items = source.items()
        for item in items:
            if not isinstance(item, Frame):
                if _matters_until(item) > span.begin:
                    ahead[_identity(item)] = item
            elif source.time(item) < span.begin:
                before.append(replace(item, outside=True))
            elif since is not None and len(before) < max(self._run_up, 1):
                return None
            elif span.is_over(source.time(item)):
                raise UsageError(f"{source.path}: no frame begins within the span; make it longer")
            else:
                self.begin, self.zero = item.without_planes(), source.time(item)
                self.previous = before[-1].pts if before else None
                run_up = before if self._run_up else ()
                return in_order(deque([*run_up, *ahead.values(), item]), items)
        if not before:
            return None
        last = before[-1]
        length = source.time(last) + last.duration * source.decoder.time_base - span.origin
        raise UsageError(
            f"{source.path}: no frame at or after {float(span.begin - span.origin):.3f} s; "
            f"the film is {float(length):.3f} s long"
        )

    def _captions(self) -> Iterator[av.Packet]:
        """Yield subtitles that are on screen when the span begins, and the first ones after."""
        source = self.source
        captions = [s for s in source.copied if s.type == "subtitle"]
        if not captions:
            return
        source.seek(self._span.begin - _LONGEST_SUBTITLE)
        for packet in packets(source.container, source.video, *captions):
            if packet.stream is not source.video:
                if packet.size and _matters_until(packet) > self._span.begin:
                    yield packet
            elif packet.dts is not None and packet_time(packet) > self._span.begin:
                return


def _matters_until(packet: av.Packet) -> Fraction:
    """Return until when `packet` matters: a subtitle while it is shown, sound until it begins."""
    return packet_end(packet) if packet.stream.type == "subtitle" else packet_time(packet)


def _identity(packet: av.Packet) -> tuple[int, int | None, int | None]:
    """Return what tells `packet` from every other packet of the file."""
    return packet.stream.index, packet.pts, packet.pos


def _move(packet: av.Packet, zero: Fraction) -> Iterator[av.Packet]:
    """Yield `packet` with the moment `zero` as time 0, to the nearest tick; nothing if it is over.

    A subtitle that is still shown at `zero` is shortened to begin there.
    """
    if _matters_until(packet) < zero:
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
