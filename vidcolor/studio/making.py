"""The making half of a study: the studio shows a photograph after another, each for some time."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vidcolor.errors import OutputError, UsageError
from vidcolor.files import write_failure
from vidcolor.serve.answers import Answer, Asked, Endpoint, RefusedError
from vidcolor.serve.events import Events
from vidcolor.serve.lock import ServerLock
from vidcolor.serve.server import Served, serving
from vidcolor.serve.site import Site
from vidcolor.sitting.photographs import HINTS, truths_in
from vidcolor.studio.clicks import SUFFIX, Clicks, is_ended
from vidcolor.studio.endpoints import endpoints
from vidcolor.studio.open_studio import PAGE
from vidcolor.studio.session import Session

GRACE = 2.0
"""Seconds after the end in which what was clicked before is still taken."""

_HARMLESS = {"/api/open", "/api/suggest"}
"""What changes nothing though it is posted."""
_NO_JOBS = {("POST", "/api/job"), ("POST", "/api/picture"), ("POST", "/api/update")}
"""What is no part of a sitting."""


class Making:
    """A sitting of a maker: the photographs of a folder, those first that are not done.

    Args:
        photographs: by name, as `truths_in` gives them.
        folder: where the hints, NAME.hints.toml, and the records, NAME.clicks.jsonl, go.
        seconds: for each photograph.
        suggestions: whether colours are suggested.
        make_session: opens a photograph, whose hints lie in a file, and tells pages by events.
    """

    def __init__(
        self,
        photographs: Mapping[str, Path],
        folder: Path,
        seconds: float,
        suggestions: bool,
        make_session: Callable[[Path, Path, Events], Session],
    ) -> None:
        self.events = Events()
        self._photographs = photographs
        self._folder = folder
        self._seconds = seconds
        self._suggestions = suggestions
        self._make_session = make_session
        self._waiting = [name for name in photographs if not is_ended(self._clicks(name))]
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._record: Clicks | None = None
        self._works: dict[tuple[str, str], Callable[[Asked], Answer]] = {}

    def start(self) -> None:
        """Open the first photograph that is not done. Raises VidcolorError."""
        with self._lock:
            self._open_next()

    def stop(self) -> None:
        """Close the one that is open; what was not ended is begun anew next time."""
        with self._lock:
            self._close()

    def endpoints(self) -> list[Endpoint]:
        """Return what is answered: all that the studio answers, and the sitting itself."""
        assert self._session is not None
        studio = [
            Endpoint(each.method, each.path, self._answer(each.method, each.path), each.limit)
            for each in endpoints(self._session)
            if (each.method, each.path) not in _NO_JOBS
        ]
        return [
            *studio,
            Endpoint("POST", "/api/sitting/begin", self._begin),
            Endpoint("POST", "/api/sitting/next", self._next),
        ]

    def _answer(self, method: str, path: str) -> Callable[[Asked], Answer]:
        """Return what lets the photograph at hand answer, records that, and keeps the time."""

        def answer(asked: Asked) -> Answer:
            record = self._record
            if record is None:
                raise RefusedError("all photographs are done", 409)
            changes = method != "GET" and path not in _HARMLESS
            if changes and not record.has_begun:
                raise RefusedError("the time has not begun", 409)
            if changes and record.passed > self._seconds + GRACE:
                raise RefusedError("the time for this photograph is over", 409)
            if method != "GET" and record.has_begun:
                record.add(f"{method} {path}", asked.content() if asked.body else None)
            if path == "/api/suggest" and not self._suggestions:
                return {"suggestions": []}
            found = self._works[method, path](asked)
            if path == "/api/film" and isinstance(found, dict):
                return {**found, "sitting": self._told(record)}
            return found

        return answer

    def _told(self, record: Clicks) -> dict[str, Any]:
        """Return what the page is told of the sitting."""
        count = len(self._photographs)
        return {
            "number": count - len(self._waiting) + 1,
            "count": count,
            "seconds": self._seconds,
            "left": record.left,
            "begun": record.has_begun,
            "suggestions": self._suggestions,
        }

    def _begin(self, asked: Asked) -> Answer:
        """Let the time of the photograph at hand run, if it does not yet."""
        with self._lock:
            if self._record is None:
                raise RefusedError("all photographs are done", 409)
            if not self._record.has_begun:
                self._record.begin()
            return {"left": self._record.left}

    def _next(self, asked: Asked) -> Answer:
        """End the photograph at hand, and open the next one; the page then loads anew."""
        with self._lock:
            if self._record is not None and self._record.has_begun:
                self._end(self._waiting.pop(0), self._record)
                self._close()
                self._open_next()
            return {"done": self._record is None}

    def _end(self, name: str, record: Clicks) -> None:
        """Close a photograph's record; one without any click has a file of hints, too."""
        hints = self._hints(name)
        try:
            if not hints.exists():
                hints.write_text("version = 1\n")
        except OSError as error:
            raise OutputError(f"{hints}: {write_failure(error)}") from error
        record.end()

    def _open_next(self) -> None:
        """Open the next photograph, with nothing on it, if there is one."""
        if not self._waiting:
            return
        name = self._waiting[0]
        hints = self._hints(name)
        try:
            hints.parent.mkdir(parents=True, exist_ok=True)
            hints.unlink(missing_ok=True)  # of a try that was broken off
        except OSError as error:
            raise OutputError(f"{hints}: {write_failure(error)}") from error
        self._session = self._make_session(self._photographs[name], hints, self.events)
        self._works = {(each.method, each.path): each.work for each in endpoints(self._session)}
        self._record = Clicks(self._clicks(name), self._seconds, self._suggestions)
        self._session.start()

    def _close(self) -> None:
        if self._session is not None:
            self._session.stop()
        self._session = self._record = None

    def _hints(self, name: str) -> Path:
        return self._folder / f"{name}{HINTS}"

    def _clicks(self, name: str) -> Path:
        return self._folder / f"{name}{SUFFIX}"


@contextmanager
def making(
    photographs: Path,
    folder: Path,
    seconds: float,
    suggestions: bool,
    make_session: Callable[[Path, Path, Events], Session],
) -> Iterator[Served]:
    """Serve a maker's sitting while the context lasts.

    photographs: a folder. The other arguments are those of `Making`. Raises VidcolorError.
    """
    found = truths_in(photographs)
    if all(is_ended(folder / f"{name}{SUFFIX}") for name in found):
        raise UsageError(f"{folder}: all photographs are done; name another folder with --hints")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: {write_failure(error)}") from error
    lock = ServerLock(folder / ".vidcolor-studio")
    with lock.held(str(folder)):
        sitting = Making(found, folder, seconds, suggestions, make_session)
        sitting.start()
        try:
            with serving(Site(PAGE, sitting.endpoints(), sitting.events)) as served:
                lock.tell(served.address, served.keys.secret)
                yield served
        finally:
            sitting.stop()
