"""Films whose picture is encoded in parts, which are then joined."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
from copying import chroma_codes

from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader
from vidcolor.output.encoded_part import EncodedPart, PartEncoder
from vidcolor.output.encoders import EncoderSettings
from vidcolor.output.join import join
from vidcolor.output.video import VideoEncoder
from vidcolor.output.writer import Writer, WriterOptions


def encode_parts(
    source: Path, target: Path, settings: EncoderSettings, cuts: Sequence[Fraction]
) -> list[tuple[EncodedPart, Path]]:
    """The parts of a film that begin at `cuts`, in seconds, and at its beginning.

    Frame i of the film gets the chroma that `copying.copy` gives it.
    """
    parts = []
    count = 0
    for begin, end in pairwise([None, *cuts, None]):
        span = {"start": begin, "duration": None if end is None else end - (begin or 0)}
        file = target.parent / f"{len(parts)}.part"
        with Reader(source, run_up=1, **span) as reader, file.open("wb") as content:
            video = VideoEncoder(target, settings, reader.picture, source, False)
            encoder = PartEncoder(content, video, target)
            for frame in reader:
                if isinstance(frame, Frame) and not frame.outside:
                    moved = replace(frame, pts=frame.pts + reader.moved)
                    chroma = chroma_codes(count, video.chroma_shape, reader.picture.depth)
                    encoder.write(moved, chroma.astype(np.uint8))
                    count += 1
            parts.append((encoder.finish(), file))
    return parts


def join_parts(
    source: Path,
    target: Path,
    settings: EncoderSettings,
    parts: Sequence[tuple[EncodedPart, Path]],
    verify: bool = False,
) -> Writer:
    """Join the parts of a film with all that it holds beside its picture; the writer."""
    options = WriterOptions(verify=verify)
    with (
        Reader(source) as reader,
        Writer(target, reader, settings, comment="made here", options=options) as writer,
    ):
        join(writer, reader, parts)
    return writer
