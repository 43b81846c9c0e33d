"""The photographs that a network colours best, middling and worst, as a contact sheet."""

from collections.abc import Sequence

import numpy as np
import torch

from vidcolor.color import rgb_to_yuv
from vidcolor.sheet import contact_sheet

from .colorize import colorize, from_uint8, predict, to_uint8
from .evaluate import Candidate, Photograph
from .figures import Figures

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
            grey, coloured = _coloured(truth, candidate, setting)
            columns.append(
                (
                    (grey, f"grey, {measured[place].baselines['grey'].psnr:.1f} dB"),
                    (coloured, f"{rank}, {psnr[place]:.1f} dB"),
                    (truth, f"truth, {photographs[place].label}"),
                )
            )
    return contact_sheet(list(zip(*columns, strict=True)))


def _coloured(truth: np.ndarray, candidate: Candidate, setting: str) -> np.ndarray:
    """A photograph (H, W, 3) uint8 RGB without its colour, and with that of the candidate."""
    decoding = candidate.settings[setting]
    luma = rgb_to_yuv(*from_uint8(truth[None]).split(1, 1))[0]
    probabilities = predict(candidate.predictor, luma, decoding.working_size)
    rgb = colorize(candidate.predictor, probabilities, luma, decoding)
    return to_uint8(torch.cat([luma.expand_as(rgb), rgb]))
