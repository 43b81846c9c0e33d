"""Solves equations between neighbouring pixels, in an order that keeps them sparse."""

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csc_array

_LEAF = 4
"""Parts of so many pixels are not cut further."""


def solve(matrix: "csc_array", right: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return x with `matrix` x = `right`, by elimination.

    matrix: (h w, h w), of the pixels of a picture (h, w) in the order of the lines; only the eight
    neighbours of a pixel share its row, and no row weighs them more than its diagonal. right:
    (h w, n).
    """
    from scipy.sparse.linalg import splu  # late: films without hints begin sooner

    order = dissect(*shape)
    solved = np.empty_like(right)
    solved[order] = splu(
        matrix[order][:, order],
        permc_spec="NATURAL",
        diag_pivot_thresh=0.0,
        panel_size=1,
        options={"SymmetricMode": True},
    ).solve(right[order])
    return solved


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
