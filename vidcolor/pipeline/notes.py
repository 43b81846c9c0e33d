"""Notes about a film, gathered while it is made."""

from collections.abc import Iterable
from dataclasses import dataclass

from vidcolor.color.tint import Look
from vidcolor.pipeline.listener import Note
from vidcolor.pipeline.stages import ColoredFrame

MEMORY_NOTE = "out of memory: from here on in smaller batches"
LOOK_NOTES = {
    Look.TINTED: "the source is tinted: only its luma is used",
    Look.COLORED: "the source has colour: only its luma is used",
}
"""What is said of a source that is not grey."""


@dataclass(frozen=True)
class FrameNotes:
    """What there is to note of a frame; confidence: as in `ColoredFrame`."""

    begins_shot: bool
    look: Look
    confidence: float | None

    @classmethod
    def of(cls, colored: ColoredFrame) -> "FrameNotes":
        """Return what there is to note of a colored frame."""
        return cls(colored.frame.begins_shot, colored.frame.look, colored.confidence)

    def as_values(self) -> tuple[bool, str, float | None]:
        """Return it as JSON has it."""
        return self.begins_shot, self.look.value, self.confidence

    @classmethod
    def from_values(cls, begins_shot: bool, look: str, confidence: float | None) -> "FrameNotes":
        """Read what `as_values` gives."""
        return cls(begins_shot, Look(look), confidence)


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
        self.add_frame(FrameNotes.of(colored))

    def add_frame(self, frame: FrameNotes) -> None:
        """Take what there is to note of the film's next frame."""
        if frame.begins_shot or not self.confidence:
            self.shots.append(len(self.confidence))
        self.confidence.append(frame.confidence)
        if frame.confidence is not None:
            self._looks.add(frame.look)
        if Look.COLORED in self._looks and not self._only_gray:
            self.tell([LOOK_NOTES[Look.COLORED]])

    def end(self) -> None:
        """Tell what is known once all frames are there."""
        if Look.TINTED in self._looks and Look.COLORED not in self._looks:
            self.tell([LOOK_NOTES[Look.TINTED]])
        if kept := self.confidence.count(None):
            self.tell([f"{kept} frame{'s' * (kept != 1)} had colour: kept as it was"])
