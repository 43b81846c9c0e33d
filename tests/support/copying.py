"""Sending films through reader and writer, with chroma that tells frames apart."""

import numpy as np

from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader
from vidcolor.output.encoders import EncoderSettings
from vidcolor.output.writer import Writer, WriterOptions

FFV1 = EncoderSettings("ffv1")
FAST = EncoderSettings(preset="ultrafast")


def copy(source, target, settings=FAST, *, comment="made here", overwrite=False, **span):
    """Send a film through; the writer. Frame i gets chroma codes that tell its number."""
    with (
        Reader(source, **span) as reader,
        Writer(
            target, reader, settings, comment=comment, options=WriterOptions(overwrite)
        ) as writer,
    ):
        count = 0
        for item in reader:
            if not isinstance(item, Frame):
                writer.copy(item)
            elif not item.outside:
                writer.write(item, chroma_codes(count, writer.chroma_shape, reader.picture.depth))
                count += 1
    return writer


def chroma_codes(index, shape, depth):
    codes = np.arange(2 * shape[0] * shape[1]).reshape(2, *shape) + 5 * index
    middle = (1 << depth) // 2 + codes % (1 << (depth - 4))
    return middle.astype(np.uint8 if depth == 8 else np.uint16)
