"""Streams that first appear midway in a film: a program table that changes, a DVD's subtitles.

PyAV delivers the streams that it finds at opening. It never sees the packets of a later one, and at
the end it goes wrong over it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import av
from av.container.input import InputContainer
from av.stream import Stream

if TYPE_CHECKING:
    from vidcolor.input.sequence import SequenceContainer


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
