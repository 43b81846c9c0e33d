"""Segments that follow upon one another, read and colored in one pass."""

from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from itertools import chain

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.errors import UsageError
from vidcolor.input.frames import Frame, Picture
from vidcolor.input.midway import Midway
from vidcolor.input.reader import constant_rate
from vidcolor.input.span import Span
from vidcolor.jobs.task import INEXACT, IndivisibleError, Task
from vidcolor.pipeline.batches import reach
from vidcolor.pipeline.order import Part
from vidcolor.pipeline.stages import ColoredFrame, colorize_frames, keeps_none


class Row:
    """The frames of segments in a row; is to be closed.

    The frames around a segment that its color depends on are read for the row only once, and the
    next segment is read and colored ahead while one is being encoded.

    Args:
        task: the film.
        colorizer: made by its settings.
        stored: returns how the film stores its picture.
        first, last: the segments.
        behind: so many seconds of what follows the last of them are wanted, too.

    Raises IndivisibleError where the first of them holds no frame, and as `Reader`.
    """

    next: int
    """The segment whose frames come next; behind the last one there is none."""
    previous: int | None
    """The pts in the output of the frame before it; None where none was seen."""

    def __init__(
        self,
        task: Task,
        colorizer: Colorizer,
        stored: Callable[[Picture], FilmFormat],
        first: int,
        last: int,
        behind: Fraction,
    ) -> None:
        self._task, self.next = task, first
        settings, work = task.order.settings, task.work
        segments = work.plan.segments
        run_up, run_out = reach(colorizer, settings.cuts.times)
        # A frame in front at least: it shows that the segment is the one behind that before.
        part = replace(
            _in_one(*segments[first : last + 1], behind=behind if last + 1 < len(segments) else 0),
            run_up=max(run_up, 1),
            run_out=run_out,
        )
        with ExitStack() as opened:
            try:
                threads = task.order.encoder.threads
                reader = opened.enter_context(
                    part.read(task.order.source, thorough=True, threads=threads)
                )
            except UsageError as error:
                raise IndivisibleError(str(error)) from error
            self.reader = reader
            self.stored = stored(reader.picture)
            self._shift = reader.moved - task.zero
            self.previous = None if reader.previous is None else reader.previous - task.zero
            self._midway = Midway(constant_rate(reader.video))
            begin = replace(task.begin, pts=task.begin.pts - self._shift)
            self._midway.see(task.begin, reader.seconds(begin), reader.picture)
            self._known = list(self._midway.lines)
            batches = opened.enter_context(
                colorize_frames(
                    reader,
                    colorizer,
                    colorizer.film(self.stored),
                    settings.cuts.times,
                    keeps_color=(
                        work.first.has_color if work.first and settings.only_gray else keeps_none
                    ),
                    drift=work.first.drift if work.first else None,
                    hints=work.hints,
                )
            )
            self._frames = chain.from_iterable(batch.frames for batch in batches)
            self._ahead = deque[ColoredFrame]()
            self._opened = opened.pop_all()

    def segment(self) -> Iterator[tuple[ColoredFrame, Frame]]:
        """Yield the frames of the next segment, each also as it is in the output, at its time.

        Raises IndivisibleError where the segment can't tell what one go tells of it.
        """
        planned = self._task.work.plan.segments[self.next]
        span = Span.of(Fraction(0), planned.start, planned.duration)
        count = 0
        while colored := self._next_within(span):
            frame = colored.frame
            self._midway.see(frame, self.reader.seconds(frame), self.reader.picture)
            written = self._written(frame)
            yield colored, written
            self.previous = written.pts
            count += 1
        if self._midway.lines != self._known:  # only who sees all frames can tell when
            raise IndivisibleError("; ".join(self._midway.lines))
        if self.reader.warnings:
            raise IndivisibleError("; ".join(self.reader.warnings))
        if not count:
            raise IndivisibleError(INEXACT)
        self.next += 1

    def behind(self, seconds: Fraction, most: int) -> list[tuple[ColoredFrame, Frame]]:
        """Return the frames of so many seconds behind the last segment, at most so many of them.

        The next segment yields them again.
        """
        planned = self._task.work.plan.segments[self.next - 1]
        if planned.duration is None:
            return []
        span = Span.of(Fraction(0), planned.start, planned.duration + seconds)
        seen: list[ColoredFrame] = []
        while len(seen) < most and (colored := self._next_within(span)):
            seen.append(colored)
        self._ahead.extendleft(reversed(seen))
        return [(colored, self._written(colored.frame)) for colored in seen]

    def close(self) -> None:
        """Let go of the film."""
        self._opened.close()

    def _next_within(self, span: Span) -> ColoredFrame | None:
        """Return the next frame; None where it lies behind a span, or there is none."""
        colored = self._ahead.popleft() if self._ahead else next(self._frames, None)
        if colored is not None and span.is_over(self.reader.seconds(colored.frame)):
            self._ahead.appendleft(colored)
            return None
        return colored

    def _written(self, frame: Frame) -> Frame:
        """Return a frame at its time in the output."""
        return replace(frame, pts=frame.pts + self._shift)


def row_end(index: int, todo: Collection[int]) -> int:
    """Return the last of the segments to do that follow upon one another from one on."""
    while index + 1 in todo:
        index += 1
    return index


def _in_one(first: Part, *others: Part, behind: Fraction | int) -> Part:
    """Return segments that follow upon one another, and so many seconds behind, as one part."""
    last = others[-1] if others else first
    if last.duration is None:
        return Part(first.start, None)
    return Part(first.start, (last.start or 0) + last.duration + behind - (first.start or 0))
