"""Samples: photographs beside what a network makes of them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import torch

from vidcolor.checkpoint import Decoding
from vidcolor.color import rgb_to_yuv
from vidcolor.colorizer import Predictor
from vidcolor.sheet import contact_sheet

from .colorize import colorize, from_uint8, predict, to_uint8
from .dataset import Photographs

TEMPERATURES = (1.0, 0.7, 0.5, 0.38, 0.2, 0.0)
"""From the mean of all colours to the likeliest one (ColorUNet 2018, figure 4)."""

SAMPLES = 8
"""Photographs on a sheet."""


def evenly_spaced(indices: np.ndarray) -> np.ndarray:
    """SAMPLES of `indices` or fewer, the same ones every time."""
    return indices[:: max(1, -(-len(indices) // SAMPLES))]


def at_temperatures(decoding: Decoding) -> dict[str, Decoding]:
    """`decoding` at each of TEMPERATURES, by caption."""
    return {f"T = {value:g}": replace(decoding, temperature=value) for value in TEMPERATURES}


def sample_sheet(
    predictor: Predictor,
    photographs: Photographs,
    indices: Iterable[int],
    settings: Mapping[str, Decoding],
) -> np.ndarray:
    """(H, W, 3) uint8 RGB: a row for each photograph: grey, each of `settings`, the truth."""
    rows = []
    for index in indices:
        truth = photographs[index]
        luma = rgb_to_yuv(*from_uint8(truth[None]).split(1, 1))[0]
        probabilities: dict[int, torch.Tensor] = {}
        row = [(to_uint8(luma.expand(-1, 3, -1, -1))[0], "grey")]
        for caption, decoding in settings.items():
            size = decoding.working_size
            if size not in probabilities:
                probabilities[size] = predict(predictor, luma, size)
            (picture,) = to_uint8(colorize(predictor, probabilities[size], luma, decoding))
            row.append((picture, caption))
        rows.append([*row, (truth, "truth")])
    return contact_sheet(rows)
