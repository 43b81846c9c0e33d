"""Limits on what a file's header may ask for, so that a hostile one can't take all memory."""

import os
import re

from vidcolor.errors import UsageError

FILM_PIXELS = 1 << 26
"""The most pixels of a frame, as of 8192x8192, including the margins that its decoder adds; dozens
of frames are in memory at once."""
PHOTOGRAPH_PIXELS = 1 << 28
"""The most pixels of a photograph, as of 16384x16384."""
STREAMS = 1000
"""The most streams of a film, including attachments."""

PIXELS_VARIABLE, STREAMS_VARIABLE = "VIDCOLOR_MAX_PIXELS", "VIDCOLOR_MAX_STREAMS"
"""The environment variables that set another limit, for files that one trusts."""


def max_pixels(default: int) -> int:
    """Return the limit that VIDCOLOR_MAX_PIXELS sets, or else `default`.

    Raises UsageError if it is no whole number from 1 to 999999999.
    """
    return _limit(PIXELS_VARIABLE, default)


def max_streams() -> int:
    """Return the limit that VIDCOLOR_MAX_STREAMS sets, or else `STREAMS`.

    Raises UsageError if it is no whole number from 1 to 999999999.
    """
    return _limit(STREAMS_VARIABLE, STREAMS)


def _limit(variable: str, default: int) -> int:
    """Return the number in an environment variable, or else `default`. Raises UsageError."""
    text = os.environ.get(variable, str(default))
    if not re.fullmatch(r"[1-9]\d{0,8}", text, re.ASCII):
        raise UsageError(f"{variable} is '{text}'; set it to a whole number from 1 to 999999999")
    return int(text)
