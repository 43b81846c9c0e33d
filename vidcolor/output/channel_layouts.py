"""Channel layouts by FFmpeg's names: where the channels of sound are heard."""

import re

_PLACES = re.findall(
    r"\w+",
    "FL FR FC LFE BL BR FLC FRC BC SL SR TC TFL TFC TFR TBL TBC TBR DL DR WL WR SDL SDR LFE2 "
    "TSL TSR BFC BFL BFR SSL SSR TTL TTR",
)
"""All places, in the order in which FFmpeg has the channels of a sample."""
# What players take channels for if nothing tells their places, by their number.
_ASSUMED = ("", "mono", "stereo", "2.1", "4.0", "5.0", "5.1", "6.1", "7.1")
_COUNT = re.compile(r"(\d+) channels(?: \((.+)\))?")


def tells_places(layout: str) -> bool:
    """Tell whether `layout` is more than a number of channels."""
    match = _COUNT.fullmatch(layout)
    return match is None or match[2] is not None


def as_heard(layout: str) -> str:
    """Return `layout` as players take it, by its shortest name."""
    match = _COUNT.fullmatch(layout)
    if match is None:
        return layout
    count = int(match[1])
    return match[2] or (_ASSUMED[count] if count < len(_ASSUMED) else layout)


def is_reordered(layout: str) -> bool:
    """Tell whether `layout` has channels in an order of its own, or such as FFmpeg doesn't name.

    PyAV must not see one: it frees the list of the channels twice, which ends the process.
    """
    match = _COUNT.fullmatch(layout)
    if match is None or match[2] is None:
        return False
    names = match[2].split("+")
    return not set(names) <= set(_PLACES) or names != sorted(set(names), key=_PLACES.index)


def without_places(layout: str) -> str:
    """Return the layout with as many channels as that which is reordered, none with a place."""
    return layout.partition(" (")[0]
