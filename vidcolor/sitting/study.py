"""`Study`: what is judged, and how it is asked."""

from dataclasses import dataclass
from enum import StrEnum

TRUTH = "the truth"
"""The name of the photographs as they were taken, among the sources."""

SECONDS = 1.0
"""How long each picture is shown."""

LATE = 0.05
"""By how many seconds it may be shown for longer or shorter; else it does not count."""

SIZE = 512
"""The long side, in pixels, at which pictures are shown; smaller ones are not enlarged."""


class Ask(StrEnum):
    """What a judge is asked.

    WHICH: which of two pictures, a photograph and the same one coloured, is the photograph.
    NATURAL: whether one picture looks natural.
    """

    WHICH = "which"
    NATURAL = "natural"


@dataclass(frozen=True)
class Study:
    """What is judged, and how it is asked.

    truths: the photographs' names, as in `photographs`, in alphabetical order. sources: the names
    of what coloured them. side_by_side: whether the two pictures of `Ask.WHICH` are shown at once,
    not one after the other.
    """

    truths: tuple[str, ...]
    sources: tuple[str, ...]
    ask: Ask = Ask.WHICH
    side_by_side: bool = False

    @property
    def shown(self) -> tuple[str, ...]:
        """What is asked about: the sources, and the truth too if one picture is shown alone."""
        return (*self.sources, TRUTH) if self.ask is Ask.NATURAL else self.sources
