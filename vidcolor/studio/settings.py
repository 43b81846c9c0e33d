"""The settings by which the film is coloured: the command line's, and those of its hints."""

from collections.abc import Collection

from vidcolor.colorize.settings import ColorSettings
from vidcolor.hints.file import Hints
from vidcolor.hints.film_wide import settled
from vidcolor.net.decoding import load_decoding


class StudioSettings:
    """Knows the settings whatever the file of hints says.

    asked: those of the command line. given: the names of those that it gives, which win over the
    file's. Raises CheckpointError where there are no such weights.
    """

    def __init__(self, asked: ColorSettings, given: Collection[str]) -> None:
        self._asked = asked
        self._given = given
        self._decoding = load_decoding(asked.weights)

    def __call__(self, hints: Hints) -> ColorSettings:
        """Return the settings with those of a file."""
        return settled(self._asked, hints, self._given)

    def defaults(self) -> ColorSettings:
        """Return the settings that hold where the file says nothing, in full."""
        return self._asked.resolved(self._decoding)

    def command_line(self) -> list[str]:
        """Return the options of the command line that ask for the settings but for the file's."""
        return self._asked.command_line(self._decoding)
