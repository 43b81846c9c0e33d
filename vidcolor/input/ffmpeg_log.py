"""FFmpeg's log, which all threads share and which is off but where something is asked of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import av

_LOG = Lock()
"""Held while the log is on."""


@contextmanager
def ffmpeg_log(level: int) -> Iterator[list[tuple[int, str, str]]]:
    """Switch the log on in a context, and gather what is said there: level, speaker and message.

    level: of the least important messages, a constant of `av.logging`.
    """
    with _LOG:
        before, skips = av.logging.get_level(), av.logging.get_skip_repeated()
        with av.logging.Capture(local=False) as said:  # other threads' messages would be printed
            av.logging.set_level(level)
            av.logging.set_skip_repeated(False)
            try:
                yield said
            finally:
                av.logging.set_skip_repeated(skips)
                av.logging.set_level(before)
