"""Warns of a disk that will not hold the film."""

from fractions import Fraction

from vidcolor.output.writer import Writer
from vidcolor.pipeline.listener import Note

FIRST_FORECAST = Fraction(10)
"""Seconds of film after which, and at each doubling, disk space is estimated again."""


class Forecast:
    """Warns, once, of a disk that will not hold the film.

    length: of the film in seconds, None where it is unknown and nothing can be foretold.
    """

    def __init__(self, writer: Writer, length: Fraction | None, note: Note) -> None:
        self._writer, self._length, self._note = writer, length, note
        self._next = FIRST_FORECAST

    def __call__(self, done: Fraction) -> None:
        """Take note that so many seconds are written."""
        if not self._length or done < self._next:
            return
        self._next = 2 * done
        if shortage := self._writer.shortage(done / self._length):
            self._note(shortage)
            self._length = None
