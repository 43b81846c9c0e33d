"""Solves equations between neighbouring pixels, in an order that keeps them sparse."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

OFFSETS = tuple((down, across) for down in (-1, 0, 1) for across in (-1, 0, 1))
"""Where the pixels of a `solve`'s equation lie, from its own: the rows and columns between them."""

_LEAF = 4
"""Parts of so many pixels are not cut further."""


class Equations:
    """The equations between the pixels of a picture, factored, so that each solution costs little.

    stencil: (9, h, w) float64, by `OFFSETS` what the pixels around weigh in the equation of each;
    those outside the picture don't count, and the own one weighs at least as much as the others
    together.
    """

    def __init__(self, stencil: np.ndarray) -> None:
        from scipy.sparse import csc_array  # late: films without hints begin sooner
        from scipy.sparse.linalg import splu

        layout = _lay_out(*stencil.shape[1:])
        entries = stencil.ravel()[layout.source], layout.rows, layout.begins
        self._order = layout.order
        self._factors = splu(
            csc_array(entries, shape=(self._order.size, self._order.size)),
            permc_spec="NATURAL",
            diag_pivot_thresh=0.0,
            panel_size=1,
            options={"SymmetricMode": True, "Equil": False},
        )

    def solve(self, right: np.ndarray) -> np.ndarray:
        """Return x, (n, h, w) float64, of which each pixel fulfils its equation, by elimination.

        right: (n, h, w) float64, what these sums shall be.
        """
        solved = np.empty((self._order.size, len(right)))
        solved[self._order] = self._factors.solve(right.reshape(len(right), -1).T[self._order])
        return solved.T.reshape(right.shape)


@dataclass(frozen=True, eq=False)
class _Layout:
    """Where the entries of a matrix in compressed columns come from.

    order: (h w,), the pixels by number, as `dissect`. rows, begins: of the entries, and where each
    column begins. source: for each entry which one of the stencil's, by number, it is.
    """

    order: np.ndarray
    rows: np.ndarray
    begins: np.ndarray
    source: np.ndarray


@lru_cache(maxsize=4)
def _lay_out(height: int, width: int) -> _Layout:
    """Return the layout of the equations of a picture."""
    from scipy.sparse import coo_array  # late, as above

    order = dissect(height, width)
    rank = np.empty((height, width), np.int32)
    rank.flat[order] = np.arange(order.size)
    numbers = np.arange(len(OFFSETS) * order.size, dtype=np.int32).reshape(-1, height, width)
    rows, columns, sources = [], [], []
    for plane, (down, across) in zip(numbers, OFFSETS, strict=True):
        (above, below), (left, right) = _overlap(height, down), _overlap(width, across)
        rows.append(rank[above, left].ravel())
        columns.append(rank[below, right].ravel())
        sources.append(plane[above, left].ravel())
    ends = np.concatenate(rows), np.concatenate(columns)
    matrix = coo_array((np.concatenate(sources), ends)).tocsc()
    return _Layout(order, matrix.indices, matrix.indptr, matrix.data)


def _overlap(length: int, offset: int) -> tuple[slice, slice]:
    """Return where along a side pixels lie that have one at an offset, and where those lie."""
    return (
        slice(max(0, -offset), length - max(0, offset)),
        slice(max(0, offset), length + min(0, offset)),
    )


@lru_cache(maxsize=4)
def dissect(height: int, width: int) -> np.ndarray:
    """Return the pixels of a picture, (h w,) by number, in the order of their elimination.

    It is that of George 1973, "Nested dissection of a regular finite element mesh": a line of
    pixels cuts the picture in two halves, which know of each other by this line alone, and comes
    after both, each of which is cut likewise. To factor them so takes half as long as in an order
    found from the equations, and no time to find it.
    """
    order: list[np.ndarray] = []

    def cut(part: np.ndarray) -> None:
        if part.size <= _LEAF:
            order.append(part.ravel())
            return
        long = part if part.shape[0] >= part.shape[1] else part.T
        middle = len(long) // 2
        cut(long[:middle])
        cut(long[middle + 1 :])
        order.append(long[middle])

    cut(np.arange(height * width).reshape(height, width))
    return np.concatenate(order)
