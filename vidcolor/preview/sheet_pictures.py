"""Coloured frames as pictures on a sheet: size, turn, rows and labels."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil, floor, sqrt
from typing import TYPE_CHECKING

import numpy as np

from vidcolor.color.yuv import CodeRange
from vidcolor.draw.pixels import resize_plane, rgb_pixels
from vidcolor.draw.sheet import GROUND, Captioned, contact_sheet
from vidcolor.input.frames import Picture

if TYPE_CHECKING:
    from vidcolor.preview.colored_frames import PreviewFrame

LONG_SIDE = 480
"""The long side of each picture on the sheet, in pixels; smaller pictures are not enlarged."""

FONT_SIZE = 24
"""The font size of captions, in pixels."""

BETWEEN = 4
"""The space between pictures that stand one above the other in one cell, in pixels."""

_SHEET_ASPECT = Fraction(16, 9)
"""Rows are filled so that the sheet's width over its height comes near this."""


def in_rows(cells: Sequence[Captioned]) -> np.ndarray:
    """Draw a contact sheet of pictures of one size, in rows that make it about 16:9."""
    height, width, _ = cells[0][0].shape
    rows = max(1, round(sqrt(len(cells) * width / (height * _SHEET_ASPECT))))
    columns = ceil(len(cells) / rows)
    return contact_sheet([cells[i : i + columns] for i in range(0, len(cells), columns)], FONT_SIZE)


def pictures(frame: "PreviewFrame", picture: Picture) -> tuple[np.ndarray, np.ndarray]:
    """Return a frame in grey and in colour, (H, W, 3) uint8 RGB each, as a player shows it.

    picture: what holds for the film's frames.
    """
    codes = picture.codes
    chromas = (np.full_like(frame.chroma, codes.neutral), frame.chroma)
    grey, colored = to_rgb(frame.luma, chromas, codes, sheet_shape(picture))
    return upright(grey, picture), upright(colored, picture)


def stack(pictures: Sequence[np.ndarray], between: int = BETWEEN) -> np.ndarray:
    """Stand pictures of one width, (H, W, 3) uint8 RGB, one above the other.

    between: how many lines of the sheet's ground lie between two of them.
    """
    gap = np.full((between, pictures[0].shape[1], 3), GROUND, np.uint8)
    return np.vstack([part for picture in pictures for part in (gap, picture)][1:])


def to_rgb(
    luma: np.ndarray, chromas: Sequence[np.ndarray], codes: CodeRange, shape: tuple[int, int]
) -> list[np.ndarray]:
    """Return the picture of a luma plane with each of the chromas, (*shape, 3) uint8 RGB each.

    Args:
        luma: (H, W) codes.
        chromas: (2, h, w) codes of U and V each.
        codes: how these stand for values.
        shape: (height, width) of the pictures.
    """
    import torch

    def resized(plane: np.ndarray, unit: Callable[[torch.Tensor], torch.Tensor]) -> np.ndarray:
        return resize_plane(unit(torch.from_numpy(plane.astype(np.float32))).numpy(), shape)

    y = resized(luma, codes.luma_to_unit)
    pictures = []
    for chroma in chromas:
        uv = np.stack([resized(plane, codes.chroma_to_unit) for plane in chroma], 2)
        pictures.append(rgb_pixels(y, uv))
    return pictures


def sheet_shape(picture: Picture, long_side: int = LONG_SIDE) -> tuple[int, int]:
    """Return the (height, width) of a film's pictures on a sheet, before they are turned."""
    sides = (Fraction(picture.height), picture.width * (picture.sample_aspect_ratio or 1))
    scale = min(1, long_side / max(sides))
    height, width = (max(1, round(side * scale)) for side in sides)
    return height, width


def upright(pixels: np.ndarray, picture: Picture) -> np.ndarray:
    """Turn and mirror pixels (H, W, 3), which lie as the film stores them, as a player does."""
    return np.moveaxis(picture.upright(np.moveaxis(pixels, -1, 0)), 0, -1)


def label(time: Fraction) -> str:
    """Return a time as `--start` takes it, rounded down so that it finds this very frame."""
    seconds, ms = divmod(floor(time * 1000), 1000)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"
