"""Keeps encoders from making themselves real-time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_THREADS = Path("/proc/self/task")


@contextmanager
def scheduled_as_before() -> Iterator[None]:
    """Give every thread of the process the scheduling that this one has at the beginning.

    Where it runs as root, as in a container, SVT-AV1 makes its own threads, and the one that opens
    it, real-time: other programs, and those that this one starts, would hardly get a turn. What
    systems other than Linux do is left to them.
    """
    if not _THREADS.exists():
        yield
        return
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        for thread in [int(each.name) for each in _THREADS.iterdir()]:
            with suppress(OSError):  # it has ended meanwhile
                if os.sched_getscheduler(thread) != policy:
                    os.sched_setscheduler(thread, policy, priority)
