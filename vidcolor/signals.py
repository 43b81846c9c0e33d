"""Signals that end the process, and work that they must not interrupt midway."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ENDING = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]
"""Ctrl-C, kill, and the closing of the terminal, which is no signal on Windows."""


@contextmanager
def undivided() -> Iterator[None]:
    """Put off the signals that end the process until the context is left.

    In a thread other than the main one, where no signal acts, the context has no effect.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[int] = []
    handlers = {
        number: signal.signal(number, lambda number, frame: received.append(number))
        for number in ENDING
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if received:
        signal.raise_signal(received[0])
