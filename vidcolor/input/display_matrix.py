"""How players turn and mirror a picture, by the display matrix of its frames."""

from collections.abc import Mapping
from math import atan2, degrees, hypot

import numpy as np

from vidcolor.input.frames import mirrors

# The part (a, b, c, d) of a display matrix, in 16.16 fixed point: x' = a x + c y, y' = b x + d y.
_UPRIGHT = (1 << 16, 0, 0, 1 << 16)


def display_matrix_of(attached: Mapping[str, tuple[bytes, ...]]) -> tuple[int, ...] | None:
    """Return the nine numbers of the display matrix; None if players do not turn the picture."""
    if "DISPLAYMATRIX" not in attached:
        return None
    matrix = tuple(np.frombuffer(attached["DISPLAYMATRIX"][0], np.int32).tolist())
    return matrix if matrix[:2] + matrix[3:5] != _UPRIGHT else None


def rotation_of(matrix: tuple[int, ...]) -> int:
    """Return the turn of `matrix` in degrees, once a mirroring of left and right is undone."""
    a, b, _, c, d, *_ = matrix
    mirrored = -1 if mirrors(matrix) else 1
    return -round(degrees(atan2(b * hypot(a, c), mirrored * a * hypot(b, d))))
