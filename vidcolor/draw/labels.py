"""Labels burnt into pictures."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vidcolor.draw.pixels import CodeLevels, Planes

_LINES = 24
"""Letters are as high as a picture divided by so much."""

_SMALLEST = 9
"""Pixels; smaller letters can't be read."""


class Label:
    """A line of text in an upper corner: white with a black outline, so that it shows on both.

    text: drawn smaller where it is too long. shape: (height, width) of the pictures. tones: of
    their planes. right: in the right corner instead of the left one.
    """

    def __init__(self, text: str, shape: tuple[int, int], tones: CodeLevels, right: bool) -> None:
        text = " ".join(text.encode(errors="replace").decode().split())  # a file's name may be any
        height, width = shape
        size = max(_SMALLEST, height // _LINES)
        margin = size // 2
        length = ImageFont.load_default(size).getlength(text)
        if length > width - 2 * margin:
            size = max(_SMALLEST, int(size * (width - 2 * margin) / length))
        corner, anchor = (width - margin, "ra") if right else (margin, "la")
        rows = min(height, 2 * (margin + size))
        font = ImageFont.load_default(size)

        def drawn(outline: int) -> np.ndarray:
            mask = Image.new("L", (width, rows))
            draw = ImageDraw.Draw(mask)
            draw.text((corner, margin), text, 255, font, anchor, stroke_width=outline)
            return np.asarray(mask, np.float32) / 255

        self._tones = tones
        self._letters, self._covered = drawn(0), drawn(max(1, size // 10))

    def on(self, planes: Planes) -> Planes:
        """A picture with the label."""
        made = []
        tones = zip(self._tones.black, self._tones.white, strict=True)
        for plane, (black, white) in zip(planes, tones, strict=True):
            down, across = (a // b for a, b in zip(planes[0].shape, plane.shape, strict=True))
            letters = _shared(self._letters, down, across)
            covered = _shared(self._covered, down, across)
            labelled = plane.copy()
            part = labelled[: len(covered)]
            part[:] = np.rint(part * (1 - covered) + black * (covered - letters) + white * letters)
            made.append(labelled)
        return made


def _shared(mask: np.ndarray, down: int, across: int) -> np.ndarray:
    """The largest value of the pixels that share a sample."""
    parts = [mask[row::down, column::across] for row in range(down) for column in range(across)]
    largest: np.ndarray = np.maximum.reduce(parts)
    return largest
