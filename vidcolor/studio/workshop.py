"""All that needs the network: how the film is coloured now, shots that are open, answers, the job.

Its libraries take seconds to load; the session and its page are there before.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import vidcolor.color.metrics  # noqa: F401  that the first suggestions need not load it
from vidcolor.hints.file import Hints
from vidcolor.pipeline.shots import Shot, Shots
from vidcolor.serve.events import Events
from vidcolor.studio.calm import Calm
from vidcolor.studio.carrying import Carrying
from vidcolor.studio.coloring import Coloring, Colorings
from vidcolor.studio.frames import Frames
from vidcolor.studio.job import Job
from vidcolor.studio.material import Material
from vidcolor.studio.opener import Opener
from vidcolor.studio.settings import StudioSettings


class Workshop:
    """Colours the frames of a film, or photograph.

    Args:
        material: the film, or photograph.
        shots: its shots.
        settings: by which it is coloured.
        device: as in `net.device`.
        hints: tells those of the file now.
        opened: is told of each shot whose first frames are made, and by which coloring.
        thaw: is called when a film is finished.
        calm: work in the background waits for it.
        opening: is disturbed while the first frames of a shot are made.
        events: tell how it goes on.
    """

    def __init__(
        self,
        material: Material,
        shots: Shots,
        settings: StudioSettings,
        device: str,
        hints: Callable[[], Hints],
        opened: Callable[[Shot, Coloring], None],
        thaw: Callable[[], None],
        calm: Calm,
        opening: Calm,
        events: Events,
    ) -> None:
        self._material = material
        self._hints = hints
        self._colorings = Colorings(material, settings, device)
        self._carrying: tuple[Any, Carrying] | None = None
        self.opener = Opener(
            material, shots, self.coloring, self.carrying, opened, calm, opening, events
        )
        self.frames = Frames(material, shots, self.coloring, self.carrying, self.opener, calm)
        self.job = Job(lambda state: events.tell("job", **asdict(state)), thaw)
        self._basis = 0
        self.opener.start()

    def stop(self) -> None:
        """End it; a job that runs is stopped, and can be gone on with."""
        self.job.stop()
        self.opener.stop()

    def coloring(self) -> Coloring:
        """Return how the film is coloured now. Raises VidcolorError."""
        return self._colorings(self._hints())

    def carrying(self) -> Carrying:
        """Return what carries marks at the size at which they spread now."""
        coloring = self.coloring()
        size = coloring.film.hint_shape
        if self._carrying is None or self._carrying[0] != size:
            film = coloring.colorizer.film(self._material.stored)
            self._carrying = size, Carrying(self._material, film)
        return self._carrying[1]

    def open(self, shot: Shot, number: int) -> bool:
        """Begin to open a shot at one of its frames; tell whether that has its colour already."""
        self.opener.open(shot, number)
        return self.opener.found(self.coloring(), shot.times[number]) is not None

    def open_anew(self) -> None:
        """Open the shot once more if it is coloured by something else now. Raises VidcolorError."""
        basis = self.coloring().basis
        if basis != self._basis:
            self._basis = basis
            self.opener.again()
