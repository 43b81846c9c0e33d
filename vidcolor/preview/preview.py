"""What `vidcolor preview` makes: frames from all over a film, grey above colour, on one sheet."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.draw.sheet import GROUND, png
from vidcolor.input.frames import Picture
from vidcolor.pipeline.listener import SILENT, Listener
from vidcolor.preview.colored_frames import PreviewFrame, choose_frames
from vidcolor.preview.sheet_pictures import in_rows, label, pictures

_BETWEEN = 4
"""Pixels between a grey picture and the coloured one."""


def preview(
    path: Path,
    colorizer: Colorizer,
    *,
    count: int = 8,
    cuts: Sequence[Fraction] | None = None,
    listener: Listener = SILENT,
) -> bytes:
    """A sheet with up to `count` frames of a film, grey above colour, as a PNG file.

    They are upright and in the shape a player shows them, above their times, cut to milliseconds.
    cuts: as for `colorize_file`. listener is told if it takes longer than usual.
    Raises VidcolorError.
    """
    picture, frames = choose_frames(path, colorizer, count, cuts, listener)
    return png(in_rows([(_pair(frame, picture), label(frame.time)) for frame in frames]))


def _pair(frame: PreviewFrame, picture: Picture) -> np.ndarray:
    """The grey picture above the coloured one."""
    grey, color = pictures(frame, picture)
    between = np.full((_BETWEEN, grey.shape[1], 3), GROUND, np.uint8)
    return np.vstack([grey, between, color])
