"""The times of decoded frames: those of the file, made to advance."""

from fractions import Fraction
from pathlib import Path

import av

from vidcolor.errors import UnsupportedError

LONGEST_STEP_BACK = Fraction(1)
"""A longer step back in time, in seconds, is no jitter but a new clock: a joined recording."""


class FrameTimes:
    """Gives every frame of one video stream a time, in ticks.

    A frame without one gets the previous frame's time plus its duration, and a time that does not
    advance becomes the previous time plus one tick.

    path: the film. average_rate: frames a second, None if unknown.
    """

    def __init__(self, path: Path, stream: av.VideoStream, average_rate: Fraction | None) -> None:
        self._path, self._stream, self._average_rate = path, stream, average_rate
        assert stream.time_base is not None
        self._time_base: Fraction = stream.time_base
        # AVI stores no presentation times, and the guess made from its packets runs backwards.
        self._clock = "dts" if stream.container.format.name == "avi" else "pts"
        self._at_start = True
        self._previous: tuple[int, int] | None = None
        self.mended = 0
        """How many frames had a time that did not advance."""
        self.first_mended: int | None = None
        """When the first of them is shown now, in ticks; None if there is none."""

    def restart(self) -> None:
        """Prepare for frames from another place: those without a time have none until one has."""
        self._at_start = False
        self._previous = None
        self.mended, self.first_mended = 0, None

    def told(self, item: av.Packet | av.VideoFrame) -> int | None:
        """Return the time, in ticks, that the file tells of a packet or frame; None if none."""
        time: int | None = getattr(item, self._clock)
        return time

    @property
    def expects_frames(self) -> bool:
        """Whether a packet that can't be decoded would have given a frame to deliver."""
        return self._at_start or self._previous is not None

    @property
    def next(self) -> int | None:
        """When the next frame is to be shown, in ticks; None before the first one."""
        return sum(self._previous) if self._previous else None

    def of(self, frame: av.VideoFrame) -> tuple[int, int] | None:
        """Return the time and the duration of the next frame; None if nothing tells its time.

        Raises UnsupportedError if its time jumps back by more than `LONGEST_STEP_BACK`.
        """
        self._previous = self._found(frame) or self._previous
        return self._previous

    def _found(self, frame: av.VideoFrame) -> tuple[int, int] | None:
        usual = self._usual_duration()
        duration = frame.duration or usual
        if frame.interlaced_frame and 2 * duration == usual:
            duration = usual  # packets hold a field each (PAFF), and tell how long that lasts
        time = self.told(frame)
        if self._previous is None:
            if time is None and self._at_start:
                time = self._stream.start_time or 0
            return None if time is None else (time, duration)
        last, last_duration = self._previous
        if time is None:
            time = last + max(last_duration, 1)
        elif time <= last:
            back = (last - time) * self._time_base
            if back > LONGEST_STEP_BACK:
                raise UnsupportedError(
                    f"{self._path}: its times jump back by {float(back):.1f} s at "
                    f"{float(last * self._time_base):.3f} s; join the recording cleanly first"
                )
            self.mended += 1
            time = last + 1
            self.first_mended = time if self.first_mended is None else self.first_mended
        return time, duration

    def _usual_duration(self) -> int:
        """Return the ticks that a frame lasts at the average rate; 0 without one."""
        return round(1 / (self._average_rate * self._time_base)) if self._average_rate else 0
