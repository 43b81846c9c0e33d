"""What frames say that their film's output can't: each kind of it, and when it begins."""

from collections.abc import Collection, Mapping
from fractions import Fraction

_TIMES = 3
"""So many times are given for a change that comes again and again."""

NAMES = {
    "A53_CC": "captions",
    "AFD": "active format (AFD)",
    "S12M_TIMECODE": "timecode",
    "GOP_TIMECODE": "timecode",
    "SEI_UNREGISTERED": "user data",
    "PANSCAN": "pan and scan",
    "STEREO3D": "3D arrangement",
    "SPHERICAL": "spherical projection",
    "ICC_PROFILE": "ICC profile",
    "EXIF": "EXIF data",
    "MASTERING_DISPLAY_METADATA": "HDR metadata",
    "CONTENT_LIGHT_LEVEL": "HDR metadata",
    "DYNAMIC_HDR_PLUS": "HDR metadata",
    "DYNAMIC_HDR_VIVID": "HDR metadata",
    "AMBIENT_VIEWING_ENVIRONMENT": "HDR metadata",
    "DOVI_RPU_BUFFER": "Dolby Vision metadata",
    "DOVI_METADATA": "Dolby Vision metadata",
    "FILM_GRAIN_PARAMS": "film grain parameters",
}
"""What rides along in a picture's stream and matters to a viewer, by PyAV's names."""


def names(attached: Mapping[str, tuple[bytes, ...]]) -> dict[str, str]:
    """Return in words, by kind, what of the side data says something."""
    return {
        kind: NAMES[kind]
        for kind, data in attached.items()
        if kind in NAMES and _says_something(kind, data)
    }


def _says_something(kind: str, data: tuple[bytes, ...]) -> bool:
    """Tell whether the data is more than what every decoder of its kind gives."""
    if kind == "PANSCAN":  # width and height, which are always there, stand before the places
        return any(any(each[12:]) for each in data)
    return any(any(each) for each in data)


class Changes:
    """Gathers when frames begin to differ from what is written of them.

    tick: the least time, in seconds, that the container can tell frames apart by; 0 for any.
    """

    def __init__(self, tick: Fraction = Fraction(0)) -> None:
        self._tick = tick
        self._last: Fraction | None = None
        self._too_close = False
        self._now: set[str] = set()
        self._times: dict[str, dict[str, None]] = {}

    def see(self, time: Fraction, lines: Collection[str]) -> None:
        """Take the next frame.

        time: in seconds. lines: how it differs; {at} in a line is where times go.
        """
        if self._last is not None and 0 < time - self._last < self._tick:
            self._too_close = True
        self._last = time
        for line in lines:
            if line not in self._now:
                self._times.setdefault(line, {})[f"{float(time):.3f} s"] = None
        self._now = set(lines)

    @property
    def lines(self) -> list[str]:
        """What differs, a line each, in the order in which it came up."""
        changes = [line.format(at=_listed(list(times))) for line, times in self._times.items()]
        if self._too_close:
            apart = float(1000 * self._tick)
            changes.append(f"times: of frames less than {apart:g} ms apart some become the same")
        return changes


def _listed(times: list[str]) -> str:
    more = len(times) - _TIMES
    return ", ".join(times[:_TIMES]) + (f" and {more} more times" if more > 0 else "")
