"""Writing all frames of a film in order, drawn ones too, with what is told of it."""

from collections.abc import Iterable
from dataclasses import replace

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, ColorTrc

from vidcolor.input.frames import Frame, Picture
from vidcolor.input.pixel_formats import chroma_planes, luma_plane
from vidcolor.input.reader import Reader
from vidcolor.output.writer import Writer
from vidcolor.pipeline.listener import Progress
from vidcolor.pipeline.notes import RunNotes, left_out


def rgb_picture(rgb: np.ndarray, film: Picture) -> Picture:
    """Return what holds for frames like `rgb`, (H, W, 3), shown at the times of `film`'s."""
    height, width = _even(rgb).shape[:2]
    return replace(
        film,
        height=height,
        width=width,
        depth=8,
        full_range=False,
        transfer=int(ColorTrc.BT709),
        field_order=None,
        display_matrix=None,
        rotation=0,
        sample_aspect_ratio=None,
    )


def rgb_to_yuv420(rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn (H, W, 3) uint8 RGB into luma (H, W) and chroma (2, H / 2, W / 2).

    Both are uint8 codes in BT.709 and limited range. Of an odd side the last line is left out.
    """
    yuv = av.VideoFrame.from_ndarray(_even(rgb), "rgb24").reformat(
        format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
    )
    chroma = chroma_planes(yuv)
    assert chroma is not None
    return luma_plane(yuv), np.stack(chroma)


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
    notes.tell([*writer.losses, *reader.warnings])


def _even(rgb: np.ndarray) -> np.ndarray:
    height, width = (side // 2 * 2 for side in rgb.shape[:2])
    return np.ascontiguousarray(rgb[:height, :width])
