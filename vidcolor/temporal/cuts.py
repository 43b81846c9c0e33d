"""Where one shot ends and the next begins, found in luma alone.

A picture is compared by the correlation of its luma, which a change of brightness or contrast
leaves alone: old film pumps, and a lamp that is switched on is no cut.
"""

from collections.abc import Iterable

import cv2
import numpy as np

WIDTH, HEIGHT = 64, 36
_MARGIN = 8, 4
"""Thumbnail pixels, across and down, that a picture may have moved by and still be the same."""

_FLAT = 3 / 255
"""Standard deviation of the luma under which a picture shows nothing."""
_DIFFERENT = 0.3
"""Difference from which two pictures are of different shots."""
_OUTSTANDING = 2.5
"""A cut differs by so many times as much as its neighbours do, which fast motion does not."""
_NEIGHBOURS = 5
_FLASH = 4
"""Frames that something may cover the picture for without ending its shot."""

_REACH = 8
"""A dissolve is looked for between the pictures so many frames before and after."""
_DISSOLVING = 0.2
"""Difference of these two in a dissolve, of which they may themselves be part."""
_SHARE = 0.1
"""Each of them is at least this part of the picture between,"""
_WHOLE = 0.2
"""and together they are the whole but for this."""
_UNEXPLAINED = 1 / 3
"""At most this part of what either of them alone leaves unexplained, their sum does: less than
moving things in front of a background at rest leave."""


def thumbnail(luma: np.ndarray) -> np.ndarray:
    """(H, W), any numbers -> (36, 64) float32, averaged; equal brightness is all that counts."""
    return cv2.resize(luma, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32)


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Of two thumbnails in [0, 1]: 1 minus their correlation, in 0..2.

    The smallest over all displacements of up to 8 pixels across and 4 down. Between a flat picture
    and another it is 1, between two flat ones 0.
    """
    flat = [is_flat(picture) for picture in (one, other)]
    if any(flat):
        return float(flat[0] != flat[1])
    return 1 - float(cv2.matchTemplate(one, _centre(other), cv2.TM_CCOEFF_NORMED).max())


def is_flat(picture: np.ndarray) -> bool:
    """Whether a thumbnail in [0, 1] shows nothing, as in a fade to black."""
    return contrast(picture) < _FLAT


def contrast(picture: np.ndarray) -> float:
    """Standard deviation of a thumbnail, its margin left out."""
    return float(_centre(picture).std())


class CutDetector:
    """Streams thumbnails in, whether a shot begins out.

    A shot begins
    - with the first frame;
    - at a frame that differs from the one before by more than 0.3 and by 2.5 times as much as
      frames nearby do, unless within 4 frames the picture is back: that was a flash;
    - with the first picture after a fade to black or white;
    - within a dissolve: where a frame is the sum of parts of those 8 before and after, these
      differ by more than 0.2, and it is as near to the latter as to the former.

    Each decision depends on the frames from `lookback` before to `lookahead` after alone.
    """

    lookback = 2 * _REACH
    lookahead = _REACH

    def __init__(self) -> None:
        self._frames: list[np.ndarray] = []
        """Those that decisions still depend on, with their difference from the one before."""
        self._steps: list[float] = []
        self._mixed: list[bool] = []
        """Whether those already decided are past the turn of a dissolve."""
        self._next = 0
        self._at_start = True

    def __call__(self, thumbnails: Iterable[np.ndarray]) -> list[bool]:
        """Take the film's next thumbnails; tell of the frames now decided, the oldest first."""
        for picture in thumbnails:
            previous = self._frames[-1] if self._frames else picture
            self._frames.append(picture)
            self._steps.append(difference(previous, picture))
        return self._decide(len(self._frames) - self.lookahead)

    def finish(self) -> list[bool]:
        """Tell of the rest: the film is over."""
        return self._decide(len(self._frames))

    def _decide(self, end: int) -> list[bool]:
        """Of the frames up to `end`; what no later decision depends on is dropped."""
        decisions = []
        for at in range(self._next, end):
            past_turn = self._is_past_turn(at)
            dissolved = past_turn and not any(self._mixed[-_REACH:])
            self._mixed.append(past_turn)
            decisions.append(self._at_start or dissolved or self._is_cut(at))
            self._at_start = False
        self._next = max(self._next, end)
        spare = max(0, self._next - _REACH)
        del self._frames[:spare], self._steps[:spare], self._mixed[:-_REACH]
        self._next -= spare
        return decisions

    def _is_cut(self, at: int) -> bool:
        step = self._steps[at]
        before, after = max(0, at - _NEIGHBOURS), at + 1 + _NEIGHBOURS
        nearby = self._steps[before:at] + self._steps[at + 1 : after]
        if step <= max(_DIFFERENT, _OUTSTANDING * float(np.median(nearby or [0]))):
            return False
        if is_flat(self._frames[at]):
            return False
        return all(
            difference(earlier, later) > _DIFFERENT
            for earlier in self._frames[max(0, at - _FLASH) : at]
            for later in self._frames[at : at + _FLASH]
        )

    def _is_past_turn(self, at: int) -> bool:
        """Whether the frame, in a dissolve, is as near to the later picture as to the earlier."""
        if not _REACH <= at < len(self._frames) - _REACH:
            return False
        start, middle, end = self._frames[at - _REACH : at + _REACH + 1 : _REACH]
        if any(map(is_flat, (start, middle, end))) or difference(start, end) <= _DISSOLVING:
            return False
        return _is_sum(middle, start, end) and difference(start, middle) >= difference(middle, end)


def _centre(picture: np.ndarray) -> np.ndarray:
    across, down = _MARGIN
    return picture[down:-down, across:-across]


def _is_sum(picture: np.ndarray, one: np.ndarray, other: np.ndarray) -> bool:
    """Whether `picture` is a sum of parts of both, but for brightness; at half the size."""
    half = WIDTH // 2, HEIGHT // 2
    middle, *ends = (
        cv2.resize(each, half, interpolation=cv2.INTER_AREA).ravel()
        for each in (picture, one, other)
    )
    shares, rest = _fit(middle, ends)
    return (
        shares.min() > _SHARE
        and abs(shares.sum() - 1) < _WHOLE
        and rest < _UNEXPLAINED * min(_fit(middle, [end])[1] for end in ends)
    )


def _fit(picture: np.ndarray, parts: list[np.ndarray]) -> tuple[np.ndarray, float]:
    """The amounts of `parts` in `picture`, by least squares, and the variance they leave."""
    columns = np.stack([np.ones_like(picture), *parts], 1)
    amounts, *_ = np.linalg.lstsq(columns, picture)
    return amounts[1:], float((picture - columns @ amounts).var())
