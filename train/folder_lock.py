"""A folder that one process works in at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from vidcolor.errors import TrainingError

LOCK = ".lock"
"""The file that is locked; it stays."""


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Make `folder` if need be, and keep other processes that ask out of it.

    Raises TrainingError where one is at work in it, and OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise TrainingError(
            f"{folder}: another process is at work here; wait for it, or name another folder"
        ) from None
    try:
        yield
    finally:
        lock.release()
