"""Joins parts of a film's picture that were encoded one by one, and adds all else as it is."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av

from vidcolor.input.reader import Reader
from vidcolor.input.streams import packet_time
from vidcolor.output.encoded_part import EncodedPart
from vidcolor.output.writer import Writer


def join(
    writer: Writer,
    reader: Reader,
    parts: Iterable[tuple[EncodedPart, Path]],
    until: Fraction | None = None,
    alive: Callable[[], None] = lambda: None,
) -> None:
    """Write a film to its end: the packets of its picture's parts, and those of the other streams.

    Nothing is encoded or, unless a span must be found, decoded.

    Args:
        writer: of the film, at its beginning.
        reader: of the same film, at its beginning.
        parts: of the picture, in order, and the file of each.
        until: when the last of them ends, in seconds on the output's clock; None: all are there.
        alive: is called with each packet of the picture.

    Raises as the writer and the reader do, and OutputError where a part can't be read.
    """
    time_base = reader.picture.time_base
    picture = _packets(writer, parts, alive)
    waiting = next(picture, None)
    for packet in reader.packets():
        time = packet_time(packet)
        if until is not None and time >= until:
            break
        while waiting is not None and _decoded_at(waiting, time_base) <= time:
            writer.write_encoded(waiting)
            waiting = next(picture, None)
        writer.copy(packet)
    while waiting is not None:
        writer.write_encoded(waiting)
        waiting = next(picture, None)
    writer.end_tracks()


def _decoded_at(packet: av.Packet, time_base: Fraction) -> Fraction:
    """Return when a packet of the picture is decoded, in seconds."""
    return ((packet.pts if packet.dts is None else packet.dts) or 0) * time_base


def _packets(
    writer: Writer, parts: Iterable[tuple[EncodedPart, Path]], alive: Callable[[], None]
) -> Iterator[av.Packet]:
    for part, file in parts:
        writer.expect(part)
        for packet in part.read(file):
            alive()
            yield packet
