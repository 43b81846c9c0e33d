"""What a maker clicked and when, a line of JSON each: the record of one photograph's time."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vidcolor.errors import OutputError
from vidcolor.files import write_failure

SUFFIX = ".clicks.jsonl"
"""Of the file's name, behind that of the photograph."""

_ENDED = "ended"


class Clicks:
    """The record of one photograph: its time, and what was asked of the studio in it.

    Args:
        path: of the file.
        seconds: that the maker has.
        suggestions: whether colours are suggested.
    """

    def __init__(self, path: Path, seconds: float, suggestions: bool) -> None:
        self._path = path
        self._seconds = seconds
        self._suggestions = suggestions
        self._begun: float | None = None

    @property
    def passed(self) -> float:
        """How many seconds have passed; none before it has begun."""
        return 0.0 if self._begun is None else time.monotonic() - self._begun

    @property
    def left(self) -> float:
        """How many seconds are left; all of them before it has begun."""
        return max(0.0, self._seconds - self.passed)

    @property
    def has_begun(self) -> bool:
        """Whether the time runs, or is over."""
        return self._begun is not None

    def begin(self) -> None:
        """Let the time run, from now; what an earlier, broken-off try has left is replaced.

        Raises OutputError.
        """
        self._begun = time.monotonic()
        said = {"seconds": self._seconds, "suggestions": self._suggestions}
        self._write("w", {"began": said})

    def add(self, asked: str, content: Any) -> None:
        """Record what was asked. asked: method and path. content: of JSON. Raises OutputError."""
        self._write("a", {"asked": asked, "with": content})

    def end(self) -> None:
        """Record that the time is over, or was ended. Raises OutputError."""
        self._write("a", {_ENDED: True})

    def _write(self, mode: str, said: Mapping[str, Any]) -> None:
        line = {"at": round(self.passed, 3), **said}
        try:
            with self._path.open(mode, encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:
            raise OutputError(f"{self._path}: {write_failure(error)}") from error


def is_ended(path: Path) -> bool:
    """Tell whether a record says that its photograph's time is over."""
    try:
        last = path.read_bytes().splitlines()[-1]
        return json.loads(last).get(_ENDED) is True
    except (OSError, ValueError, IndexError, AttributeError):
        return False
