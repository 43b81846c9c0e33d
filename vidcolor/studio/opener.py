"""Opens shots in a thread: makes the distributions of their frames, the playhead's first."""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from fractions import Fraction

from vidcolor.errors import VidcolorError
from vidcolor.pipeline.listener import Listener
from vidcolor.pipeline.shots import Shot, Shots
from vidcolor.serve.events import Events
from vidcolor.studio.calm import Calm
from vidcolor.studio.carrying import Carrying
from vidcolor.studio.coloring import Coloring
from vidcolor.studio.distributions import Distribution, distributions, pieces
from vidcolor.studio.kept import Kept
from vidcolor.studio.material import Material
from vidcolor.studio.shot_list import identity

_GRACE = 5.0
"""Seconds that work has to end."""
CAP = 512 << 20
"""The bytes of distributions that are kept."""


class Opener:
    """Keeps distributions of frames, and makes those that are asked for.

    Args:
        material: the film, or photograph.
        shots: its shots.
        coloring: tells how the film is coloured now.
        carrying: is prepared for the shot when it is open.
        opened: is told of each shot whose first frames are made, and by which coloring.
        calm: the work waits for it.
        opening: is disturbed while first frames are made.
        events: tell how it goes on.
    """

    def __init__(
        self,
        material: Material,
        shots: Shots,
        coloring: Callable[[], Coloring],
        carrying: Callable[[], Carrying],
        opened: Callable[[Shot, Coloring], None],
        calm: Calm,
        opening: Calm,
        events: Events,
    ) -> None:
        self._material = material
        self._shots = shots
        self._coloring = coloring
        self._carrying = carrying
        self._opened = opened
        self._calm = calm
        self._opening = opening
        self._events = events
        self._kept: Kept[tuple[Distribution, Coloring]] = Kept(CAP, lambda each: each[0].nbytes)
        self._changed = threading.Condition()
        self._target: tuple[Shot, int] | None = None
        self._asked = 0
        self._stopped = False
        self.confidences: dict[Fraction, float] = {}
        """By the beginnings of shots, the mean confidence of the frames that were made."""
        self._thread = threading.Thread(target=self._run, name="opener", daemon=True)

    def start(self) -> None:
        """Begin the thread."""
        self._thread.start()

    def found(self, coloring: Coloring, time: Fraction) -> tuple[Distribution, Coloring] | None:
        """Return the distribution of a frame, and by which coloring it was made; None: not yet."""
        return self._kept.get((coloring.basis, time))

    def open(self, shot: Shot, number: int) -> None:
        """Let a shot be opened, from one of its frames on, instead of what is being opened."""
        with self._changed:
            self._target = shot, number
            self._asked += 1
            self._changed.notify()

    def again(self) -> None:
        """Open the latest shot once more, as the film is coloured now."""
        with self._changed:
            if self._target is not None:
                self._asked += 1
                self._changed.notify()

    def stop(self) -> None:
        """End the thread; what can't be broken off, like reading a film, ends with the process."""
        with self._changed:
            self._stopped = True
            self._asked += 1
            self._changed.notify()
        self._thread.join(_GRACE)

    def _run(self) -> None:
        done = 0
        while (asked := self._next(done)) is not None:
            done, target = asked
            try:
                self._open(*target, done)
            except VidcolorError as error:
                line, shot = str(error), identity(target[0])
                self._events.tell("shot-failed", shot=shot, line=line)
            except _OutdatedError:
                continue

    def _next(self, done: int) -> tuple[int, tuple[Shot, int]] | None:
        """Wait until more than `done` was asked for; return how much, and what; None: the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._asked != done)
            if self._stopped:
                return None
            assert self._target is not None
            return self._asked, self._target

    def _open(self, shot: Shot, number: int, asked: int) -> None:
        """Make what is missing of a shot. Raises _OutdatedError once something else is asked."""
        coloring = self._coloring()
        count, made = len(shot.times), 0
        sure: list[float] = []

        def paused() -> None:
            self._calm.wait()
            if self._asked != asked:
                raise _OutdatedError
            line = "Opening the shot"
            self._events.tell("progress", shot=identity(shot), fraction=made / count, line=line)

        listener = Listener(note=lambda line: self._events.tell("note", line=line))
        for place, part in enumerate(pieces(shot, number)):
            with self._opening.disturbed() if place == 0 else nullcontext():
                missing = [n for n in part if self.found(coloring, shot.times[n]) is None]
                made += len(part) - len(missing)
                if missing:
                    ends = (*shot.times[1:], shot.end)
                    begin, end = shot.times[missing[0]], ends[missing[-1]]
                    for time, each in distributions(
                        self._material,
                        coloring.colorizer,
                        coloring.hints,
                        self._shots,
                        coloring.settings.cuts.times,
                        begin,
                        end,
                        paused,
                        listener.once(),
                    ):
                        self._kept.put((coloring.basis, time), (each, coloring))
                        sure.append(each.confidence)
                        made += 1
            if place == 0:
                self._opened(shot, coloring)
                self._events.tell("shot-opened", shot=identity(shot))
        if sure:
            self.confidences[shot.times[0]] = sum(sure) / len(sure)
        self._events.tell("shots")
        for step in range(count):
            paused()
            self._carrying().prepare(shot, step)


class _OutdatedError(Exception):
    """Ends work that nobody waits for any more."""
