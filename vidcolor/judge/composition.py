"""Two pictures in one: side by side, one wiped over the other, or their difference."""

import numpy as np

from vidcolor.draw.labels import Label
from vidcolor.draw.pixels import CodeLevels, Planes

GAIN = 2
"""Differences are multiplied by this, because those of colour are faint."""

_LINES = 720
"""The height of a picture whose dividing line, white between black, is four pixels wide; at twice
the height it is eight, and so on."""


class Composition:
    """Composes two pictures of one shape into one.

    Args:
        mode: "side-by-side"; "wipe", with the first picture to the left of a line and the second
            to its right; or "difference", the second minus the first, times `GAIN`, around middle
            grey.
        shape: (height, width) of each of the two.
        levels: what the codes of their planes stand for.
        labels: what stands in the two; nothing if empty.
    """

    shape: tuple[int, int]
    """(height, width) of the composed picture."""

    def __init__(
        self, mode: str, shape: tuple[int, int], levels: CodeLevels, labels: tuple[str, str]
    ) -> None:
        self._mode, self._levels = mode, levels
        height, width = shape
        self._quarter = max(1, round(height / _LINES))
        # Odd beside an odd width, so that the second picture begins with a chroma sample.
        self._gap = 4 * self._quarter + width % 2
        self.shape = (height, 2 * width + self._gap) if mode == "side-by-side" else shape
        first, second = labels
        difference = f"{second} minus {first}, x{GAIN}" if first and second else ""
        self._first = Label(first, shape, levels, right=False)
        self._second = Label(second, shape, levels, right=True)
        self._difference = Label(difference, shape, levels, right=False)

    def __call__(self, first: Planes, second: Planes, share: float) -> Planes:
        """Return the composed picture. share: of the width that a wipe gives the first, 0 to 1."""
        if self._mode == "difference":
            pairs = zip(first, second, strict=True)
            return self._difference.on([_difference(*pair, self._levels.depth) for pair in pairs])
        first, second = self._first.on(first), self._second.on(second)
        if self._mode == "wipe":
            return self._wipe(first, second, share)
        return self._side_by_side(first, second)

    def _side_by_side(self, first: Planes, second: Planes) -> Planes:
        """Return the first picture, a line and the second picture in a row."""
        made = []
        for left, right, black, white in zip(
            first, second, self._levels.black, self._levels.white, strict=True
        ):
            across = first[0].shape[1] // left.shape[1]
            line = np.full((len(left), self._gap // across), black, left.dtype)
            line[:, self._quarter // across : (self._gap - self._quarter) // across] = white
            made.append(np.hstack([left, line, right]))
        return made

    def _wipe(self, first: Planes, second: Planes, share: float) -> Planes:
        """Return the left of the first picture, a line, and the right of the second."""
        width = first[0].shape[1]
        # An even place, so that the line falls between chroma samples.
        at = 2 * round(share * width / 2)
        quarter = self._quarter
        made = []
        for left, right, black, white in zip(
            first, second, self._levels.black, self._levels.white, strict=True
        ):
            across = width // left.shape[1]
            plane = np.hstack([left[:, : at // across], right[:, at // across :]])
            for half, code in ((2 * quarter, black), (quarter, white)):
                plane[:, max(0, at - half) // across : (at + half) // across] = code
            made.append(plane)
        return made


def _difference(first: np.ndarray, second: np.ndarray, depth: int) -> np.ndarray:
    """Return the second plane minus the first, times `GAIN`, around the middle code, clipped."""
    middle = 1 << (depth - 1)
    codes = middle + GAIN * (second.astype(np.int32) - first)
    return codes.clip(0, 2 * middle - 1).astype(first.dtype)
