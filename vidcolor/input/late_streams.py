"""Streams that first appear midway in a film: a program table that changes, a DVD's subtitles.

PyAV delivers the streams that it finds at opening. It never sees the packets of a later one, and at
the end it goes wrong over it.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import av
from av.container.input import InputContainer
from av.stream import Stream

if TYPE_CHECKING:
    from vidcolor.input.sequence import SequenceContainer

_STREAM = re.compile(r"^ *Stream #0:(\d+)\S*: (\w+): (\w+)", re.MULTILINE)


def packets(
    container: "InputContainer | SequenceContainer", *streams: Stream
) -> Iterator[av.Packet]:
    """Yield the packets of `streams`, of all if none are named, then an empty one for each.

    Raises as PyAV's `demux`, but without its IndexError where a stream has appeared midway: that
    comes when the streams known at opening have had their empty packets.
    """
    reading = container.demux(*streams)
    while True:
        try:
            packet = next(reading)
        except (StopIteration, IndexError):
            return
        yield packet


def late_streams(container: InputContainer) -> list[str]:
    """Return how messages name the streams that have appeared since `container` was opened.

    FFmpeg's description of the file tells them. It is a log message, so the log must be on.
    """
    level = av.logging.get_level()
    with av.logging.Capture(local=False):  # other threads' messages would be printed
        av.logging.set_level(av.logging.INFO)
        try:
            description = container.dumps_format()  # type: ignore[attr-defined]
        finally:
            av.logging.set_level(level)
    return [
        f"{kind.lower()} stream {index} ({codec}), which begins midway"
        for index, kind, codec in _STREAM.findall(description)
        if int(index) >= len(container.streams)
    ]
