"""Running a Click command as a process: errors become one line and an exit code."""

import errno
import io
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from vidcolor.errors import (
    UsageError,
    VidcolorError,
    is_out_of_memory,
    is_out_of_threads,
)
from vidcolor.files import write_failure
from vidcolor.signals import ENDING
from vidcolor.text import one_line

FAILURE, WRONG_USAGE = 1, 2


def run(command: click.Command) -> NoReturn:
    """Run `command` on the process's arguments and exit.

    The exit code is 0 when done, 1 after a failure, 2 for wrong usage, and 128 plus the signal's
    number after SIGINT (130), SIGTERM (143) and SIGHUP. These unwind the stack, so that temporary
    files are removed.
    """
    _stand_in_for_closed_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # the name of a file may be any bytes
    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _terminate)
    try:
        code = command.main(standalone_mode=False) or 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = error.exit_code
    except click.ClickException as error:
        click.echo(f"Error: {error.format_message()}{_hint(error)}", err=True)
        code = error.exit_code
    except VidcolorError as error:
        say(error)
        code = WRONG_USAGE if isinstance(error, UsageError) else FAILURE
    except OSError as error:
        reason = write_failure(error) if error.errno == errno.EROFS else error.strerror
        named = f"{error.filename or 'file system'}: {reason}"
        say(error, _shortage(error) if is_out_of_memory(error) else named)
        code = FAILURE
    except SystemExit as end:
        _say_notes(end)
        raise
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        say(error, _shortage(error))
        code = FAILURE
    sys.exit(code)


def _hint(error: click.ClickException) -> str:
    """Return what to write for a file whose name was taken for an option; else nothing."""
    if not isinstance(error, click.NoSuchOption):
        return ""
    file = next((a for a in sys.argv[1:] if a.startswith("-") and Path(a).is_file()), None)
    return f" Write ./{file} for the file of that name." if file else ""


def say(error: Exception, text: str | None = None) -> None:
    """Print an error in one line, its own text unless `text` is given, and its notes behind."""
    click.echo(f"Error: {one_line(str(error if text is None else text))}", err=True)
    _say_notes(error)


def _shortage(error: Exception) -> str:
    """Return the line that says what the system had too little of."""
    if is_out_of_threads(error):
        return "no further thread could be started; raise the limits (ulimit -u, ulimit -v)"
    return "out of memory; free some, or try a smaller batch or working size"


def _stand_in_for_closed_streams() -> None:
    """Open nothing in the place of standard streams that are closed.

    Else a film that is written might take their number, and libraries would print into it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # it gets the lowest number that is free
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115


def _say_notes(error: BaseException) -> None:
    for line in getattr(error, "__notes__", ()):
        click.echo(one_line(line), err=True)


def _terminate(number: int, frame: FrameType | None) -> None:
    for other in ENDING:
        signal.signal(other, signal.SIG_IGN)  # the clean-up shall not be cut short
    sys.exit(128 + number)
