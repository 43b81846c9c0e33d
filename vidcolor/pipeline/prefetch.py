"""A stage of a pipeline: an iterable that runs ahead of its consumer in a thread of its own."""

import os
import queue
import sys
import threading
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

Item = TypeVar("Item")

_POLL = 0.1
"""Seconds after which a stage that waits for room looks whether it should stop."""
_GIVES_WAY = 10
"""Steps of niceness by which a stage stands behind its consumer. Where cores are short the encoder
goes first, as the last: its threads often wait for each other, and stages ahead fill the gaps."""


class Prefetch(Generic[Item]):
    """Iterates `items` in a thread, at most `depth` of them ahead; a context manager.

    An exception raised by `items` is raised again in the consumer, at its place in the order.
    Leaving the context stops the thread and waits for the item it is working on.
    """

    def __init__(self, items: Iterable[Item], depth: int) -> None:
        self._items = items
        self._ready: queue.Queue[tuple[Item] | BaseException | None] = queue.Queue(depth)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def __iter__(self) -> Iterator[Item]:
        while (ready := self._ready.get()) is not None:
            if isinstance(ready, BaseException):
                raise ready
            yield ready[0]

    def _run(self) -> None:
        if sys.platform == "linux":  # elsewhere it would be of the whole process
            os.nice(_GIVES_WAY)
        try:
            for item in self._items:
                if not self._put((item,)):
                    return
            self._put(None)
        except BaseException as error:
            self._put(error)

    def _put(self, ready: tuple[Item] | BaseException | None) -> bool:
        """Queue an item; return False if the stage was stopped before there was room."""
        while not self._stopped.is_set():
            try:
                self._ready.put(ready, timeout=_POLL)
                return True
            except queue.Full:
                continue
        return False
