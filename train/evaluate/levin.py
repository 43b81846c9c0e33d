"""Colorization using Optimization (Levin, Lischinski and Weiss 2004), with which ours is compared.

Its settings are those of the code that they published, not those of the paper.
"""

import numpy as np
from scipy.sparse import coo_array

from vidcolor.colorize.dissection import solve

_OFFSETS = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if y or x]
_FAINTEST = 1e-12
"""Weights below this are 0: nothing is lost, and the solver meets no denormal numbers."""


def levin(luma: np.ndarray, uv: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return UV (2, h, w) float32: known colors spread from grey.

    Each pixel that is not known is the mean of its eight neighbours, weighted by
    exp(-(Y(r) - Y(s))² / s²), where s² is 0.6 times the variance of luma in the 3 x 3 pixels
    around it, but at least so large that its likest neighbour weighs 0.01, and 2e-6.

    luma: (h, w) float32 in [0, 1]. uv: (2, h, w), used where known (h, w) bool is true.
    """
    y = luma.astype(np.float64)
    padded = np.pad(y, 1, constant_values=np.nan)
    places = np.arange(y.size).reshape(y.shape)
    others = np.pad(places, 1, constant_values=-1)
    height, width = y.shape
    windows = [
        (slice(1 + dy, 1 + dy + height), slice(1 + dx, 1 + dx + width)) for dy, dx in _OFFSETS
    ]
    beside = np.stack([padded[window] for window in windows])
    spreads = 0.6 * np.nanvar(np.concatenate([beside, y[None]]), axis=0)
    likest = np.nanmin((beside - y) ** 2, axis=0)
    spreads = np.maximum(np.maximum(spreads, -likest / np.log(0.01)), 2e-6)
    weights = np.nan_to_num(np.exp(-((beside - y) ** 2) / spreads))
    weights /= weights.sum(0)
    rows, columns, values = [places.ravel()], [places.ravel()], [np.ones(y.size)]
    for window, weight in zip(windows, weights, strict=True):
        counts = ~known & (weight > _FAINTEST)
        rows.append(places[counts])
        columns.append(others[window][counts])
        values.append(-weight[counts])
    ends = np.concatenate(rows), np.concatenate(columns)
    matrix = coo_array((np.concatenate(values), ends), shape=(y.size, y.size)).tocsc()
    fixed = np.where(known, uv, 0).reshape(2, -1).T
    solved = solve(matrix, fixed.astype(np.float64), (height, width))
    return solved.T.reshape(uv.shape).astype(np.float32)
