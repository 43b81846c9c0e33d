"""Sheets of photographs beside what networks make of them: samples, and the best and worst."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch

from vidcolor.color.yuv import rgb_to_yuv
from vidcolor.draw.sheet import contact_sheet
from vidcolor.net.checkpoint import Decoding
from vidcolor.net.predictor import Predictor

from ..data.photographs import Photographs
from .evaluate import Candidate, Photograph
from .figures import Figures
from .pictures import colorize, from_uint8, predict, to_uint8

OF_EACH = 3
"""Photographs of each rank."""


def extremes(
    photographs: Sequence[Photograph],
    measured: Sequence[Figures],
    name: str,
    candidate: Candidate,
    setting: str,
) -> np.ndarray:
    """(H, W, 3) uint8 RGB: a column for each photograph, in it grey, coloured and true.

    measured: what `evaluate` gave for them, with grey among the baselines. Ranked by the PSNR of
    the candidate `name` under `setting`.
    """
    psnr = [figures.networks[name].pictures[setting].psnr for figures in measured]
    order = np.argsort(psnr)[::-1]
    middle = max(0, len(order) - OF_EACH) // 2
    ranks = {
        "best": order[:OF_EACH],
        "median": order[middle : middle + OF_EACH],
        "worst": order[-OF_EACH:],
    }
    columns = []
    for rank, places in ranks.items():
        for place in places:
            truth = photographs[place].pixels
            grey, colored = _colored(truth, candidate, setting)
            columns.append(
                (
                    (grey, f"grey, {measured[place].baselines['grey'].psnr:.1f} dB"),
                    (colored, f"{rank}, {psnr[place]:.1f} dB"),
                    (truth, f"truth, {photographs[place].label}"),
                )
            )
    return contact_sheet(list(zip(*columns, strict=True)))


def _colored(truth: np.ndarray, candidate: Candidate, setting: str) -> np.ndarray:
    """A photograph (H, W, 3) uint8 RGB without its colour, and with that of the candidate."""
    decoding = candidate.settings[setting]
    luma = rgb_to_yuv(*from_uint8(truth[None]).split(1, 1))[0]
    probabilities = predict(candidate.predictor, luma, decoding.working_size)
    rgb = colorize(candidate.predictor, probabilities, luma, decoding)
    return to_uint8(torch.cat([luma.expand_as(rgb), rgb]))


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
