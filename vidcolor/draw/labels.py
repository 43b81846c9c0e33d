"""Labels burnt into pictures."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vidcolor.draw.pixels import CodeLevels, Planes

_LINES = 24
"""How many times as high as the letters a picture is."""

_SMALLEST = 9
"""The smallest font size, in pixels; smaller letters can't be read."""


class Label:
    """A line of text in an upper corner: white with a black outline, so that it shows on both.

    Args:
        text: what it says; drawn smaller where it is too long.
        shape: (height, width) of the pictures.
        levels: what the codes of their planes stand for.
        right: whether it stands in the right corner instead of the left one.
    """

    def __init__(self, text: str, shape: tuple[int, int], levels: CodeLevels, right: bool) -> None:
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

        def coverage(outline: int) -> np.ndarray:
            """How much of each pixel the letters cover, in [0, 1], `outline` pixels bolder."""
            mask = Image.new("L", (width, rows))
            draw = ImageDraw.Draw(mask)
            draw.text((corner, margin), text, 255, font, anchor, stroke_width=outline)
            return np.asarray(mask, np.float32) / 255

        self._levels = levels
        self._letters, self._covered = coverage(0), coverage(max(1, size // 10))

    def on(self, planes: Planes) -> Planes:
        """Return a picture with the label; the one given stays as it is."""
        made = []
        levels = zip(self._levels.black, self._levels.white, strict=True)
        for plane, (black, white) in zip(planes, levels, strict=True):
            down, across = (a // b for a, b in zip(planes[0].shape, plane.shape, strict=True))
            letters = _largest_shared(self._letters, down, across)
            covered = _largest_shared(self._covered, down, across)
            labelled = plane.copy()
            part = labelled[: len(covered)]
            part[:] = np.rint(part * (1 - covered) + black * (covered - letters) + white * letters)
            made.append(labelled)
        return made


def _largest_shared(mask: np.ndarray, down: int, across: int) -> np.ndarray:
    """Return the largest value of the `down` x `across` pixels that share each sample."""
    parts = [mask[row::down, column::across] for row in range(down) for column in range(across)]
    largest: np.ndarray = np.maximum.reduce(parts)
    return largest
