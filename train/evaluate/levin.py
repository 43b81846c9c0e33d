"""Colorization using Optimization (Levin, Lischinski and Weiss 2004), with which ours is compared.

Its settings are those of the code that they published, not those of the paper.
"""

import numpy as np

from vidcolor.colorize.dissection import OFFSETS, Equations

_FAINTEST = 1e-12
"""Weights below this are 0: nothing is lost, and the solver meets no denormal numbers."""

_OWN = OFFSETS.index((0, 0))


def levin(luma: np.ndarray, uv: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return UV (2, h, w) float32: known colors spread from grey.

    Each pixel that is not known is the mean of its eight neighbours, weighted by
    exp(-(Y(r) - Y(s))² / s²), where s² is 0.6 times the variance of luma in the 3 x 3 pixels
    around it, but at least so large that its likest neighbour weighs 0.01, and 2e-6.

    luma: (h, w) float32 in [0, 1]. uv: (2, h, w), used where known (h, w) bool is true.
    """
    y = luma.astype(np.float64)
    height, width = y.shape
    padded = np.pad(y, 1, constant_values=np.nan)
    windows = np.stack(
        [padded[1 + down :, 1 + across :][:height, :width] for down, across in OFFSETS]
    )
    apart = (windows - y) ** 2
    apart[_OWN] = np.nan
    spreads = 0.6 * np.nanvar(windows, axis=0)
    spreads = np.maximum(np.maximum(spreads, -np.nanmin(apart, 0) / np.log(0.01)), 2e-6)
    weights = np.nan_to_num(np.exp(-apart / spreads))
    weights /= weights.sum(0)
    stencil = np.where(known | (weights < _FAINTEST), 0, -weights)
    stencil[_OWN] = 1
    return Equations(stencil).solve(np.where(known, uv, 0).astype(np.float64)).astype(np.float32)
