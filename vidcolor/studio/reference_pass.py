"""Which shots references colour, found by a pass over the film when somebody asks for it."""

import threading
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from vidcolor.errors import VidcolorError
from vidcolor.hints.file import Hints
from vidcolor.hints.marks import ReferencePicture
from vidcolor.pipeline.listener import Listener
from vidcolor.pipeline.shots import ROUNDED, Extent, Shot, Shots
from vidcolor.serve.answers import RefusedError
from vidcolor.serve.events import Events
from vidcolor.studio.calm import Calm
from vidcolor.studio.material import Material

if TYPE_CHECKING:
    from vidcolor.studio.coloring import Coloring


class References:
    """Knows which shots are coloured by references, and which are not looked at yet: stale.

    Args:
        material: the film, or photograph.
        shots: its shots.
        coloring: tells how it is coloured now.
        hints: tells those of the file now.
        calm: the pass waits for it.
        events: tell how it goes on.
    """

    def __init__(
        self,
        material: Material,
        shots: Shots,
        coloring: "Callable[[], Coloring]",
        hints: Callable[[], Hints],
        calm: Calm,
        events: Events,
    ) -> None:
        self._material = material
        self._shots = shots
        self._coloring = coloring
        self._hints = hints
        self._calm = calm
        self._events = events
        self._known: tuple[ReferencePicture, ...] = ()
        """The references that all shots were looked at with."""
        self._seen: dict[Fraction, tuple[ReferencePicture, ...]] = {}
        """By the beginning of a shot, those that it was opened with."""
        self._used: set[Fraction] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def is_stale(self, shot: Shot) -> bool:
        """Tell whether it is not known yet which references colour a shot."""
        now = _for_shot(self._hints().references, shot)
        if not now or self._material.is_photograph:
            return False
        return now not in (_for_shot(self._known, shot), self._seen.get(shot.times[0]))

    def has_any(self, shot: Shot) -> bool:
        """Tell whether references colour a shot, as far as that is known."""
        given = _for_shot(self._hints().references, shot)
        used = self._material.is_photograph or shot.times[0] in self._used
        return any(each.reach == "shot" for each in given) or (bool(given) and used)

    def saw(self, shot: Shot, coloring: "Coloring") -> None:
        """Take in that a shot was opened with a coloring's references."""
        self._seen[shot.times[0]] = _for_shot(coloring.hints.references, shot)

    def changed(self) -> None:
        """Tell the pages that shots may be stale now."""
        self._events.tell("stale")

    def update(self) -> None:
        """Begin the pass over the film. Raises RefusedError while one goes on."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                raise RefusedError("the film is being looked through already", 409)
            self._thread = threading.Thread(target=self._pass, daemon=True)
            self._thread.start()

    def _pass(self) -> None:
        try:
            coloring = self._coloring()
            if not self._material.is_photograph and coloring.hints.references:
                self._used = self._verdicts(coloring)
            self._known = coloring.hints.references
        except VidcolorError as error:
            self._events.tell("note", line=str(error))
        self._events.tell("stale")

    def _verdicts(self, coloring: "Coloring") -> set[Fraction]:
        """Return the beginnings of the shots that references colour."""
        from vidcolor.pipeline.hint_pass import HintPass

        def reading(frames: int, done: Fraction, length: Fraction | None) -> None:
            self._calm.wait()
            fraction = float(done / length) if length else None
            line = "Looking the film through for references"
            self._events.tell("progress", shot=None, fraction=fraction, line=line)

        hint_pass = HintPass(
            self._material.path,
            Hints(references=coloring.hints.references),
            coloring.colorizer,
            self._material.stored,
            coloring.settings.cuts.times,
            Listener(reading=reading),
            self._shots,
        )
        hint_pass.references.within(Extent())
        return {each.begin for each in hint_pass.references.verdicts if each.is_used}


def _for_shot(references: tuple[ReferencePicture, ...], shot: Shot) -> tuple[ReferencePicture, ...]:
    """Return those of references that may colour a shot."""

    def may(reference: ReferencePicture) -> bool:
        if isinstance(reference.reach, tuple):
            return reference.reach[0] < shot.end and shot.times[0] < reference.reach[1]
        within = reference.at is not None and shot.times[0] <= reference.at + ROUNDED < shot.end
        return within or reference.reach == "film"

    return tuple(filter(may, references))
