"""Frames that are drawn, not decoded: RGB pictures as the luma and chroma of a film."""

from dataclasses import replace

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, ColorTrc

from vidcolor.input.frames import Picture
from vidcolor.input.pixel_formats import chroma_planes, luma_plane


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
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        threads=1,  # as in `converted`
    )
    chroma = chroma_planes(yuv)
    assert chroma is not None
    return luma_plane(yuv), np.stack(chroma)


def _even(rgb: np.ndarray) -> np.ndarray:
    height, width = (side // 2 * 2 for side in rgb.shape[:2])
    return np.ascontiguousarray(rgb[:height, :width])
