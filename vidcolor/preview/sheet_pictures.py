"""Coloured frames as pictures on a sheet: size, turn, rows and labels."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil, floor, sqrt

import numpy as np
import torch

from vidcolor.color.yuv import CodeRange
from vidcolor.draw.pixels import resize_plane, rgb_pixels
from vidcolor.draw.sheet import Captioned, contact_sheet
from vidcolor.input.frames import Picture
from vidcolor.preview.colored_frames import PreviewFrame

LONG_SIDE = 480
"""Of each picture on the sheet, in pixels; smaller ones are not enlarged."""

FONT_SIZE = 24

_SHEET_ASPECT = Fraction(16, 9)


def in_rows(cells: Sequence[Captioned]) -> np.ndarray:
    """A contact sheet of pictures of one size, in rows that make it about 16:9."""
    height, width, _ = cells[0][0].shape
    rows = max(1, round(sqrt(len(cells) * width / (height * _SHEET_ASPECT))))
    columns = ceil(len(cells) / rows)
    return contact_sheet([cells[i : i + columns] for i in range(0, len(cells), columns)], FONT_SIZE)


def pictures(frame: PreviewFrame, picture: Picture) -> tuple[np.ndarray, np.ndarray]:
    """The grey picture and the coloured one, (H, W, 3) uint8 RGB, as a player shows them."""
    codes = CodeRange(picture.depth, picture.full_range)
    chromas = (np.full_like(frame.chroma, codes.neutral), frame.chroma)
    grey, colored = to_rgb(frame.luma, chromas, codes, sheet_shape(picture))
    return upright(grey, picture), upright(colored, picture)


def to_rgb(
    luma: np.ndarray, chromas: Sequence[np.ndarray], codes: CodeRange, shape: tuple[int, int]
) -> list[np.ndarray]:
    """(*shape, 3) uint8 RGB of a luma plane with each of the chromas."""

    def brought(plane: np.ndarray, unit: Callable[[torch.Tensor], torch.Tensor]) -> np.ndarray:
        return resize_plane(unit(torch.from_numpy(plane.astype(np.float32))), shape)

    y = brought(luma, codes.luma_to_unit)
    pictures = []
    for chroma in chromas:
        uv = np.stack([brought(plane, codes.chroma_to_unit) for plane in chroma], 2)
        pictures.append(rgb_pixels(y, uv))
    return pictures


def sheet_shape(picture: Picture, long_side: int = LONG_SIDE) -> tuple[int, int]:
    """(height, width) of a film's pictures on a sheet, before they are turned upright."""
    sides = (Fraction(picture.height), picture.width * (picture.sample_aspect_ratio or 1))
    scale = min(1, long_side / max(sides))
    height, width = (max(1, round(side * scale)) for side in sides)
    return height, width


def upright(pixels: np.ndarray, picture: Picture) -> np.ndarray:
    """(H, W, 3) as the film stores it -> as a player shows it."""
    return np.moveaxis(picture.upright(np.moveaxis(pixels, -1, 0)), 0, -1)


def label(time: Fraction) -> str:
    """As `--start` takes it, for this very frame."""
    seconds, ms = divmod(floor(time * 1000), 1000)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"
