"""Finds black bars: which part of a film's frames is its picture."""

from collections.abc import Iterable

import numpy as np

from vidcolor.color.yuv import CodeRange
from vidcolor.colorize.film_format import Rectangle

FEW = 4
"""Fewer samples than this prove no bar, unless there are no more."""

# Luma in steps of 8 bits: how far above black a bar lies at most; how far from its level its pixels
# lie, three times its noise being added, and at most; how far above it there is picture for sure.
_DARK = 24
_FLAT, _LEAST_FLAT = 4, 12
_LIT = 16
# The share of a sample that must rise above any bar for the sample to say something.
_TELLING = 0.01
# Shares of a row that are bar: without and with a subtitle. The share lit at a picture's edge.
_BARE, _BESIDE_TEXT, _EDGE = 0.98, 0.6, 0.5
# Of the samples, those that may show a subtitle in a bar.
_TITLED = 0.5
# Shares of a side: the widest bar without another opposite, with one unlike it, and at all.
_ALONE, _UNLIKE, _WIDEST = 0.1, 0.25, 0.42
# Bars are alike if the one is at most so many times as wide as the other.
_ALIKE = 1.25
# Along a line, one pixel of so many is looked at.
_STEP = 4
# Outermost lines, which may differ from the bar within them.
_RIM = 2


def active_picture(
    samples: Iterable[np.ndarray],
    shape: tuple[int, int],
    codes: CodeRange,
    multiples: tuple[int, int] = (1, 1),
) -> Rectangle:
    """Return the part of a film's frames that is picture: all of them if there are no bars.

    Args:
        samples: luma planes of `shape`; no more are taken than it needs to rule bars out.
        shape: (height, width).
        codes: of the luma.
        multiples: of rows and columns that the edges shall fall on, unless they are the frame's;
            what a bar loses by that, the picture gains.

    A bar is dark and flat along the whole side, up to a straight edge of the picture, in every
    sample that is not dark as a whole; of these there must be `FEW`. In half of them it may hold
    a subtitle. Bars on opposite sides may take up a quarter of the height or width each, and 42 %
    if they are about equally wide; a bar without another opposite, a tenth. What is narrower than
    a hundredth, or than 4 lines, is none. Of a film that has fewer samples than `FEW` only bars on
    opposite sides that are about equally wide are believed.
    """
    height, width = shape
    ends = [_End(side) for side in (height, height, width, width)]
    taken = 0
    for plane in samples:
        taken += 1
        if (_above_black(plane[::_STEP, ::_STEP], codes) > _DARK + _LIT).mean() < _TELLING:
            continue
        rows = _above_black(plane[:, ::_STEP], codes)
        columns = _above_black(plane[::_STEP].T, codes)
        for end, lines in zip(ends, (rows, rows[::-1], columns, columns[::-1]), strict=True):
            end.look(lines)
        if not any(end.may_be_bar for end in ends):
            break
    is_short = taken < FEW
    top, bottom, left, right = (end.bar(1 if is_short else FEW) for end in ends)
    top, bottom = _together(top, bottom, height, only_alike=is_short)
    left, right = _together(left, right, width, only_alike=is_short)
    return Rectangle(top, height - bottom, left, width - right).widened(multiples, shape)


class _End:
    """Gathers what samples show of the lines at one end of a frame's height or width.

    side: that height or width, in pixels.
    """

    def __init__(self, side: int) -> None:
        self._narrowest = max(2 * _RIM, side // 100)
        self._widest = int(_WIDEST * side)
        self._edge = _RIM + side // 50
        lines = self._widest + self._edge
        self._possible = np.full(lines, self._narrowest <= self._widest)
        self._bare = np.zeros(lines, int)
        self._lit = np.zeros(lines)
        self._samples = 0

    def look(self, lines: np.ndarray) -> None:
        """Take a sample: steps above black, (lines, pixels), the outermost line first."""
        if not self.may_be_bar:
            return
        lines = lines[: len(self._possible)]
        outermost = lines[_RIM : self._narrowest]
        level = np.median(outermost)
        noise = 1.4826 * np.median(np.abs(outermost - level))
        flat = (np.abs(lines - level) <= min(_FLAT + 3 * noise, _LEAST_FLAT)).mean(1)
        flat[:_RIM] = 1
        self._possible &= (flat >= _BESIDE_TEXT) & (level <= _DARK)
        self._bare += flat >= _BARE
        self._lit = np.maximum(self._lit, (lines > level + _LIT).mean(1))
        self._samples += 1

    @property
    def may_be_bar(self) -> bool:
        """True while the samples so far leave a bar possible."""
        return bool(self._possible[: self._narrowest].all())

    def bar(self, needed: int) -> int:
        """Return the number of lines of the bar, 0 if there is none; needed: the samples."""
        bare = self._possible & (self._bare >= (1 - _TITLED) * self._samples)
        bar = int(np.argmin(bare)) if not bare.all() else len(bare)
        if self._samples < needed or not self._narrowest <= bar <= self._widest:
            return 0
        return bar if self._lit[bar : bar + self._edge].max() >= _EDGE else 0


def _above_black(plane: np.ndarray, codes: CodeRange) -> np.ndarray:
    """Turn luma codes into steps of 8 bits above black, float32."""
    steps = plane.astype(np.float32) / np.float32(1 << (codes.depth - 8))
    return steps if codes.full else steps - np.float32(16)


def _together(first: int, second: int, side: int, only_alike: bool) -> tuple[int, int]:
    """Return the widths of the two bars of a side, 0 for one that is not believed."""
    narrow, wide = sorted((first, second))
    are_alike = wide <= _ALIKE * narrow
    if only_alike and not are_alike:
        return 0, 0
    most = _ALONE if not narrow else _WIDEST if are_alike else _UNLIKE
    return (first, second) if wide <= most * side else (0, 0)
