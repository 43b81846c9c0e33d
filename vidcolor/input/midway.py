"""What frames say midway otherwise than the first one, where no output keeps it: an alpha channel,
headers of a frame sequence or of DV, and a turn."""

from datetime import datetime, timedelta
from fractions import Fraction

from vidcolor.input.frames import Frame, Picture
from vidcolor.input.timecode import advanced

_SAME_RECORDING = 1.5
"""By how many seconds a camera's clock, which counts whole ones, may be off the film's."""


class Midway:
    """Gathers it, frame by frame.

    rate: frames a second; None if unknown.
    """

    def __init__(self, rate: Fraction | None) -> None:
        self._rate = rate
        self._last: Fraction | None = None
        self._begun = self._has_alpha = self._is_turned = False
        self._turns: list[str] = []
        self._named: set[str] = set()
        """What of the headers so far is left out."""
        self._since: tuple[str | None, Fraction] = (None, Fraction(0))
        """The last timecode that did not follow from the one before, and when it came."""
        self._jumps: list[str] = []
        self._recorded: tuple[datetime, Fraction] | None = None
        """When the last frame of which that is known was recorded, and when it came."""
        self._recordings: list[str] = []
        self._still: str | None = None
        """The timecode that all frames so far bear; None if they do not share one."""
        self._lines: list[str] = []

    def see(self, frame: Frame, time: Fraction, picture: Picture) -> None:
        """Take the next frame that is written, or the same again.

        time: of it, in seconds. picture: what holds for the film.
        """
        if time == self._last:
            return
        self._last = time
        marks, at = frame.marks, f"{float(time):.3f} s"
        if not marks.is_opaque and not self._has_alpha:
            self._has_alpha = True
            self._lines.append(f"alpha channel, from {at} on" if self._begun else "alpha channel")
        if marks.header is not None:
            new = [line for line in marks.header.left_out if line not in self._named]
            self._named.update(new)
            timecode = marks.header.timecode
            if self._begun:
                self._still = self._still if timecode == self._still else None
                self._lines += [f"{line}, from {at} on" for line in new]
                if self._rate is not None and timecode != self._expected(time):
                    self._jumps.append(f"{timecode or 'none'} at {at}")
                    self._since = timecode, time
            else:
                self._since, self._still = (timecode, time), timecode
            if marks.header.recorded is not None:
                self._see_recorded(marks.header.recorded, time, at)
        is_turned = marks.display_matrix != picture.display_matrix
        if is_turned and not self._is_turned:
            self._turns.append(at)
        self._is_turned = is_turned
        self._begun = True

    @property
    def turned(self) -> list[str]:
        """A line that tells when frames were to be turned otherwise than the film, if any were."""
        if not self._turns:
            return []
        more = len(self._turns) - 1
        times = self._turns[0] + (f" and {more} more times" if more else "")
        return [f"another rotation or mirroring at {times}: taken as at the beginning"]

    @property
    def lines(self) -> list[str]:
        """What is left out, as far as it is known, one line each."""
        jumps = _some("the timecode's jump to", self._jumps)
        if self._jumps and self._still is not None:
            jumps = [f"that all frames bear the same timecode, {self._still}"]
        return [
            *self._lines,
            *jumps,
            *_some("the recording's date, which becomes", self._recordings),
        ]

    def _see_recorded(self, recorded: datetime, time: Fraction, at: str) -> None:
        """Take when a frame was recorded which comes at a time, in seconds, that `at` names."""
        if self._recorded is None:
            goes_on = not self._begun
        else:
            before, then = self._recorded
            passed = recorded - before - timedelta(seconds=float(time - then))
            goes_on = abs(passed.total_seconds()) < _SAME_RECORDING
        if not goes_on:
            self._recordings.append(f"{recorded} at {at}")
        self._recorded = recorded, time

    def _expected(self, time: Fraction) -> str | None:
        """Return the timecode of the frame at a time if the count has gone on."""
        timecode, since = self._since
        if timecode is None or self._rate is None:
            return None
        return advanced(timecode, time - since, self._rate)


def _some(what: str, found: list[str]) -> list[str]:
    """Return a line that names the first of what was found and counts the others, if any was."""
    if not found:
        return []
    more = len(found) - 1
    return [f"{what} {found[0]}" + (f", and {more} more" if more else "")]
