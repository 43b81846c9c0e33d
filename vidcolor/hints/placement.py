"""Where a place of the picture that a player shows lies in the network's picture."""

from dataclasses import dataclass

import numpy as np

from vidcolor.colorize.film_format import FilmFormat
from vidcolor.hints.marks import Place

_EDGE = 1 + 1e-9
"""By how much an edge may be passed through rounding."""


@dataclass(frozen=True)
class Placement:
    """The active picture, upright, within the picture that a player shows.

    left, top, width, height: in fractions of the picture shown, before it is mirrored. mirrored:
    whether players mirror left and right. Pixel aspect needs no thought: fractions are free of it.
    """

    left: float = 0.0
    top: float = 0.0
    width: float = 1.0
    height: float = 1.0
    mirrored: bool = False

    @classmethod
    def of(cls, film_format: FilmFormat, mirrored: bool) -> "Placement":
        """Return the placement in a film, whose pictures are turned as `film_format` tells."""
        (height, width), active = film_format.shape, film_format.active_luma
        corners = np.array([[active.left, active.top], [active.right, active.bottom]], float)
        corners /= width, height
        for _ in range(film_format.quarter_turns % 4):
            # What was at the right is now at the top.
            corners = np.stack([corners[:, 1], 1 - corners[:, 0]], 1)
        left, top = corners.min(0).tolist()
        right, bottom = corners.max(0).tolist()
        return cls(left, top, right - left, bottom - top, mirrored)

    def cells(self, places: np.ndarray | tuple[Place, ...], shape: tuple[int, int]) -> np.ndarray:
        """Return places in cells of the active picture: (n, 2), x from its left, y from its top.

        Those within it are in 0..w and 0..h. places: (n, 2) fractions. shape: (h, w) of its cells.
        """
        x, y = np.asarray(places, float).reshape(-1, 2).T
        height, width = shape
        return np.stack(
            [
                ((1 - x if self.mirrored else x) - self.left) / self.width * width,
                (y - self.top) / self.height * height,
            ],
            1,
        )

    def cell(self, place: Place, shape: tuple[int, int]) -> tuple[int, int] | None:
        """Return the row and column of the cell that a place lies in; None outside the picture.

        The right and the lower edge belong to the last cells. shape: as for `cells`.
        """
        (x, y), (height, width) = self.cells((place,), shape)[0], shape
        if not (0 <= x <= width * _EDGE and 0 <= y <= height * _EDGE):
            return None
        return min(int(y), height - 1), min(int(x), width - 1)

    def places(self, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Return where the middles of the cells are: x (w,) and y (h,), in fractions."""
        height, width = shape
        x = self.left + (np.arange(width) + 0.5) / width * self.width
        y = self.top + (np.arange(height) + 0.5) / height * self.height
        return (1 - x if self.mirrored else x), y

    def long_side(self, shape: tuple[int, int]) -> float:
        """Return the longer side of the whole picture shown, in cells of the active one."""
        height, width = shape
        return max(width / self.width, height / self.height)
