"""The frame of a film that is on screen at a time."""

from fractions import Fraction

from vidcolor.frames import Frame
from vidcolor.reader import Reader


class OnScreen:
    """The frame of a film that is on screen at a time; asked for times that never go back.

    reader: the film, of which nothing has been read yet. first: when its first frame is shown, as
    `Reader.seconds` says, even where the reader begins later.
    """

    skipped: int
    """Frames so far that were on screen at none of the times, though at times in between."""
    repeated: int
    """How often a frame was given again."""

    def __init__(self, reader: Reader, first: Fraction) -> None:
        self._reader, self._first = reader, first
        self._frames = (item for item in reader if isinstance(item, Frame))
        self._now: Frame | None = None
        self._next = next(self._frames, None)
        self._is_given = False
        self.skipped = self.repeated = 0

    @property
    def goes_on(self) -> bool:
        """Whether frames follow the last one given."""
        return self._next is not None

    def at(self, time: Fraction) -> Frame | None:
        """The frame, or None where the film has ended; time: seconds since its first frame."""
        while self._next is not None and self._begin(self._next) <= time:
            missed = self._now is not None and not (self._is_given or self._now.outside)
            self.skipped += missed
            self._now, self._next = self._next, next(self._frames, None)
            self._is_given = False
        if self._now is None or (self._next is None and self._is_over(self._now, time)):
            return None
        self.repeated += self._is_given
        self._is_given = True
        return self._now

    def _begin(self, frame: Frame) -> Fraction:
        return self._reader.seconds(frame) - self._first

    def _is_over(self, frame: Frame, time: Fraction) -> bool:
        length = frame.duration * self._reader.picture.time_base
        return bool(length) and time >= self._begin(frame) + length
