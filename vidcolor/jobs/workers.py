"""Processes that make the segments of a film, several at a time."""

import os
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from fractions import Fraction
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import TypeAlias

from vidcolor.errors import OutputError, VidcolorError
from vidcolor.jobs.journal import Journal, SegmentRecord
from vidcolor.jobs.process import Process, ProcessDiedError
from vidcolor.jobs.row import row_end
from vidcolor.jobs.segment import SegmentMaker, enter
from vidcolor.jobs.task import IndivisibleError, Task
from vidcolor.net.device import available_devices, resolve_device, share_memory

SegmentProgress: TypeAlias = Callable[[int, int, Fraction], None]
"""Is given the number of a segment, and the frames and the seconds of it that are done."""

TRIES = 2
"""A segment that fails is tried again once, by another process."""


def devices_of(count: int | None, device: str) -> tuple[str, ...]:
    """Return the device of each of `count` processes; none where this process will do.

    count: None for one on each GPU, or for two cores of the CPU. device: as in `net.device`; "auto"
    is every GPU there is.
    """
    found = available_devices()
    gpus = [name for name in found if name.startswith("cuda")] if device == "auto" else []
    if count is None:
        on_cpu = device == "cpu" or found[0] == "cpu"
        count = len(gpus) or (max(1, (os.cpu_count() or 1) // 2) if on_cpu else 1)
    names = gpus or [device]
    return () if count == 1 else tuple(names[number % len(names)] for number in range(count))


def make_segments(
    tasks: list[Task], journal: Journal, indices: Iterable[int], progress: SegmentProgress
) -> None:
    """Make segments of a film in several processes, and enter them in its journal.

    Each process makes one segment after the other, as far as it can. A process that dies is
    replaced. A segment that fails is tried once more.

    Args:
        tasks: of each process; they differ in nothing but the device.
        journal: of the film.
        indices: the segments that are missing.
        progress: is called while they are made.

    Raises what a segment raises at the second time, and OutputError if its process died twice.
    """
    todo, failed = set(indices), Counter[int]()
    tasks = tasks[: len(todo)]
    sharing = Counter(task.order.device for task in tasks)
    workers = [_Worker(task, journal, sharing[task.order.device]) for task in tasks]
    try:
        while todo or any(worker.index is not None for worker in workers):
            for worker in workers:
                if worker.index is None and todo:
                    chosen = next_segment(todo, worker.last, {w.index for w in workers})
                    worker.begin(chosen, row_end(chosen, todo))
                    todo.remove(chosen)
            ready = wait([w.connection for w in workers if w.index is not None])
            for number, worker in enumerate(workers):
                if worker.connection not in ready:
                    continue
                index = worker.index
                assert index is not None
                message = worker.receive()
                if isinstance(message, tuple):
                    progress(index, *message)
                elif isinstance(message, SegmentRecord):
                    enter(journal, index, message)
                    worker.index = None
                elif isinstance(message, IndivisibleError):
                    raise message
                else:
                    failed[index] += 1
                    if failed[index] == TRIES:
                        raise message
                    todo.add(index)
                    worker.end()
                    workers[number] = _Worker(worker.task, journal, worker.sharing)
    finally:
        for worker in workers:
            worker.end()


def next_segment(todo: Collection[int], behind: int | None, in_work: Collection[int | None]) -> int:
    """Return which of the segments to do a process should make next.

    That is the one behind its last, of which it has read and colored what its color depends on.
    Where there is none, it is the first of the longest row, or the middle of one at whose beginning
    another process arrives.

    Args:
        todo: their numbers, one at least.
        behind: the one that it has made last; None if it has begun anew.
        in_work: those that other processes are at.
    """
    if behind is not None and behind + 1 in todo:
        return behind + 1
    first = max(todo, key=lambda index: (index - 1 not in todo, row_end(index, todo) - index))
    return (first + row_end(first, todo) + 1) // 2 if first - 1 in in_work else first


class _Worker:
    """A process that makes one segment after the other; index: of the one in work.

    last: that, or the one before if there is none. sharing: how many of them use its device.
    """

    def __init__(self, task: Task, journal: Journal, sharing: int) -> None:
        self.task, self.sharing = task, sharing
        self.index: int | None = None
        self.last: int | None = None
        self._process = Process(_serve, task, journal, sharing)
        self.connection = self._process.connection

    def begin(self, index: int, row_end: int) -> None:
        """Let it make a segment, and read ahead up to another."""
        self.index = self.last = index
        self._process.send((index, row_end))

    def receive(self) -> tuple[int, Fraction] | SegmentRecord | Exception:
        """Return frames and seconds that are done, or the segment's record, or its error."""
        try:
            message: tuple[int, Fraction] | SegmentRecord | Exception = self._process.receive()
        except ProcessDiedError as death:
            return OutputError(
                f"{self.task.order.output}: a process that made it {death}; is there enough "
                "memory? Try fewer --jobs"
            )
        return message

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.end()


def _report(connection: Connection, frames: int, seconds: Fraction) -> None:
    connection.send((frames, seconds))


def _serve(connection: Connection, task: Task, journal: Journal, sharing: int) -> None:
    """Make the segments whose numbers arrive, each with the last one of its row, and report."""
    share_memory(resolve_device(task.order.device), sharing)
    maker = None
    while True:
        try:
            index, last = connection.recv()
        except EOFError:
            return
        try:
            maker = maker or SegmentMaker(task)
            file = journal.unfinished_part(index)
            record = maker.make(index, last, file, partial(_report, connection))
            connection.send(record)
        except (VidcolorError, IndivisibleError, OSError) as error:
            connection.send(error)
        except Exception:
            connection.send(RuntimeError(traceback.format_exc()))
