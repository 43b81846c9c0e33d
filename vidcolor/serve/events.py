"""Tells pages what happens, as server-sent events."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

_PULSE = 15.0
"""After so many seconds without news a line keeps the connection."""
_WAITING = 1000
"""A page that lets so many events wait is cut off; it connects anew."""


class Events:
    """Hands events, given by any thread, to all pages that listen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pages: dict[asyncio.Queue[str | None], asyncio.AbstractEventLoop] = {}
        self._closed = False

    def tell(self, kind: str, **content: Any) -> None:
        """Tell all pages; content: what JSON can hold."""
        self._give(json.dumps({"type": kind, **content}))

    def close(self) -> None:
        """End all connections, and those to come."""
        with self._lock:
            self._closed = True
        self._give(None)

    def _give(self, line: str | None) -> None:
        with self._lock:
            pages = list(self._pages.items())
        for queue, loop in pages:
            try:
                loop.call_soon_threadsafe(_put, queue, line)
            except RuntimeError:  # the loop has ended, and the page with it
                continue

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield what a page that listens is sent."""
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        with self._lock:
            if self._closed:
                return
            self._pages[queue] = asyncio.get_running_loop()
        try:
            yield b"retry: 1000\n\n"
            while True:
                try:
                    line = await asyncio.wait_for(queue.get(), _PULSE)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if line is None or queue.qsize() >= _WAITING:
                    return
                yield f"data: {line}\n\n".encode()
        finally:
            with self._lock:
                self._pages.pop(queue, None)


def _put(queue: asyncio.Queue[str | None], line: str | None) -> None:
    if queue.qsize() < _WAITING or line is None:
        queue.put_nowait(line)
