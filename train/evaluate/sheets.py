"""Drawing sheets of photographs beside what networks make of them: samples, the best, the worst."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from vidcolor.draw.sheet import contact_sheet
from vidcolor.net.decoding import Decoding
from vidcolor.net.predictor import Predictor

from ..data.photographs import Photographs
from .candidates import Colourist, Photograph
from .figures import Figures
from .namer import Namer
from .pictures import colorize_in_settings, grey_picture, luma_of

OF_EACH = 3
"""The number of photographs of each rank."""


def extremes(
    photographs: Sequence[Photograph],
    measured: Sequence[Figures],
    candidates: Mapping[str, tuple[Colourist, str]],
) -> np.ndarray:
    """Draw the best, median and worst photographs by PSNR, (H, W, 3) uint8 RGB.

    Each photograph has a column, in which it stands grey, as each candidate colours it, and true.

    Args:
        photographs: what was measured.
        measured: what `evaluate` returned for them, with grey among the baselines.
        candidates: who colours them, by the name in the figures, with the name of a setting. The
            first one's PSNR ranks the photographs.
    """
    name, (_, setting) = next(iter(candidates.items()))
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
            luma = luma_of(truth)
            grey = grey_picture(luma)
            made = []
            for each, (candidate, way) in candidates.items():
                picture = candidate.pictures(photographs[place])[way]
                what = rank if each == name else each
                reached = measured[place].networks[each].pictures[way].psnr
                made.append((picture, f"{what}, {reached:.1f} dB"))
            columns.append(
                (
                    (grey, f"grey, {measured[place].baselines['grey'].psnr:.1f} dB"),
                    *made,
                    (truth, f"truth, {photographs[place].label}"),
                )
            )
    return contact_sheet(list(zip(*columns, strict=True)))


TEMPERATURES = (1.0, 0.7, 0.5, 0.38, 0.2, 0.0)
"""The temperatures of a sample sheet, from the mean of all colours to the likeliest one
(ColorUNet 2018, figure 4)."""

SAMPLES = 8
"""The largest number of photographs on a sample sheet."""


def evenly_spaced(indices: np.ndarray) -> np.ndarray:
    """Return SAMPLES of `indices` or fewer, the same ones every time."""
    return indices[:: max(1, -(-len(indices) // SAMPLES))]


def at_temperatures(decoding: Decoding) -> dict[str, Decoding]:
    """Return `decoding` at each of TEMPERATURES, by caption."""
    return {f"T = {value:g}": replace(decoding, temperature=value) for value in TEMPERATURES}


def sample_sheet(
    predictor: Predictor | Namer,
    photographs: Photographs,
    indices: Iterable[int],
    settings: Mapping[str, Decoding],
) -> np.ndarray:
    """Draw a row for each photograph: grey, in each setting, and true -> (H, W, 3) uint8 RGB.

    Args:
        predictor: the network.
        photographs: the packed photographs.
        indices: those to draw.
        settings: to decode with, by caption.
    """
    rows = []
    for index in indices:
        truth = photographs[index]
        luma = luma_of(truth)
        colored = colorize_in_settings(predictor, luma, settings)
        rows.append(
            [
                (grey_picture(luma), "grey"),
                *((picture, caption) for caption, picture in colored.items()),
                (truth, "truth"),
            ]
        )
    return contact_sheet(rows)
