"""Makes what is to be made of a folder: several at a time, in processes that are watched over."""

import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from multiprocessing.connection import wait
from pathlib import Path
from typing import TypeAlias

from vidcolor.colorize.settings import ColorSettings
from vidcolor.errors import OutputError, VidcolorError
from vidcolor.files import write_failure
from vidcolor.jobs.asked import in_words, size_in_words
from vidcolor.jobs.film_process import FilmWork, PassedOver
from vidcolor.jobs.folder import Item
from vidcolor.jobs.journal import tidy_up
from vidcolor.jobs.ledger import COLORIZED, FAILED, FOUND, PASSED_OVER, Entry, Ledger
from vidcolor.jobs.run import Means
from vidcolor.jobs.watched import TICK, Outcome, WatchedProcess
from vidcolor.pipeline.film import Result
from vidcolor.pipeline.listener import Listener, Note, ignore_note
from vidcolor.pipeline.order import Order

Show: TypeAlias = Callable[[Item], AbstractContextManager[Listener]]
"""Shows the work on an item while the context lasts; the listener is told how it goes on."""
Tell: TypeAlias = Callable[[Item, Entry, Result | None], None]
"""Is told what became of an item, with the result if this run has made it."""


@dataclass(frozen=True)
class FolderPlan:
    """Says what is to be made of a folder, and how.

    folder, out, rate: as for `find_items`. order: gives the order for a source and its output, or
    raises VidcolorError; what it notes is shown. settings: of all orders. devices: of each process,
    which makes one film at a time. means: of each film. patience: seconds after which a film that
    makes no progress is ended. remake: whether what is there, but was asked for otherwise, is made
    anew.
    """

    folder: Path
    out: Path
    rate: Fraction | None
    order: Callable[[Path, Path, Note], Order]
    settings: ColorSettings
    devices: tuple[str, ...]
    means: Means
    patience: float
    remake: bool = False


def make_folder(
    plan: FolderPlan, items: list[Item], ledger: Ledger, show: Show, tell: Tell
) -> None:
    """Make what is not there yet.

    Several runs may share a folder of outputs: each item is made by one of them, and all runs end
    when all is made. An item that fails or falls silent, or whose process dies, stops no other.

    Args:
        plan: what to do.
        items: what lies in the folder.
        ledger: of the outputs.
        show: shows the work.
        tell: is told what became of each item.

    Raises VidcolorError where a process can't begin, or the ledger can't be written. Whatever ends
    it early has notes of what is half done.
    """
    for item in items:
        if item.reason is not None:
            outcome = FAILED if item.is_fault else PASSED_OVER
            tell(item, Entry(item.name, "", outcome, item.reason), None)
    todo = deque(item for item in items if item.reason is None)
    crew = _Crew(plan, todo, ledger, show, tell)
    try:
        while todo or crew.is_busy:
            crew.take_from(todo)
            if crew.is_busy:
                crew.hear()
            elif todo:  # what is left is made by other runs
                time.sleep(TICK)
    except BaseException as error:
        for line in crew.end():
            error.add_note(line)
        raise
    crew.end()


@dataclass(frozen=True)
class _Job:
    """An item in work; claimed: is closed when it is done, or stopped."""

    item: Item
    order: Order
    claimed: ExitStack


class _Crew:
    """The processes that make a folder; the arguments are those of `make_folder`."""

    def __init__(
        self, plan: FolderPlan, items: Iterable[Item], ledger: Ledger, show: Show, tell: Tell
    ) -> None:
        self._plan, self._ledger, self._show, self._tell = plan, ledger, show, tell
        self._at_first = {item.name: ledger.entry(item.name) for item in items}
        self._workers = [
            WatchedProcess(plan.settings, device, plan.devices.count(device), plan.patience)
            for device in plan.devices
        ]
        self._jobs: dict[WatchedProcess, _Job] = {}

    @property
    def is_busy(self) -> bool:
        """Whether an item is in work."""
        return bool(self._jobs)

    def take_from(self, todo: deque[Item]) -> None:
        """Begin what no other run works on, one item for each idle process."""
        for _ in range(len(todo)):
            worker = next((each for each in self._workers if each not in self._jobs), None)
            if worker is None:
                return
            item = todo.popleft()
            lock = self._ledger.claim(item.name)
            if lock is None:
                todo.append(item)
                continue
            with ExitStack() as claimed:
                claimed.callback(lock.release)
                if entry := self._known(item):
                    self._tell(item, entry, None)
                    continue
                listener = claimed.enter_context(self._show(item))
                try:
                    order = self._plan.order(item.source, item.output, listener.note)
                    _ensure_folder_of(order.output)
                except VidcolorError as error:
                    self._end_item(item, claimed.pop_all(), error)
                    continue
                worker.begin(FilmWork(order, self._plan.means, self._plan.remake), listener)
                self._jobs[worker] = _Job(item, order, claimed.pop_all())

    def hear(self) -> None:
        """Wait a moment for reports, and end what is silent for too long."""
        wait([worker.connection for worker in self._jobs], TICK)
        for worker, job in list(self._jobs.items()):
            if (outcome := worker.hear()) is not None:
                del self._jobs[worker]
                self._end_item(job.item, job.claimed, outcome, job.order)

    def end(self) -> list[str]:
        """End all processes; return what there is to say of the items that this stops."""
        said = [line for worker in self._workers for line in worker.end()]
        for job in self._jobs.values():
            job.claimed.close()
        return said

    def _known(self, item: Item) -> Entry | None:
        """Return what became of an item if it is to be left at that."""
        before = self._ledger.entry(item.name)
        if before and before.outcome != COLORIZED and before != self._at_first[item.name]:
            return before  # another run has tried it meanwhile
        try:
            if not item.output.exists():
                return None
        except OSError:  # the name is too long, as it is told when its turn comes
            return None
        tidy_up(item.output, self._plan.means.work)
        if before is None or before.made_by is None:  # it was put there by somebody else
            return None if self._plan.remake else self._entry(item, FOUND)
        try:
            if self._plan.remake:
                order = self._plan.order(item.source, item.output, ignore_note)
                if before.made_by != in_words(order):
                    return None
            elif before.made_by["source"] != size_in_words(item.source):
                reason = f"{item.output} is there, made of another file; --overwrite replaces it"
                return replace(self._entry(item, FAILED), reason=reason)
        except VidcolorError:
            return None
        return replace(before, outcome=FOUND)

    def _end_item(
        self, item: Item, claimed: ExitStack, outcome: Outcome, order: Order | None = None
    ) -> None:
        """Enter what became of an item in the ledger, let go of it, and tell."""
        if isinstance(outcome, Result):
            assert order is not None
            entry = replace(
                self._entry(item, COLORIZED),
                frames=outcome.frames,
                seconds=round(outcome.seconds, 3),
                device=outcome.device,
                notes=outcome.notes,
                made_by=in_words(order),
            )
        elif isinstance(outcome, PassedOver):
            entry = replace(self._entry(item, PASSED_OVER), reason=outcome.reason)
        else:
            reason = str(outcome).removeprefix(f"{item.source}: ")
            notes = tuple(getattr(outcome, "__notes__", ()))
            entry = replace(self._entry(item, FAILED), reason=reason, notes=notes)
        with claimed:
            self._ledger.enter(replace(entry, ended=time.time()))
        self._tell(item, entry, outcome if isinstance(outcome, Result) else None)

    def _entry(self, item: Item, outcome: str) -> Entry:
        return Entry(item.name, self._ledger.name(item.output), outcome)


def _ensure_folder_of(output: Path) -> None:
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{output}: {write_failure(error)}") from error
