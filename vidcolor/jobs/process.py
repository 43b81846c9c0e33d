"""Processes of our own, which are given work and report on it."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from types import FrameType
from typing import Any

import torch


class ProcessDiedError(Exception):
    """A process has ended unasked; code: as `multiprocessing` gives it, below 0 for a signal."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"ended with code {code}")
        self.code = code


class Process:
    """A process that is given work; it ends with this one, however that ends.

    Args:
        serve: is run there, with its end of a connection and `arguments`.
        arguments: what else it is given.
    """

    connection: Connection
    """Our end."""
    heard: float
    """When it last was given something or reported, by `time.monotonic`."""

    def __init__(self, serve: Callable[..., None], *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        threads = torch.get_num_threads()  # with another number, a CPU rounds otherwise
        self._process: SpawnProcess = context.Process(
            target=_run, args=(serve, other, threads, arguments)
        )
        self._process.start()
        other.close()
        self.heard = time.monotonic()

    def send(self, work: Any) -> None:
        """Give it something to do."""
        self.heard = time.monotonic()
        with suppress(OSError):  # it has died, as `receive` will tell
            self.connection.send(work)

    def receive(self) -> Any:
        """Wait for a report, and return it. Raises ProcessDiedError."""
        try:
            report = self.connection.recv()
        except (EOFError, OSError):
            self._process.join()
            raise ProcessDiedError(self._process.exitcode) from None
        self.heard = time.monotonic()
        return report

    def stop(self) -> None:
        """Let it tidy up and end; what it reports meanwhile is still received."""
        self._process.terminate()

    def end(self, patience: float = 0) -> list[Any]:
        """End it, whatever it does, and return its reports that nobody has received.

        patience: the seconds that it has for tidying up, and for these.
        """
        last = []
        try:
            if patience:
                self._process.terminate()
                until = time.monotonic() + patience
                with suppress(EOFError, OSError):
                    while self.connection.poll(max(0, until - time.monotonic())):
                        last.append(self.connection.recv())
                self._process.join(max(0, until - time.monotonic()))
        finally:  # a second Ctrl-C does not wait
            self._process.kill()
            self._process.join()
            self.connection.close()
        return last


def _run(
    serve: Callable[..., None], connection: Connection, threads: int, arguments: tuple[Any, ...]
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which ends this
    signal.signal(signal.SIGTERM, _terminate)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(threads)
    serve(connection, *arguments)


def _terminate(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # tidying up shall not be cut short
    sys.exit(128 + number)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
