"""*Colorize* on the page: the ordinary job, in a process of its own that yields to clicks."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from multiprocessing.connection import Connection
from typing import Any

from vidcolor.colorize.settings import ColorSettings
from vidcolor.errors import VidcolorError
from vidcolor.jobs.film_process import FilmWork, Stopped, Told, serve_films
from vidcolor.jobs.process import Process, ProcessDiedError
from vidcolor.pipeline.film import Result
from vidcolor.pipeline.listener import Listener
from vidcolor.pipeline.order import Order
from vidcolor.serve.answers import RefusedError

_NICE = 15
"""How far the job steps back behind other processes."""
_PATIENCE = 10.0
"""Seconds that it has for tidying up."""


@dataclass(frozen=True)
class JobState:
    """How a job stands.

    state: "none", "running", "done", "failed" or "stopped". fraction: of it that is done, in
    [0, 1]. line: what there is to say. output: the film that is made.
    """

    state: str = "none"
    fraction: float = 0.0
    line: str = ""
    output: str = ""


class Job:
    """At most one job at a time.

    told: is called with each new state. done: is called when a film is finished.
    """

    def __init__(self, told: Callable[[JobState], None], done: Callable[[], None]) -> None:
        self.state = JobState()
        self._begun: tuple[Order, bool] | None = None
        """The latest order, and whether it replaces what is there."""
        self._told = told
        self._done = done
        self._lock = threading.Lock()
        self._process: Process | None = None
        self._thread: threading.Thread | None = None
        self._is_stopping = False

    def start(self, order: Order, overwrite: bool) -> None:
        """Begin to make a film. Raises RefusedError while another one is being made."""
        with self._lock:
            if self._process is not None:
                raise RefusedError("a film is being made already", 409)
            self._is_stopping, self._begun = False, (order, overwrite)
            self._process = Process(_serve, order.settings, order.device, 1)
            self.state = JobState("running", line="reads the film", output=str(order.output))
            self._thread = threading.Thread(
                target=self._follow, args=(self._process, order, overwrite), daemon=True
            )
            self._thread.start()
        self._told(self.state)

    def go_on(self) -> None:
        """Go on with the job that was stopped or failed, as it was begun. Raises RefusedError."""
        if self._begun is None or self.state.state not in ("stopped", "failed"):
            raise RefusedError("there is nothing to go on with", 409)
        self.start(*self._begun)

    def stop(self) -> None:
        """Stop the job that runs; a long film goes on from there when it is begun again."""
        with self._lock:
            process, thread = self._process, self._thread
            self._is_stopping = True
        if process is not None and thread is not None:
            process.stop()
            thread.join(_PATIENCE)
            if thread.is_alive():
                process.end()
                thread.join()

    def _follow(self, process: Process, order: Order, overwrite: bool) -> None:
        """Hand on what the process reports, to its end."""
        listener = Listener(self._progress, self._note, self._reading)
        report: Any
        try:
            if (report := process.receive()) is None:
                process.send(FilmWork(order, overwrite=overwrite, chosen=True))
                while isinstance(report := process.receive(), Told):
                    report.hand_on(listener)
        except ProcessDiedError as error:
            report = error
        if isinstance(report, Result):
            with suppress(OSError):
                self._done()
            self._change("done", 1.0, f"{report.frames} frames are done")
        elif isinstance(report, Stopped) or self._is_stopping:
            notes = report.notes if isinstance(report, Stopped) else ()
            self._change("stopped", self.state.fraction, " ".join(("stopped", *notes)))
        else:
            line = str(report) if isinstance(report, VidcolorError) else f"its process {report}"
            self._change("failed", self.state.fraction, line)
        with self._lock:
            self._process = None
        process.end()

    def _progress(self, frames: int, done: Fraction, length: Fraction | None) -> None:
        fraction = float(done / length) if length else 0.0
        self._change("running", min(1.0, fraction), f"{frames} frames are done")

    def _reading(self, frames: int, done: Fraction, length: Fraction | None) -> None:
        share = f"{100 * float(done / length):.0f} %" if length else f"{frames} frames"
        self._change("running", 0.0, f"reads the film beforehand: {share}")

    def _note(self, line: str) -> None:
        self._change("running", self.state.fraction, line)

    def _change(self, state: str, fraction: float, line: str) -> None:
        self.state = JobState(state, fraction, line, self.state.output)
        self._told(self.state)


def _serve(connection: Connection, settings: ColorSettings, *arguments: Any) -> None:
    """Make films, behind all else that this machine does."""
    if hasattr(os, "nice"):
        os.nice(_NICE)
    serve_films(connection, settings, *arguments)
