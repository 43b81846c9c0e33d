"""Joins parts of a film's picture that were encoded one by one, and adds all else as it is."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av

from vidcolor.input.reader import Reader
from vidcolor.input.source import packet_time
from vidcolor.output.encoded_part import EncodedPart
from vidcolor.output.writer import Writer


def join(
    writer: Writer,
    reader: Reader,
    parts: Iterable[tuple[EncodedPart, Path]],
    progress: Callable[[Fraction], None],
) -> None:
    """Write a film to its end: the packets of its picture's parts, and those of the other streams.

    Nothing is encoded or, unless a span must be found, decoded.

    Args:
        writer: of the film, at its beginning.
        reader: of the same film, at its beginning.
        parts: of the picture, in order, all of them, and the file of each.
        progress: is called after each packet of the picture, with its time in seconds.

    Raises as the writer and the reader do, and OutputError where a part can't be read.
    """
    time_base = reader.picture.time_base
    picture = _packets(writer, parts)
    waiting = next(picture, None)

    def write_picture(until: Fraction | None) -> None:
        nonlocal waiting
        while waiting is not None:
            ticks = waiting.pts if waiting.dts is None else waiting.dts
            time = (ticks or 0) * time_base
            if until is not None and time > until:
                return
            writer.write_encoded(waiting)
            progress(time)
            waiting = next(picture, None)

    for packet in reader.packets():
        write_picture(packet_time(packet))
        writer.copy(packet)
    write_picture(None)
    writer.end_tracks()


def _packets(writer: Writer, parts: Iterable[tuple[EncodedPart, Path]]) -> Iterator[av.Packet]:
    for part, file in parts:
        writer.expect(part)
        yield from part.read(file)
