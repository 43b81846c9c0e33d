"""Signals that end the process, and what they may not cut in two."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ENDING = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]
"""Ctrl-C, kill, and the closing of the terminal, which Windows does not have."""


@contextmanager
def undivided() -> Iterator[None]:
    """A context that a signal which ends the process does not cut in two: it acts at its end.

    In a thread other than the main one, where no signal acts, a context without effect.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    handlers = {
        number: signal.signal(number, lambda number, frame: came.append(number))
        for number in ENDING
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if came:
        signal.raise_signal(came[0])
