"""The shots of a film, found in a thread, those near the playhead first."""

import threading
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

from vidcolor.errors import VidcolorError
from vidcolor.pipeline.shots import Shot, Shots
from vidcolor.studio.cache import FilmCache
from vidcolor.studio.calm import Calm


class ShotList:
    """Knows the shots of a film as far as they are found.

    Args:
        path: the film.
        cuts: as for `mark_shots`.
        cache: where they are kept.
        calms: the search waits for each.
        told: is called when more are known.
    """

    problem: str | None = None
    """Why the film can't be read to its end, in one line."""

    def __init__(
        self,
        path: Path,
        cuts: Sequence[Fraction] | None,
        cache: FilmCache,
        calms: Sequence[Calm],
        told: Callable[[], None],
    ) -> None:
        self._cache = cache
        self._calms = calms
        self._told = told
        known = cache.read_shots()
        self.is_done = known is not None
        self.found = Shots(path, cuts, known or (), self._stop_if_asked)
        self._shots: dict[Fraction, Shot] = {shot.times[0]: shot for shot in known or ()}
        self._wanted = Fraction(0)
        self._end: Fraction | None = None
        """When the film is over, once that is known."""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._search, name="shots", daemon=True)

    def __call__(self) -> list[Shot]:
        """Return those that are known, in order."""
        return [shot for _, shot in sorted(self._shots.items())]

    def start(self) -> None:
        """Begin to look for those that are not known."""
        if not self.is_done:
            self._thread.start()

    def stop(self) -> None:
        """End the search."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def at(self, time: Fraction) -> Shot:
        """Return the shot at a time, and let those behind it be looked for next.

        Raises as `Shots.at`, and StoppedError.
        """
        shot = self.found.at(time)
        self._wanted = shot.end
        if shot.times[0] not in self._shots:
            self._shots[shot.times[0]] = shot
            self._told()
        return shot

    def _search(self) -> None:
        """Find all shots, from the playhead on, then those before it."""
        try:
            first = self.found.at(Fraction(0))
            self._shots.setdefault(first.times[0], first)
            while (begin := self._next()) is not None:
                self._follow(begin)
        except StoppedError:
            return
        except VidcolorError as error:
            self.problem = str(error)
        self.is_done = True
        if self.problem is None:
            self._cache.write_shots(self())
        self._told()

    def _follow(self, begin: Fraction) -> None:
        """Find shots from one's beginning on, up to a known one, or until others are wanted."""
        wanted, end = self._wanted, begin
        for shot in self.found.following(begin, self._pause):
            self._shots[shot.times[0]] = shot
            self._told()
            end = shot.end
            if end in self._shots or wanted != self._wanted:
                return
        self._end = end

    def _next(self) -> Fraction | None:
        """Return where to look next, from the playhead on if there is something; None: nowhere."""
        known = self()
        begins = {shot.times[0] for shot in known}
        ends = [shot.end for shot in known if shot.end not in begins and shot.end != self._end]
        return next((end for end in ends if end >= self._wanted), ends[0] if ends else None)

    def _pause(self) -> None:
        for calm in self._calms:
            calm.wait()

    def _stop_if_asked(self) -> None:
        if self._stopped.is_set():
            raise StoppedError


def identity(shot: Shot) -> str:
    """Return the name by which a page knows a shot."""
    begin = shot.times[0]
    return f"{begin.numerator}_{begin.denominator}"


def exact(time: Fraction) -> str:
    """Return a time as the file of hints takes it, rounded down to microseconds."""
    micro = time.numerator * 1_000_000 // time.denominator
    return f"{micro // 1_000_000}.{micro % 1_000_000:06}".rstrip("0").rstrip(".")


class StoppedError(VidcolorError):
    """The studio ends, and so does the search."""
