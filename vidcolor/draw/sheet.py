"""Contact sheets: pictures in a grid, each with a caption."""

import io
from collections.abc import Sequence
from itertools import accumulate, zip_longest
from math import ceil

import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONT_SIZE = 16
"""The usual font size of captions, in pixels."""

GAP = 8
"""The space between pictures and around the sheet, in pixels."""

GROUND, INK = (40, 40, 40), (235, 235, 235)
"""The colours of a sheet and its text, RGB: neutral, so that they lend the pictures no colour."""

Captioned = tuple[np.ndarray, str]
"""A picture, (H, W, 3) uint8 RGB, and its caption."""


def contact_sheet(
    rows: Sequence[Sequence[Captioned]], font_size: int = FONT_SIZE, heading: str = ""
) -> np.ndarray:
    """Draw a sheet of pictures in their own size -> (H, W, 3) uint8 RGB.

    rows: the pictures, row by row; the last row may be shorter. font_size: of captions and
    heading, in pixels. heading: stands above all if it is not empty.

    A column is as wide as its widest picture or caption, a row as high as its highest picture
    with a caption below; pictures stand centred above their captions.
    """
    font = ImageFont.load_default(font_size)
    line_height = font_size * 11 // 8
    widths = [
        max(max(cell[0].shape[1], ceil(font.getlength(cell[1]))) for cell in column if cell)
        for column in zip_longest(*rows)
    ]
    heights = [max(picture.shape[0] for picture, _ in row) for row in rows]
    lefts = list(accumulate((width + GAP for width in widths), initial=GAP))
    top = GAP + line_height * bool(heading)
    tops = list(accumulate((height + line_height + GAP for height in heights), initial=top))

    sheet_width = max(lefts[-1], ceil(font.getlength(heading)) + 2 * GAP)
    sheet = Image.new("RGB", (sheet_width, tops[-1]), GROUND)
    draw = ImageDraw.Draw(sheet)
    draw.text((GAP, GAP // 2), heading, INK, font)
    for row, top, height in zip(rows, tops, heights, strict=False):
        for (picture, text), left, width in zip(row, lefts, widths, strict=False):
            middle, bottom = left + width // 2, top + height
            corner = (middle - picture.shape[1] // 2, bottom - picture.shape[0])
            sheet.paste(Image.fromarray(picture), corner)
            draw.text((middle, bottom), text, INK, font, anchor="ma")
    return np.asarray(sheet)


def png(pixels: np.ndarray) -> bytes:
    """Encode pixels (H, W, 3) uint8 RGB as a PNG file."""
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "png")
    return content.getvalue()
