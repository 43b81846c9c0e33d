"""What frames say midway otherwise than the first one, where no output keeps it: an alpha channel,
headers of a frame sequence, and a turn."""

from fractions import Fraction

from vidcolor.input.frames import Frame, Picture
from vidcolor.input.timecode import advanced


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
                self._lines += [f"{line}, from {at} on" for line in new]
                if timecode != self._expected(time):
                    self._jumps.append(f"{timecode or 'none'} at {at}")
                    self._since = timecode, time
            else:
                self._since = timecode, time
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
        if not self._jumps:
            return self._lines
        more = len(self._jumps) - 1
        jump = f"the timecode's jump to {self._jumps[0]}" + (f", and {more} more" if more else "")
        return [*self._lines, jump]

    def _expected(self, time: Fraction) -> str | None:
        """Return the timecode of the frame at a time if the count has gone on."""
        timecode, since = self._since
        if timecode is None or self._rate is None:
            return None
        return advanced(timecode, time - since, self._rate)
