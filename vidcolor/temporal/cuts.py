"""Finding where one shot ends and the next begins, in luma alone.

Pictures are compared by the correlation of their luma, which does not change with brightness or
contrast: old film pumps, and a lamp that is switched on is no cut.
"""

from collections.abc import Iterable

import cv2
import numpy as np

WIDTH, HEIGHT = 64, 36
"""The size of a thumbnail, in pixels."""
_MARGIN = 8, 9
"""What part of its width and of its height a picture may have moved and still be the same: one of
so many, 8 and 4 thumbnail pixels."""

_DARK, _EVEN = 40 / 255, 2 / 255
"""How bright the lines of black bars are at most, and by how much their pixels differ."""

_FLAT = 3 / 255
"""A picture whose luma has a smaller standard deviation shows nothing."""
_DIFFERENT = 0.3
"""Two pictures that differ by more are of different shots."""
_OUTSTANDING = 2.5
"""How many times as large as at its neighbours the difference is at a cut; in fast motion it is
less."""
_NEIGHBOURS = 5
"""The number of frames on each side that count as neighbours."""
_FLASH = 4
"""The number of frames for which something may cover the picture without ending its shot."""

_REACH = 8
"""How far before and after a frame, in frames, the two pictures lie between which a dissolve is
looked for."""
_DISSOLVING = 0.2
"""In a dissolve these two pictures differ by more than this; they may themselves be part of it."""
_SHARE = 0.1
"""The smallest share that each of the two has in the picture between them, in a dissolve."""
_WHOLE = 0.2
"""How far the sum of the two shares may be from 1."""
_UNEXPLAINED = 1 / 3
"""The largest part that the two together leave of the variance that the better of them leaves
alone. Things that move in front of a background at rest leave more."""


def thumbnail(luma: np.ndarray) -> np.ndarray:
    """Average a picture (H, W) of any numbers down to (36, 64) float32.

    The numbers keep their scale, which pictures that are compared must share.
    """
    height, width = luma.shape
    while width % 2 == height % 2 == 0 and width >= 4 * WIDTH and height >= 4 * HEIGHT:
        # OpenCV is far quicker at halving than at any other scale.
        width, height = width // 2, height // 2
        luma = cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA)
    return cv2.resize(luma, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32)


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Return how much two thumbnails in [0, 1] differ: 1 minus their correlation, in 0..2.

    It is the smallest difference over all displacements within the margin. A flat picture differs
    by 1 from one that is not flat, and by 0 from another flat one. Black bars that both have on
    opposite sides do not count, for they are alike whatever the pictures are.
    """
    flat = [is_flat(picture) for picture in (one, other)]
    if any(flat):
        return float(flat[0] != flat[1])
    one, other = _without_bars(one, other)
    return 1 - float(cv2.matchTemplate(one, _centre(other), cv2.TM_CCOEFF_NORMED).max())


def is_flat(picture: np.ndarray) -> bool:
    """Tell whether a thumbnail in [0, 1] shows nothing within its bars, as in a fade to black."""
    bare, _ = _without_bars(picture, picture)
    return contrast(bare) < _FLAT


def contrast(picture: np.ndarray) -> float:
    """Return the standard deviation of a thumbnail, with its margin left out."""
    _, spread = cv2.meanStdDev(_centre(picture))
    return spread.item()


class CutDetector:
    """Takes thumbnails in and tells of each frame whether a shot begins there.

    A shot begins
    - with the first frame;
    - at a frame that differs from the one before by more than 0.3 and by 2.5 times as much as
      frames nearby do, unless within 4 frames the picture is back: that was a flash;
    - with the first picture after a fade to black or white;
    - within a dissolve: where the frames 8 before and 8 after differ by more than 0.2, the frame
      is a sum of parts of these two, and it is at least as near to the later one.

    A decision depends on nothing but the frames from `lookback` before to `lookahead` after.
    """

    lookback = 2 * _REACH
    lookahead = _REACH

    def __init__(self) -> None:
        self._frames: list[np.ndarray] = []
        """The thumbnails that decisions still depend on."""
        self._steps: list[float] = []
        """The difference of each of them from the one before."""
        self._mixed: list[bool] = []
        """For each frame already decided, whether it is past the turn of a dissolve."""
        self._next = 0
        """The place in `_frames` of the first one undecided."""
        self._at_start = True

    def __call__(self, thumbnails: Iterable[np.ndarray]) -> list[bool]:
        """Take the film's next thumbnails; return whether a shot begins at the frames now decided.

        The oldest frame comes first.
        """
        for picture in thumbnails:
            previous = self._frames[-1] if self._frames else picture
            self._frames.append(picture)
            self._steps.append(difference(previous, picture))
        return self._decide(len(self._frames) - self.lookahead)

    def finish(self) -> list[bool]:
        """Return the decisions on the remaining frames: the film is over."""
        return self._decide(len(self._frames))

    def _decide(self, end: int) -> list[bool]:
        """Decide on the frames before `end`, and drop what no later decision depends on."""
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
        """Tell whether the frame is a hard cut or the first picture after a fade."""
        step = self._steps[at]
        before, after = max(0, at - _NEIGHBOURS), at + 1 + _NEIGHBOURS
        nearby = self._steps[before:at] + self._steps[at + 1 : after]
        if step <= max(_DIFFERENT, _OUTSTANDING * float(np.median(nearby or [0]))):
            return False
        if is_flat(self._frames[at]):
            return False
        # After a flash, one of the next frames is like one of those before it: the same shot.
        return all(
            difference(earlier, later) > _DIFFERENT
            for earlier in self._frames[max(0, at - _FLASH) : at]
            for later in self._frames[at : at + _FLASH]
        )

    def _is_past_turn(self, at: int) -> bool:
        """Tell whether the frame is in a dissolve and at least as near to the later picture."""
        if not _REACH <= at < len(self._frames) - _REACH:
            return False
        start, middle, end = self._frames[at - _REACH : at + _REACH + 1 : _REACH]
        if any(map(is_flat, (start, middle, end))) or difference(start, end) <= _DISSOLVING:
            return False
        return _is_sum(middle, start, end) and difference(start, middle) >= difference(middle, end)


def _centre(picture: np.ndarray) -> np.ndarray:
    """Return a thumbnail, or what is within its bars, without its margin."""
    (height, width), (across, down) = picture.shape, _MARGIN
    right, bottom = width // across, height // down
    return picture[bottom : height - bottom, right : width - right]


def _without_bars(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return two thumbnails without the bars that both have, about as wide on opposite sides."""
    if max(one[0, 0], other[0, 0]) > _DARK:  # bars would reach into the corner
        return one, other
    for _ in range(2):  # above and below, then, turned, left and right
        is_bar = _are_dark(one) & _are_dark(other)
        begin, end = int(is_bar.argmin()), int(is_bar[::-1].argmin())
        if min(begin, end) and abs(begin - end) <= 1:
            one, other = (picture[begin : len(picture) - end] for picture in (one, other))
        one, other = one.T, other.T
    return one, other


def _are_dark(lines: np.ndarray) -> np.ndarray:
    """Tell of each line of a thumbnail whether it is dark and even throughout."""
    highest = lines.max(1)
    return (highest <= _DARK) & (highest - lines.min(1) <= _EVEN)


def _is_sum(picture: np.ndarray, one: np.ndarray, other: np.ndarray) -> bool:
    """Tell whether `picture` is a sum of parts of both, up to a change of brightness.

    They are compared at half the size.
    """
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
    """Return the amounts of `parts` in `picture`, by least squares, and the variance they leave."""
    columns = np.stack([np.ones_like(picture), *parts], 1)
    amounts, *_ = np.linalg.lstsq(columns, picture)
    return amounts[1:], float((picture - columns @ amounts).var())
