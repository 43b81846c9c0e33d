"""Listeners: functions that are told how work on a film goes on."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

Progress: TypeAlias = Callable[[int, Fraction, Fraction | None], None]
"""Is given the frames done, the seconds of film done, and those to do in all, None if unknown."""
Note: TypeAlias = Callable[[str], None]
"""Is given one line of text."""


def ignore_progress(frames: int, done: Fraction, length: Fraction | None) -> None:
    """Do nothing with the progress."""


def ignore_note(line: str) -> None:
    """Do nothing with a note."""


def ignore_life() -> None:
    """Do nothing about the sign of life."""


@dataclass(frozen=True)
class Listener:
    """The functions that are told of work while it is done.

    progress: called after each frame. note: called with each line that the user should read, as
    soon as it is known. reading: as progress, while a film is read beforehand. alive: called while
    work goes on of which there is no progress to tell.
    """

    progress: Progress = ignore_progress
    note: Note = ignore_note
    reading: Progress = ignore_progress
    alive: Callable[[], None] = ignore_life

    def once(self) -> "Listener":
        """Return the same, but for lines that it was told already."""
        told: set[str] = set()

        def note(line: str) -> None:
            if line not in told:
                told.add(line)
                self.note(line)

        return replace(self, note=note)


SILENT = Listener()
"""Ignores everything."""
