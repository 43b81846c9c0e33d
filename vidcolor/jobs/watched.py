"""A process that makes films one after the other, and is watched over."""

import time
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self, TypeAlias

from vidcolor.colorize.settings import ColorSettings
from vidcolor.errors import OutputError, VidcolorError
from vidcolor.files import remove_left_behind
from vidcolor.jobs.film_process import FilmWork, PassedOver, Stopped, Told, serve_films
from vidcolor.jobs.process import Process, ProcessDiedError
from vidcolor.pipeline.film import Result
from vidcolor.pipeline.listener import Listener

TICK = 0.5
"""Seconds after which is looked again whether a process is silent."""
_TIDYING = 5.0
"""Seconds that a process has for tidying up before it is killed."""

Outcome: TypeAlias = Result | PassedOver | VidcolorError
"""What becomes of a film or photograph that is begun."""


class WatchedProcess:
    """A process that makes films and photographs; one that dies or is ended is replaced.

    A context manager, which ends it; what is then in work is stopped, and what there is to say of
    that is added to the error, if any.

    Args:
        settings: of all that is made.
        device: where, as in `net.device`.
        sharing: how many processes use the device.
        patience: seconds after which a film that makes no progress is ended.
    """

    work: FilmWork | None
    """What is being made."""

    def __init__(self, settings: ColorSettings, device: str, sharing: int, patience: float) -> None:
        self.work = None
        self._settings, self._device, self._sharing = settings, device, sharing
        self._patience = patience
        self._listener = Listener()
        self._process: Process | None = None
        self._is_ready = False

    def start(self) -> None:
        """Begin the process, and wait until it is ready. Raises VidcolorError."""
        self._process = self._new()
        try:
            fault: VidcolorError | None = self._process.receive()
        except ProcessDiedError as death:
            raise OutputError(f"the process that makes films {death}; is memory short?") from death
        if fault is not None:
            raise fault
        self._is_ready = True

    def begin(self, work: FilmWork, listener: Listener) -> None:
        """Let it make a film; the listener is told how it goes on."""
        if self._process is None:
            self._process, self._is_ready = self._new(), False
        self.work, self._listener = work, listener
        self._process.send(work)

    @property
    def connection(self) -> Connection:
        """Where it reports."""
        assert self._process is not None
        return self._process.connection

    def hear(self, timeout: float = 0) -> Outcome | None:
        """Wait for a report; return what became of the film, None if it is still in work.

        Raises VidcolorError where the process can't begin.
        """
        assert self.work is not None
        outcome = None
        if self.connection.poll(timeout):
            outcome = self._heard()
        elif self._silence > self._patience:
            self._end(_TIDYING)
            outcome = OutputError(
                f"{self.work.order.source}: no progress for {self._patience:g} s: ended and "
                "passed over; --patience gives films more time"
            )
        if outcome is not None:
            remove_left_behind(self.work.order.output)
            self.work = None
        return outcome

    def make(self, work: FilmWork, listener: Listener) -> Outcome:
        """Make a film to its end. Raises VidcolorError where the process can't begin."""
        self.begin(work, listener)
        while (outcome := self.hear(TICK)) is None:
            pass
        return outcome

    def end(self) -> tuple[str, ...]:
        """End the process; return what there is to say of a film that this stops."""
        stopped = self._end(_TIDYING if self.work else 0)
        if self.work is not None:
            remove_left_behind(self.work.order.output)
            self.work = None
        return stopped

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for line in self.end():
            if error is not None:
                error.add_note(line)

    @property
    def _silence(self) -> float:
        """The seconds since its last progress; to get ready may take it as long as it must."""
        assert self._process is not None
        return time.monotonic() - self._process.heard if self._is_ready else 0

    def _new(self) -> Process:
        return Process(serve_films, self._settings, self._device, self._sharing)

    def _heard(self) -> Outcome | None:
        assert self._process is not None
        assert self.work is not None
        try:
            report = self._process.receive()
        except ProcessDiedError as death:
            self._end()
            return OutputError(
                f"{self.work.order.source}: the process that made it {death}; is it damaged, or is "
                "there too little memory?"
            )
        if report is None:
            self._is_ready = True
        elif isinstance(report, Told):
            report.hand_on(self._listener)
        elif self._is_ready:
            outcome: Outcome = report
            return outcome
        else:
            raise report
        return None

    def _end(self, patience: float = 0) -> tuple[str, ...]:
        """End the process; return what it says at its end. The next film gets a new one."""
        if self._process is None:
            return ()
        last = self._process.end(patience)
        self._process = None
        return next((report.notes for report in last if isinstance(report, Stopped)), ())
