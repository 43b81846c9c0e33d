"""Samples of shots: what is made of the first frame of each, and of every twelfth after it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader
from vidcolor.pipeline.batches import BATCH_SIZE, batches, mark_shots
from vidcolor.pipeline.first_pass import EVERY
from vidcolor.pipeline.listener import Listener
from vidcolor.temporal.cuts import CutDetector

Sample = TypeVar("Sample")
Look: TypeAlias = Callable[[Sequence[Frame], Sequence[Fraction]], Sequence[Sample]]
"""Makes samples of a few frames, which are given with their times in `Reader.seconds`."""


@dataclass
class ShotSamples(Generic[Sample]):
    """A shot and its samples, in order.

    begin, end: of the shot, in `Reader.seconds`.
    """

    begin: Fraction
    end: Fraction
    samples: list[Sample] = field(default_factory=list)


class ShotSampler(Generic[Sample]):
    """Reads shots of a film and takes samples of them.

    Args:
        path: the film.
        cuts: as for `mark_shots`.
        look: makes a sample of each of a few frames, in order.
        most: the most samples of a shot; of a longer one every second, fourth, ... of them count.
        listener: is told of the reading.
    """

    def __init__(
        self,
        path: Path,
        cuts: Sequence[Fraction] | None,
        look: Look[Sample],
        most: int,
        listener: Listener,
    ) -> None:
        self._path = path
        self._cuts = cuts
        self._look = look
        self._most = most
        self._listener = listener

    def __call__(
        self, first: Fraction | None, last: Fraction | None
    ) -> Iterator[ShotSamples[Sample]]:
        """Yield the samples of shots, from the one that begins at `first` to that shown at `last`.

        None stands for the film's own beginning or end. Raises as `Reader`.
        """
        start = first if first and first > 0 else None
        shot: SampledShot[Sample] | None = None
        frames = 0
        with Reader(self._path, start=start, run_up=CutDetector.lookback) as reader:
            base = reader.picture.time_base
            for batch in mark_shots(batches(reader, 1), reader, self._cuts):
                for frame in batch.frames:
                    if frame.outside:
                        continue
                    time = reader.seconds(frame)
                    frames += 1
                    self._listener.reading(frames, time - (start or 0), reader.duration)
                    if shot is None or frame.begins_shot:
                        if shot is not None:
                            yield shot.finished(time)
                        if last is not None and time > last:
                            return
                        shot = self.begun(time)
                    shot.add(frame, time)
                    end = time + max(frame.duration, 1) * base
        if shot is not None:
            yield shot.finished(end)

    def begun(self, begin: Fraction) -> "SampledShot[Sample]":
        """Return a shot that begins at a time, of which samples are to be taken."""
        return SampledShot(begin, self._look, self._most)


class SampledShot(Generic[Sample]):
    """A shot while it is read."""

    def __init__(self, begin: Fraction, look: Look[Sample], most: int) -> None:
        self._begin = begin
        self._look = look
        self._most = most
        self._samples: list[Sample] = []
        self._age = 0
        self._every = EVERY
        self._waiting: list[tuple[Frame, Fraction]] = []

    def add(self, frame: Frame, time: Fraction) -> None:
        """Take the shot's next frame, which is shown at a time."""
        if self._age % self._every == 0:
            self._waiting.append((frame, time))
        self._age += 1
        if len(self._waiting) == BATCH_SIZE:
            self._take()

    def finished(self, end: Fraction) -> ShotSamples[Sample]:
        """Return it with all its samples."""
        if self._waiting:
            self._take()
        return ShotSamples(self._begin, end, self._samples)

    def _take(self) -> None:
        frames, times = zip(*self._waiting, strict=True)
        self._samples += self._look(frames, times)
        self._waiting.clear()
        while len(self._samples) >= self._most:
            self._samples = self._samples[::2]
            self._every *= 2
