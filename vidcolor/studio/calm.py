"""Lets work in the background wait while somebody waits for an answer."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_LONGEST = 1.0
"""Seconds that work waits at most at a time: it shall go on though somebody clicks all the time."""
_STEP = 0.01


class Calm:
    """Counts the answers in work; there is calm while there are none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    @contextmanager
    def disturbed(self) -> Iterator[None]:
        """Tell that an answer is in work while the context lasts."""
        with self._lock:
            self._count += 1
        try:
            yield
        finally:
            with self._lock:
                self._count -= 1

    def wait(self) -> None:
        """Wait for calm."""
        end = time.monotonic() + _LONGEST
        while self._count and time.monotonic() < end:
            time.sleep(_STEP)
