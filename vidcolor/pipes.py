"""Standard input and standard output as the places of films."""

import io
import os
import shutil
import stat
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

from vidcolor.errors import InputError, UsageError

PIPE = Path("-")
"""What stands for standard input as an input and for standard output as an output."""

_STDIN, _STDOUT = 0, 1


def standard_input() -> Path:
    """The name of standard input, as a file that can be opened, more than once, and sought in.

    What a pipe brings is gathered first, to its end, in a temporary file in the folder that TMPDIR
    names; it has no name and vanishes with the process, however that ends. It then takes the
    place of the pipe. So films work that can't be read front to back, like an MP4 with its index
    at the end, and spans, at the price of disk space for a copy.

    Raises:
        UsageError: standard input is closed or a terminal.
        InputError: there is no room for the copy.
    """
    if sys.stdin is None or os.isatty(_STDIN):
        raise UsageError("-: nothing is piped into standard input; pipe a film, or name one")
    path = Path("/dev/stdin")
    if not stat.S_ISREG(os.fstat(_STDIN).st_mode):
        try:
            with tempfile.TemporaryFile() as copy:
                with open(_STDIN, "rb", closefd=False) as pipe:
                    shutil.copyfileobj(pipe, copy, 1 << 20)
                copy.flush()
                os.dup2(copy.fileno(), _STDIN)
        except OSError as error:
            raise InputError(
                f"{path}: can't be copied into {tempfile.gettempdir()}: {error.strerror}; "
                "free some space, or set TMPDIR to another folder"
            ) from error
    return path


class StandardOutput:
    """Standard output as the place of a film, to which it goes while it is made.

    A film that fails can't be taken back: what is on its way ends there, and the exit code tells.

    Raises:
        UsageError: standard output is closed or a terminal.
    """

    file: io.BytesIO
    """What is written into it waits for `flush`, so that no signal comes while FFmpeg writes."""

    def __init__(self) -> None:
        if sys.stdout is None or os.isatty(_STDOUT):
            raise UsageError("-: standard output is no pipe or file; pipe it into a program")
        self.file = _Gathered()

    def flush(self) -> None:
        """Send off what is in `file`. Raises OSError."""
        waiting = memoryview(self.file.getvalue())
        self.file.seek(0)
        self.file.truncate()
        while waiting:
            waiting = waiting[os.write(_STDOUT, waiting) :]

    def commit(self) -> None:
        """Send off the rest. Raises OSError."""
        self.flush()

    def shortage(self, written: int, share: Fraction) -> None:
        """Nobody knows what is behind a pipe."""

    def left(self) -> None:
        """Nothing is left here."""

    def discard(self) -> None:
        """Send nothing more."""


class _Gathered(io.BytesIO):
    def seekable(self) -> bool:
        return False
