"""Running a Click command as a process: errors become one line and an exit code."""

import signal
import sys
from types import FrameType
from typing import NoReturn

import click

from vidcolor.errors import UsageError, VidcolorError

FAILURE, WRONG_USAGE = 1, 2


def run(command: click.Command) -> NoReturn:
    """Run `command` on the process's arguments and exit.

    0 done; 1 failure; 2 wrong usage; 130 and 143 after SIGINT and SIGTERM, each of which unwinds
    the stack, so that temporary files are removed.
    """
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = command.main(standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except click.Abort:
        code = 128 + signal.SIGINT
    except VidcolorError as error:
        click.echo(f"Error: {error}", err=True)
        code = WRONG_USAGE if isinstance(error, UsageError) else FAILURE
    sys.exit(code)


def _terminate(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)
