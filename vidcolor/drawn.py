"""Frames of a film that are drawn, not decoded."""

from dataclasses import replace

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

from vidcolor.frames import Picture
from vidcolor.planes import chroma_planes, luma_plane

_BT709 = 1


def drawn_picture(rgb: np.ndarray, film: Picture) -> Picture:
    """What holds for frames like `rgb`, (H, W, 3), that are shown at the times of `film`'s."""
    height, width = _even(rgb).shape[:2]
    return replace(
        film,
        height=height,
        width=width,
        depth=8,
        full_range=False,
        transfer=_BT709,
        field_order=None,
        display_matrix=None,
        rotation=0,
        sample_aspect_ratio=None,
    )


def drawn_planes(rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(H, W, 3) uint8 RGB -> luma (H, W) and chroma (2, H / 2, W / 2), uint8 codes in BT.709 and
    limited range. Of an odd side the last line is left out."""
    yuv = av.VideoFrame.from_ndarray(_even(rgb), "rgb24").reformat(
        format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
    )
    chroma = chroma_planes(yuv)
    assert chroma is not None
    return luma_plane(yuv), np.stack(chroma)


def _even(rgb: np.ndarray) -> np.ndarray:
    height, width = (side // 2 * 2 for side in rgb.shape[:2])
    return np.ascontiguousarray(rgb[:height, :width])
