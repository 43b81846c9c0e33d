"""Writes a film to its end, and tells what is lost on the way."""

from collections.abc import Iterable

import av
import numpy as np

from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader
from vidcolor.output.writer import Writer
from vidcolor.pipeline.listener import Progress
from vidcolor.pipeline.losses import left_out
from vidcolor.pipeline.notes import RunNotes


def write_film(
    writer: Writer,
    reader: Reader,
    items: Iterable[tuple[Frame, np.ndarray] | av.Packet],
    notes: RunNotes,
    progress: Progress,
) -> None:
    """Write a film to its end, and tell how it goes.

    Args:
        writer: the film.
        reader: where its frames' times, its packets and what else it holds come from.
        items: the reader's packets, and frames with the luma that is written, each with its chroma
            as for `Writer.write`.
        notes: is told what is left out, lost or otherwise than in the source.
        progress: is called after each frame.

    Raises as the writer, the reader and `items` do.
    """
    notes.tell([*left_out(reader, writer), *writer.notes, *writer.losses])
    frames, begin = 0, None
    for item in items:
        if isinstance(item, av.Packet):
            writer.copy(item)
            continue
        frame, chroma = item
        writer.write(frame, chroma)
        frames += 1
        begin = frame.pts if begin is None else begin
        done = (frame.pts + frame.duration - begin) * reader.picture.time_base
        progress(frames, done, reader.duration)
    writer.end_tracks()
    notes.tell([*left_out(reader, writer), *writer.notes, *writer.losses, *reader.warnings])
