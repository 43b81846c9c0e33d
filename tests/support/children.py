"""What the tests' children and runs start with: signals that act, limits that hold."""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def heed_signals() -> None:
    """Give the signals that end a process their default actions, as a `preexec_fn`.

    Children of a background job and of nohup are born with some of them ignored.
    """
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def heeded_signals() -> Iterator[None]:
    """Within the context, this process has Python's default handlers; after it, those it had."""
    handlers = {number: signal.getsignal(number) for number in ENDING}
    try:
        heed_signals()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Within the context, no file that this process writes may grow beyond `size` bytes.

    The system says so by an error rather than a signal, as Python ignores SIGXFSZ.
    """
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
