"""Finds the shot that a moment of a film belongs to, and reads no more of the film for it."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidcolor.errors import UsageError
from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader
from vidcolor.pipeline.batches import batches, mark_shots
from vidcolor.temporal.cuts import CutDetector

if TYPE_CHECKING:
    from vidcolor.pipeline.shot_samples import SampledShot, ShotSampler, ShotSamples

ROUNDED = Fraction(1, 1000)
"""By how much the time of a frame may have been rounded down by whoever wrote it."""

MOMENT = Fraction(0)
"""When a photograph is shown, as the only frame of a film."""

_STEP_BACK = Fraction(2)
"""How many seconds before a moment the beginning of its shot is looked for at first."""
_GROWTH = 4
"""How many times as far it is looked for then."""


@dataclass(frozen=True)
class Shot:
    """A shot: when each of its frames is shown, and when it is over, in `Reader.seconds`."""

    times: tuple[Fraction, ...]
    end: Fraction

    def on_screen(self, time: Fraction) -> int:
        """Return the number of the shot's frame that is on the screen at a time within it.

        A time rounded down to milliseconds is taken for the frame that it was written of.
        """
        return max(0, bisect_left(self.times, time + ROUNDED) - 1)


@dataclass(frozen=True)
class Extent:
    """A part of a film: the frames shown from `begin` to `end`, both in it, in `Reader.seconds`.

    None stands for the film's own beginning or end.
    """

    begin: Fraction | None = None
    end: Fraction | None = None

    @classmethod
    def of(cls, start: Fraction | None, duration: Fraction | None) -> "Extent":
        """Return that of a span, and as much more as the beginnings of spans are rounded."""
        return cls(
            None if start is None else start - ROUNDED,
            None if duration is None else (start or 0) + duration,
        )

    def __contains__(self, time: Fraction) -> bool:
        return (self.begin is None or self.begin <= time) and (self.end is None or time <= self.end)

    def __and__(self, other: "Extent") -> "Extent | None":
        """Return what both have in common; None if that is nothing."""
        begin = max((t for t in (self.begin, other.begin) if t is not None), default=None)
        end = min((t for t in (self.end, other.end) if t is not None), default=None)
        return None if begin is not None and end is not None and begin > end else Extent(begin, end)


def merge_extents(extents: Sequence[Extent]) -> list[Extent]:
    """Return the same part of the film as extents that have nothing in common, in order."""
    merged: list[Extent] = []
    for extent in sorted(extents, key=lambda each: (each.begin is not None, each.begin or 0)):
        if merged and merged[-1] & extent:
            last, ends = merged[-1], (merged[-1].end, extent.end)
            end = None if None in ends else max(filter(None, ends))
            merged[-1] = Extent(last.begin, end)
        else:
            merged.append(extent)
    return merged


class Shots:
    """The shots of a film, found as they are asked for.

    Args:
        path: the film.
        cuts: as for `mark_shots`.
        known: shots that were found before.
        frame_read: is called after each frame; what it raises ends the search.
        sampler: takes samples of the shots that are looked for; None if nobody wants them.
    """

    def __init__(
        self,
        path: Path,
        cuts: Sequence[Fraction] | None,
        known: Sequence[Shot] = (),
        frame_read: Callable[[], None] = lambda: None,
        sampler: "ShotSampler[Any] | None" = None,
    ) -> None:
        self.samples: dict[Fraction, ShotSamples[Any]] = {}
        """Those of the shots that were looked for, by the time when the shot begins."""
        self._sampler = sampler
        self._path = path
        self._frame_read = frame_read
        self._cuts = cuts
        self._found: list[Shot] = list(known)
        self._end: Fraction | None = None
        """When the film is over, once that is known."""

    def at(self, time: Fraction) -> Shot:
        """Return the shot to which the frame on the screen at `time` belongs.

        Before the film's first frame that is its first shot. Raises UsageError, which begins with
        the time, where the film is over by then; and as `Reader`.
        """
        shot = self.find(time)
        if shot is None:
            assert self._end is not None
            raise UsageError(
                f"{float(time):.3f} s lies behind the end of the film, which is "
                f"{float(self._end):.3f} s long"
            )
        return shot

    def find(self, time: Fraction) -> Shot | None:
        """Return the same, or None where the film is over by then. Raises as `Reader`."""
        moment = time + ROUNDED
        for shot in self._found:
            if shot.times[0] < moment <= shot.end:
                return shot
        back = _STEP_BACK
        while not self.is_over(time):
            if found := self._search(moment, max(Fraction(0), time - back)):
                self._found.append(found)
                return found
            back *= _GROWTH
        return None

    def is_over(self, time: Fraction) -> bool:
        """Tell whether the film is known to be over by a time."""
        return self._end is not None and time >= self._end

    def following(
        self, begin: Fraction, frame_read: Callable[[], None] = lambda: None
    ) -> Iterator[Shot]:
        """Yield the shots from the one that begins at `begin` on, to the end of the film.

        begin: when a shot begins. frame_read: is called after each frame. Raises as `Reader`.
        """
        times: list[Fraction] = []
        end = begin
        for frame, time, frame_end in self._frames(begin):
            frame_read()
            if frame.begins_shot and times:
                yield self._remembered(Shot(tuple(times), time))
                times = []
            times.append(time)
            end = frame_end
        if times:
            self._end = end
            yield self._remembered(Shot(tuple(times), end))

    def _remembered(self, shot: Shot) -> Shot:
        """Return a shot, the one that was found before if it was."""
        for known in self._found:
            if known == shot:
                return known
        self._found.append(shot)
        return shot

    def first_from(self, time: Fraction) -> Fraction:
        """Return when the first frame at or after `time` is shown, as `Reader` takes a start.

        Where there is none, that of the last frame. Raises as `at`.
        """
        shot = self.at(time)
        later = [each for each in shot.times if each >= time - Fraction(1, 1_000_000)]
        return later[0] if later else shot.end

    def any_within(self, begin: Fraction, end: Fraction) -> bool:
        """Tell whether a frame is shown from a time on, up to another. Raises as `at`."""
        first = self.first_from(begin)
        return first < end and self.find(first) is not None

    def _search(self, moment: Fraction, start: Fraction) -> Shot | None:
        """Return the shot of the last frame before `moment`; None if it begins before `start`."""
        times: list[Fraction] = []
        sampled: SampledShot[Any] | None = None
        is_whole = not start
        end = Fraction(0)
        for frame, time, frame_end in self._frames(start):
            starts = frame.begins_shot or (is_whole and not times)
            if time >= moment and (starts or not is_whole) and (times or start):
                return self._found_whole(times, time, sampled) if is_whole and times else None
            if starts:
                times, is_whole = [time], True
                sampled = None if self._sampler is None else self._sampler.begun(time)
            else:
                times.append(time)
            if sampled is not None:
                sampled.add(frame, time)
            end = frame_end
        if times:
            self._end = end
        if is_whole and moment - ROUNDED < end:
            return self._found_whole(times, end, sampled)
        return None

    def _found_whole(
        self, times: Sequence[Fraction], end: Fraction, sampled: "SampledShot[Any] | None"
    ) -> Shot:
        """Return a shot that was read to its end, and keep its samples."""
        if sampled is not None:
            self.samples[times[0]] = sampled.finished(end)
        return Shot(tuple(times), end)

    def _frames(self, start: Fraction) -> Iterator[tuple[Frame, Fraction, Fraction]]:
        """Yield the frames from `start` on, with when each begins and ends."""
        try:
            reader = Reader(self._path, start=start or None, run_up=CutDetector.lookback)
        except UsageError:
            if not start:
                raise
            return
        with reader:
            base = reader.picture.time_base
            last: Frame | None = None
            for batch in mark_shots(batches(reader, 1), reader, self._cuts):
                for frame in batch.frames:
                    if frame.outside:
                        continue
                    length = frame.duration or (frame.pts - last.pts if last else 1)
                    time, last = reader.seconds(frame), frame
                    self._frame_read()
                    yield frame, time, time + length * base


def frame_at(path: Path, time: Fraction) -> Frame:
    """Return the first frame of a film at or after a time. Raises as `Reader`."""
    with Reader(path, start=max(time, Fraction(0))) as reader:
        return next(each for each in reader if isinstance(each, Frame) and not each.outside)
