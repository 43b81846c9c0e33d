"""Two pictures in one: side by side, one wiped over the other, or their difference."""

import numpy as np

from vidcolor.draw.labels import Label
from vidcolor.draw.pixels import CodeLevels, Planes

GAIN = 2
"""By which differences are multiplied, for those of colour are faint."""

_LINES = 720
"""Of a picture whose parts a line of four pixels divides, white between black; of twice as many,
eight."""


class Composition:
    """How two pictures of one shape become one.

    mode: "side-by-side"; "wipe", the first to the left of a line and the second to its right; or
    "difference", the second minus the first, times `GAIN`, around middle grey. shape: (height,
    width) of each. tones: of their planes. labels: what stands in the two; nothing if empty.
    """

    shape: tuple[int, int]
    """(height, width) of the one."""

    def __init__(
        self, mode: str, shape: tuple[int, int], tones: CodeLevels, labels: tuple[str, str]
    ) -> None:
        self._mode, self._tones = mode, tones
        height, width = shape
        self._quarter = max(1, round(height / _LINES))
        # Odd beside an odd width, so that the second picture begins with a chroma sample.
        self._gap = 4 * self._quarter + width % 2
        self.shape = (height, 2 * width + self._gap) if mode == "side-by-side" else shape
        first, second = labels
        difference = f"{second} minus {first}, x{GAIN}" if first and second else ""
        self._first = Label(first, shape, tones, right=False)
        self._second = Label(second, shape, tones, right=True)
        self._difference = Label(difference, shape, tones, right=False)

    def __call__(self, first: Planes, second: Planes, share: float) -> Planes:
        """The one picture; share: of the width that a wipe leaves to the first, 0 to 1."""
        if self._mode == "difference":
            pairs = zip(first, second, strict=True)
            return self._difference.on([_difference(*pair, self._tones.depth) for pair in pairs])
        first, second = self._first.on(first), self._second.on(second)
        if self._mode == "wipe":
            return self._wipe(first, second, share)
        return self._side_by_side(first, second)

    def _side_by_side(self, first: Planes, second: Planes) -> Planes:
        made = []
        for left, right, black, white in zip(
            first, second, self._tones.black, self._tones.white, strict=True
        ):
            across = first[0].shape[1] // left.shape[1]
            line = np.full((len(left), self._gap // across), black, left.dtype)
            line[:, self._quarter // across : (self._gap - self._quarter) // across] = white
            made.append(np.hstack([left, line, right]))
        return made

    def _wipe(self, first: Planes, second: Planes, share: float) -> Planes:
        width = first[0].shape[1]
        at = 2 * round(share * width / 2)
        quarter = self._quarter
        made = []
        for left, right, black, white in zip(
            first, second, self._tones.black, self._tones.white, strict=True
        ):
            across = width // left.shape[1]
            plane = np.hstack([left[:, : at // across], right[:, at // across :]])
            for half, code in ((2 * quarter, black), (quarter, white)):
                plane[:, max(0, at - half) // across : (at + half) // across] = code
            made.append(plane)
        return made


def _difference(first: np.ndarray, second: np.ndarray, depth: int) -> np.ndarray:
    middle = 1 << (depth - 1)
    codes = middle + GAIN * (second.astype(np.int32) - first)
    return codes.clip(0, 2 * middle - 1).astype(first.dtype)
