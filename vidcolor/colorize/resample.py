"""Brings what hints add to the size of the chroma planes, up to the edges of luma."""

import cv2
import numpy as np

SIGMA = 0.03
"""The σ of how alike a sample and a cell are, in units of luma in [0, 1]: eight 8-bit codes."""

_NEAR = 0.5
"""The σ of how near they are, in cells."""

_LEAST = 1e-4
"""Cells are alike by at least this: a sample unlike all around it is given their mean."""


def resample(planes: np.ndarray, luma: np.ndarray) -> np.ndarray:
    """Return planes (n, h, w) float32 at the size of a luma (H, W) float32 in [0, 1].

    Larger, this is joint bilateral upsampling (Kopf, Cohen, Lischinski and Uyttendaele 2007): each
    sample is the mean of the 3 x 3 cells around it, weighted by how near they are and how alike
    their lumas. Plain interpolation would carry the color of a thing two cells beyond its edges.
    Of the same size, they are returned as they are.
    """
    height, width = planes.shape[1:]
    if luma.shape == (height, width):
        return planes
    cells = cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA)
    parts = [np.pad(each, 1, mode="edge") for each in (*planes, cells)]
    rows, near_rows = _taps(height, luma.shape[0])
    columns, near_columns = _taps(width, luma.shape[1])
    total = np.zeros((len(planes), *luma.shape), np.float32)
    weights = np.zeros_like(luma)
    for down in range(3):
        for across in range(3):
            *values, there = (part[rows + down][:, columns + across] for part in parts)
            alike = cv2.exp(np.square(there - luma) / np.float32(-2 * SIGMA**2)) + _LEAST
            alike *= near_rows[down][:, None] * near_columns[across]
            weights += alike
            for plane, value in zip(total, values, strict=True):
                plane += alike * value
    return total / weights


def _taps(given: int, wanted: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the cell in which each sample along a side lies, and how near it and those beside are.

    They are (wanted,), and (3, wanted): of the cell before, the cell itself and the one behind.
    """
    place = (np.arange(wanted) + 0.5) / wanted * given
    cell = np.floor(place).astype(int)
    away = place - cell - 0.5 - np.array([[-1], [0], [1]])
    return cell, np.exp(-np.square(away) / (2 * _NEAR**2)).astype(np.float32)
