"""How the film is coloured now: settings, hints, and the colorizer that they make."""

import threading
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_colorizer import FilmColorizer
from vidcolor.colorize.settings import ColorSettings
from vidcolor.hints.file import Hints
from vidcolor.hints.film_wide import with_wishes
from vidcolor.studio.material import Material
from vidcolor.studio.settings import StudioSettings

if TYPE_CHECKING:
    from vidcolor.colorize.settings import Networks

_DECODED_ANEW = {"temperature", "rebalance", "saturation", "min_confidence", "refine"}
"""Settings that what is kept of a shot can be decoded by, once more; see `decoded_anew`."""


@dataclass(frozen=True, eq=False)
class Coloring:
    """How the film is coloured.

    settings, hints: in full. colorizer: made by the settings. film: the colorizer's, for single
    frames; one thread at a time may use it. basis: the number of what distributions are made by:
    two colorings with one basis share them.
    """

    settings: ColorSettings
    hints: Hints
    colorizer: Colorizer
    film: FilmColorizer
    basis: int


class Colorings:
    """Makes the coloring of what the file of hints says now.

    material: the film, or photograph. settings: by which it is coloured. device: as in
    `net.device`.
    """

    def __init__(self, material: Material, settings: StudioSettings, device: str) -> None:
        self._material = material
        self._settings = settings
        self._device = device
        self._networks: Networks = {}
        self._lock = threading.Lock()
        self._hints: Hints | None = None
        self._now: Coloring | None = None
        self._basis: Any = None

    def __call__(self, hints: Hints) -> Coloring:
        """Return the coloring by a file's hints. Raises VidcolorError."""
        with self._lock:
            if self._now is None or self._hints is not hints:
                self._now, self._hints = self._made(hints), hints
            return self._now

    def _made(self, hints: Hints) -> Coloring:
        settings = self._settings(hints)
        whole = with_wishes(hints, settings) or hints
        before = self._now
        basis = self._basis_of(settings, whole)
        number = 0 if before is None else before.basis + (basis != self._basis)
        self._basis = basis
        if before is not None and before.settings == settings:
            return replace(before, hints=whole, basis=number)
        colorizer = settings.make_colorizer(self._device, self._networks)
        film = colorizer.film(self._material.stored, probabilities=True)
        return Coloring(settings, whole, colorizer, film, number)

    def _basis_of(self, settings: ColorSettings, hints: Hints) -> Any:
        """Return a value that tells what distributions are made by."""
        # What references tell can't be decoded anew.
        told = hints.references or hints.representative
        free = set() if told else _DECODED_ANEW
        decisive = {
            each.name: getattr(settings, each.name)
            for each in fields(settings)
            if each.name not in free
        }
        return decisive, replace(hints.without_marks(), settings={})
