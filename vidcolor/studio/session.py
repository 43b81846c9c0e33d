"""A film that is open in the studio: all that stands behind the page, without HTTP."""

import threading
from bisect import bisect_right
from collections.abc import Collection, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidcolor.colorize.settings import BOUNDS, ColorSettings
from vidcolor.errors import UsageError, VidcolorError
from vidcolor.files import default_output
from vidcolor.hints.marks import Point
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.free_memory import give_back
from vidcolor.pipeline.shots import ROUNDED, Shot, Shots
from vidcolor.pipeline.survey import taking_turns
from vidcolor.serve.answers import Content, RefusedError
from vidcolor.serve.events import Events
from vidcolor.studio import drawing
from vidcolor.studio.cache import FilmCache
from vidcolor.studio.calm import Calm
from vidcolor.studio.document import Document
from vidcolor.studio.material import ONLY_SHOT, Material
from vidcolor.studio.pictures import Pictures
from vidcolor.studio.reference_pass import References
from vidcolor.studio.settings import StudioSettings
from vidcolor.studio.shot_list import ShotList, exact, identity
from vidcolor.text import one_line

if TYPE_CHECKING:
    from vidcolor.studio.coloring import Coloring
    from vidcolor.studio.frames import Frames
    from vidcolor.studio.job import Job
    from vidcolor.studio.workshop import Workshop

SLIDERS = ("temperature", "saturation", "rebalance")
"""Settings that the page has sliders for, and `like_strength` where there is a picture."""
_WORTH_LOOKING = Fraction(1, 2)
"""The seconds of the shortest shot that a session begins with, ..."""
_STRAY = 4
"""... behind at most so many shorter ones."""
_AHEAD, _AT_ONCE = 2.0, 0.5
"""Seconds for which the first frame is waited for by what holds up all else meanwhile: libraries
that load, and the search for its shot once the page is there."""
_LOOK = 1.0
"""Seconds after which the file of hints is looked at again, and freed memory given back."""
UNSURE = 0.25
"""A shot in which the likeliest colour is less likely than this in the mean is marked as unsure."""


class Session:
    """A film or photograph that is open.

    What needs the network is its `workshop`, which loads in a thread once the session has begun;
    who asks for that waits.

    Args:
        path: of it.
        hints_file: where its hints are, or will be.
        settings: those of the command line.
        given: the names of those that the command line gives.
        device: as in `net.device`.
        encoder: of films that *Colorize* makes; None for the default.
        events: tell the pages; None for events of its own.

    Raises VidcolorError where the film can't be read, or there are no such weights.
    """

    def __init__(
        self,
        path: Path,
        hints_file: Path,
        settings: ColorSettings,
        given: Collection[str] = (),
        device: str = "auto",
        encoder: EncoderSettings | None = None,
        events: Events | None = None,
    ) -> None:
        self.events = events or Events()
        self.material = Material(path)
        self.document = Document(hints_file, self.material.is_photograph, self._document_changed)
        self.pictures = Pictures(hints_file)
        self._device = device
        self.encoder = encoder or EncoderSettings()
        self._calm = Calm()
        self._opening = Calm()
        self.settings = StudioSettings(settings, given)
        cuts = settings.cuts
        self._list: ShotList | None = None
        self._cache: FilmCache | None = None
        if not self.material.is_photograph:
            self._cache = FilmCache(path, str(cuts))
            self._list = ShotList(
                path,
                cuts.times,
                self._cache,
                (self._calm, self._opening),
                lambda: self.events.tell("shots"),
            )
        self._shots = self._list.found if self._list else Shots(path, None, [ONLY_SHOT])
        self.references = References(
            self.material,
            self._shots,
            self.coloring,
            lambda: self.document.hints,
            self._calm,
            self.events,
        )
        self._loading: Future[Workshop] = Future()
        self._wanted: tuple[Shot, int] | None = None
        """The shot that was opened last, and at which of its frames."""
        self._finding = threading.Lock()
        self._ended = threading.Event()
        self._shown = threading.Event()
        """Whether a page has a frame, or wants more than that."""
        self._watch = threading.Thread(target=self._look, name="hints", daemon=True)
        self._network = threading.Thread(target=self._load, name="network", daemon=True)

    def start(self) -> None:
        """Begin what goes on in the background."""
        self._watch.start()
        self._network.start()

    def stop(self) -> None:
        """End it; a job that runs is stopped, and can be gone on with."""
        self._ended.set()
        self._shown.set()
        if self._list is not None:
            self._list.stop()
        self._network.join()  # what loads libraries does not bear the end of the process
        if self._is_loaded:
            self.workshop.stop()

    @property
    def workshop(self) -> "Workshop":
        """What needs the network, once it is there. Raises what loading it raised."""
        self._shown.set()  # who asks for this waits for no frame
        return self._loading.result()

    @property
    def frames(self) -> "Frames":
        """Answers for single frames."""
        return self.workshop.frames

    @property
    def job(self) -> "Job":
        """*Colorize* on the page."""
        return self.workshop.job

    def coloring(self) -> "Coloring":
        """Return how the film is coloured now. Raises VidcolorError."""
        return self.workshop.coloring()

    def film(self) -> dict[str, Any]:
        """Return what holds for the film, as the page is told it."""
        height, width = self.material.shape
        rate, document = self.material.picture.average_rate, self.document
        return {
            "name": self.material.path.name,
            "kind": "photograph" if self.material.is_photograph else "film",
            "width": width,
            "height": height,
            "duration": None if self.material.length is None else float(self.material.length),
            "rate": None if rate is None else float(rate),
            "begin": exact(self.material.begin),
            "hints": {"file": str(document.path), "revision": document.revision},
            "settings": self.sliders(),
            "hint_defaults": {"radius": Point.radius, "strength": Point.strength},
            "can_undo": document.can_undo,
            "can_redo": document.can_redo,
        }

    def sliders(self) -> dict[str, Any]:
        """Return the settings that the page has sliders for."""
        hints = self.document.hints
        now, usual = self.settings(hints), self.settings.defaults()
        names = (*SLIDERS, "like_strength") if now.like is not None else SLIDERS
        return {
            name.replace("_", "-"): {
                "value": getattr(now, name),
                "default": getattr(usual, name),
                "min": BOUNDS[name][0],
                "max": BOUNDS[name][1],
            }
            for name in names
        }

    def hints(self) -> dict[str, Any]:
        """Return the hints as the page is told them."""
        document = self.document
        return {
            "revision": document.revision,
            "entries": document.entries,
            "can_undo": document.can_undo,
            "can_redo": document.can_redo,
            "problem": document.problem,
        }

    def shots(self) -> dict[str, Any]:
        """Return the shots as far as they are known, as the page is told them."""
        known = [ONLY_SHOT] if self._list is None else self._list()
        begins = [shot.times[0] for shot in known]
        marks = self.document.hints.marks
        marked = {max(0, bisect_right(begins, mark.at + ROUNDED) - 1) for mark in marks}
        return {
            "done": self._list is None or self._list.is_done,
            "shots": [self._told(shot, n in marked) for n, shot in enumerate(known)],
            "problem": None if self._list is None else self._list.problem,
        }

    def _told(self, shot: Shot, has_marks: bool) -> dict[str, Any]:
        return {
            "id": identity(shot),
            "begin": exact(shot.times[0]),
            "end": exact(shot.end),
            "frames": len(shot.times),
            "state": "hints" if has_marks else self._state(shot),
            "stale": self.references.is_stale(shot),
        }

    def _state(self, shot: Shot) -> str:
        """Return what a shot without marks is coloured by."""
        if self.references.has_any(shot):
            return "reference"
        sure = self.workshop.opener.confidences.get(shot.times[0]) if self._is_loaded else None
        return "unsure" if sure is not None and sure < UNSURE else "automatic"

    def shot_named(self, name: str) -> Shot:
        """Return the shot that a page knows by a name. Raises RefusedError."""
        shots = [ONLY_SHOT] if self._list is None else self._list()
        for shot in shots:
            if identity(shot) == name:
                return shot
        raise RefusedError("there is no such shot", 404)

    def place(self, time: Fraction) -> tuple[Shot, int]:
        """Return the shot at a time, and the number of the frame that is on the screen then.

        Raises RefusedError where the film is over by then, and as `Reader` and `Material.check`.
        """
        self.material.check()
        if self._list is None:
            return ONLY_SHOT, 0
        try:
            shot = self._shots.at(time)
        except UsageError as error:
            raise RefusedError(str(error)) from None
        return shot, shot.on_screen(time)

    def beginning(self) -> Fraction:
        """Return when the first shot begins that is worth looking at; stray frames are none.

        Raises as `place`.
        """
        self._shown.wait(_AT_ONCE)
        with self._finding:
            shot, _ = self.place(Fraction(0))
            for _ in range(_STRAY):
                if shot.end - shot.times[0] >= _WORTH_LOOKING or self._list is None:
                    break
                following = self._shots.find(shot.end)
                if following is None:
                    return Fraction(0)
                shot = following
            return shot.times[0]

    def open(self, time: Fraction) -> dict[str, Any]:
        """Begin to open the shot at a time; return its name and times. Raises as `place`."""
        shot, number = self.place(time)
        if self._list is not None:
            self._list.at(time)
        self._wanted = shot, number
        is_open = self._loading.done() and self.workshop.open(shot, number)
        return {"shot": identity(shot), "times": list(map(exact, shot.times)), "open": is_open}

    def grey(self, time: Fraction, long_side: int | None) -> Content:
        """Draw the frame shown from `time` on, as it is; long_side is as for `drawing.frame`."""
        with self._calm.disturbed():
            luma = self.material.plane(time).luma
            made = drawing.grey_frame(self.material, luma, long_side)
        self._shown.set()
        return made

    def thumbnail(self, shot: Shot) -> Content:
        """Return a small picture of a shot, in grey."""
        known = self._cache.read_thumbnail(shot.times[0]) if self._cache else None
        if known is not None:
            return Content(known, "image/jpeg", kept=True)
        made = self.grey(shot.times[len(shot.times) // 2], drawing.THUMBNAIL)
        if self._cache:
            self._cache.write_thumbnail(shot.times[0], made.content)
        return replace(made, kept=True)

    def set_settings(self, values: Mapping[str, Any]) -> None:
        """Save settings in the file of hints; None leaves one to its default."""
        if unknown := values.keys() - self.sliders().keys():
            raise RefusedError(f"{min(unknown)}: the page has no such setting")
        self.document.set_settings(values)

    def start_job(self, overwrite: bool) -> None:
        """Begin to make the film from what is saved now.

        Raises RefusedError, where the output exists with its name, and VidcolorError.
        """
        from vidcolor.pipeline.order import Order

        self.material.check()
        source, coloring = self.material.path, self.coloring()
        if self.document.problem is not None:
            raise RefusedError(self.document.problem)
        target = default_output(source, None)
        if target.exists() and not overwrite:
            raise RefusedError(f"{target.name} exists already", 409, exists=str(target))
        frozen = self.pictures.frozen(coloring.hints)
        order = Order(
            source,
            target,
            coloring.settings,
            self._device,
            self.encoder,
            hints=frozen if frozen else None,
        )
        self.job.start(order, overwrite)

    def _document_changed(self) -> None:
        """Tell the pages, and open the shot anew where it is coloured otherwise now."""
        self.events.tell("hints", revision=self.document.revision)
        self.references.changed()
        threading.Thread(target=self._open_anew, daemon=True).start()

    def _open_anew(self) -> None:
        """Open the shot once more if it is colored by something else now."""
        with suppress(VidcolorError):
            self.workshop.open_anew()

    @property
    def _is_loaded(self) -> bool:
        return self._loading.done() and self._loading.exception() is None

    def _look_ahead(self) -> None:
        """Find what the page asks for first, then look the film over."""
        with suppress(VidcolorError):  # is told to who asks
            self.material.plane(self.beginning())
        self.material.look_over()

    def _load(self) -> None:
        """Load what needs the network, open the shot that was asked for meanwhile, and look for the
        others."""
        self._shown.wait(_AHEAD)
        ahead = threading.Thread(target=self._look_ahead, daemon=True)
        ahead.start()
        try:
            self._loading.set_result(self._made_workshop())
        except Exception as error:  # is raised again where somebody asks for it
            self._loading.set_exception(error)
            if self._wanted is not None:
                shot, line = identity(self._wanted[0]), f"the network can't be loaded: {error}"
                self.events.tell("shot-failed", shot=shot, line=one_line(line))
        with suppress(VidcolorError):  # is told where the network is needed
            if self._is_loaded and self._wanted is not None:
                self.workshop.open(*self._wanted)
            ahead.join()  # it finds the first shot
            if self._list is not None and not self._ended.is_set():
                self._list.start()
            if self._is_loaded and not self._ended.is_set():
                self.coloring()

    def _made_workshop(self) -> "Workshop":
        with taking_turns():
            from vidcolor.studio.workshop import Workshop
        return Workshop(
            self.material,
            self._shots,
            self.settings,
            self._device,
            lambda: self.document.hints,
            self.references.saw,
            self.pictures.thaw,
            self._calm,
            self._opening,
            self.events,
        )

    def _look(self) -> None:
        """Look after the file of hints, and after memory, of which each thread that answers keeps
        what it has freed: the more, the more hints there are."""
        while not self._ended.wait(_LOOK):
            self.document.look()
            give_back()
