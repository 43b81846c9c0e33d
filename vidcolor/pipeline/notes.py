"""Notes and warnings about a film while it is made, and what `--strict` refuses."""

from collections.abc import Iterable
from fractions import Fraction

from vidcolor.color.tint import Look
from vidcolor.errors import InputError, OutputError
from vidcolor.input.reader import Reader
from vidcolor.output.writer import Writer
from vidcolor.pipeline.listener import Note
from vidcolor.pipeline.stages import ColoredFrame

FIRST_FORECAST = Fraction(10)
"""Seconds of film after which, and at each doubling, disk space is estimated again."""

MEMORY_NOTE = "out of memory: from here on in smaller batches"
LOOK_NOTES = {
    Look.TINTED: "the source is tinted: only its luma is used",
    Look.COLORED: "the source has colour: only its luma is used",
}
"""What is said of a source that is not grey."""


class RunNotes:
    """Gathers what there is to tell of a film, frame by frame.

    note: is given each line, once. only_gray: shots that have color keep it. notes: the lines so
    far. shots: numbers of the frames, from 0, with which shots begin. confidence: as in
    `ColoredFrame`, of each frame so far.
    """

    def __init__(self, note: Note, only_gray: bool = False) -> None:
        self.notes: list[str] = []
        self.shots: list[int] = []
        self.confidence: list[float | None] = []
        self._note = note
        self._only_gray = only_gray
        self._looks: set[Look] = set()

    def tell(self, lines: Iterable[str]) -> None:
        """Note those of the lines that are new."""
        for line in lines:
            if line not in self.notes:
                self.notes.append(line)
                self._note(line)

    def add(self, colored: ColoredFrame) -> None:
        """Take the film's next frame."""
        if colored.frame.begins_shot or not self.confidence:
            self.shots.append(len(self.confidence))
        self.confidence.append(colored.confidence)
        if not colored.is_kept:
            self._looks.add(colored.frame.look)
        if Look.COLORED in self._looks and not self._only_gray:
            self.tell([LOOK_NOTES[Look.COLORED]])

    def end(self) -> None:
        """Tell what is known once all frames are there."""
        if Look.TINTED in self._looks and Look.COLORED not in self._looks:
            self.tell([LOOK_NOTES[Look.TINTED]])
        if kept := self.confidence.count(None):
            self.tell([f"{kept} frame{'s' * (kept != 1)} had colour: kept as it was"])


def left_out(reader: Reader, writer: Writer) -> list[str]:
    """Return what of the source does not come along, a line each."""
    return [f"left out: {line}" for line in [*reader.left_out, *writer.left_out]]


def refuse_losses(reader: Reader, writer: Writer) -> None:
    """Raise what is damaged or would be missing, as far as it is known.

    Raises:
        InputError: the source is damaged.
        OutputError: something of it would be left out or lost.
    """
    if warnings := reader.warnings:
        raise InputError(
            f"{reader.path}: {'; '.join(warnings)}; get a sound copy, or leave --strict out"
        )
    if lost := [*left_out(reader, writer), *writer.losses]:
        raise OutputError(
            f"{writer.path}: {'; '.join(lost)}; choose another output, or leave --strict out"
        )


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
