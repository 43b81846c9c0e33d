"""What a file's header may ask for, so that a hostile one can't take all memory."""

import os
import re

from vidcolor.errors import UsageError

FILM_PIXELS = 1 << 26
"""Of a frame, 8192x8192, margins that its decoder adds included; dozens are in memory at once."""
PHOTOGRAPH_PIXELS = 1 << 28
"""Of a photograph, 16384x16384."""
STREAMS = 1000
"""Of a film, attachments among them."""

PIXELS_VARIABLE, STREAMS_VARIABLE = "VIDCOLOR_MAX_PIXELS", "VIDCOLOR_MAX_STREAMS"
"""The environment variables that set another limit, for files one trusts."""


def max_pixels(default: int) -> int:
    """The limit that VIDCOLOR_MAX_PIXELS sets, or `default`. Raises UsageError."""
    return _limit(PIXELS_VARIABLE, default)


def max_streams() -> int:
    """The limit that VIDCOLOR_MAX_STREAMS sets, or `STREAMS`. Raises UsageError."""
    return _limit(STREAMS_VARIABLE, STREAMS)


def _limit(variable: str, default: int) -> int:
    text = os.environ.get(variable, str(default))
    if not re.fullmatch(r"[1-9]\d{0,8}", text, re.ASCII):
        raise UsageError(f"{variable} is '{text}'; set it to a whole number from 1 to 999999999")
    return int(text)
