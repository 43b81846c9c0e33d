"""How frames that are looked at are stored: those of a film, and a photograph as a film of one."""

from fractions import Fraction

import av
from av.video.reformatter import ColorPrimaries, Colorspace, ColorTrc

from vidcolor.color.yuv import CodeRange
from vidcolor.input.frames import Picture
from vidcolor.output.encoders import pixel_format


def chroma_shape(picture: Picture) -> tuple[int, int]:
    """Return the (height, width) of a film's chroma in an encoder that holds 4:2:0."""
    pixels = av.VideoFormat(
        pixel_format(
            "ffv1", picture.depth, picture.width, picture.height, picture.field_order is not None
        ),
        picture.width,
        picture.height,
    )
    return pixels.chroma_height(), pixels.chroma_width()


def photograph_picture(codes: CodeRange, shape: tuple[int, ...]) -> Picture:
    """Return what holds for the frames of a film of which a photograph would be the only one.

    codes: how its luma is stored. shape: (h, w) of that.
    """
    height, width = shape
    return Picture(
        width=width,
        height=height,
        depth=codes.depth,
        full_range=codes.full,
        transfer=int(ColorTrc.IEC61966_2_1),  # sRGB
        matrix=int(Colorspace.ITU709),
        primaries=int(ColorPrimaries.BT709),
        pixel_format="yuv444p",
        field_order=None,
        display_matrix=None,
        rotation=0,
        sample_aspect_ratio=None,
        time_base=Fraction(1),
        average_rate=None,
    )
