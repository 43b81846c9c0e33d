"""How much nearer to the truth pictures come when what holds for all of them is told.

After Zhang et al. 2017, "Real-Time User-Guided Image Colorization with Learned Deep Priors",
section 3.3 and tables 1 and 3: the histogram of the true colors, or their mean saturation, is told.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import numpy as np
import torch
from torch.nn import functional as F
from tqdm import tqdm

from vidcolor.color import metrics
from vidcolor.color.yuv import rgb_to_yuv
from vidcolor.colorize.multipliers import find_multipliers, multiply
from vidcolor.colorize.saturation import find_factor, find_tilt, mean_saturation, tilt
from vidcolor.net.decoding import Decoding
from vidcolor.net.predictor import resize

from .candidates import Candidate, Photograph
from .pictures import at_working_size, colorize, from_uint8, predict, to_uint8

AUTOMATIC = "automatic"
"""The name of pictures of which nothing is told."""

NEIGHBOURS = 5
"""Bins that share a place in the histogram (Zhang et al. 2016, section 2.2)."""

GlobalHint: TypeAlias = Literal["saturation", "histogram"]
"""What is told."""


def measure(
    photographs: Sequence[Photograph],
    candidates: Mapping[str, Candidate],
    told: Sequence[GlobalHint],
    quiet: bool = False,
) -> dict[str, dict[str, float]]:
    """Return the mean PSNR of pictures, in dB, by candidate and by what is told.

    `AUTOMATIC` is the first. Pictures are at temperature 1 and rebalance 0.

    Args:
        photographs: what to measure on.
        candidates: the networks, by name, at the working size of their first settings.
        told: each is told alone.
        quiet: whether no progress is shown.
    """
    every: dict[str, list[list[float]]] = {name: [] for name in candidates}
    with tqdm(total=len(photographs), unit=" photographs", disable=quiet or None) as progress:
        for photograph in photographs:
            for name, candidate in candidates.items():
                every[name].append(_psnrs(photograph.pixels, candidate, told))
            progress.update()
    return {
        name: dict(zip((AUTOMATIC, *told), np.mean(rows, 0).tolist(), strict=True))
        for name, rows in every.items()
    }


def _psnrs(pixels: np.ndarray, candidate: Candidate, told: Sequence[GlobalHint]) -> list[float]:
    """Return the PSNR of the automatic picture, and of that with each of the hints."""
    predictor, size = candidate.distribution, next(iter(candidate.settings.values())).working_size
    luma, u, v = rgb_to_yuv(*from_uint8(pixels[None]).split(1, 1))
    uv = torch.cat([u, v], 1)
    automatic = predict(predictor, luma, size).cpu()
    shape, own = automatic.shape[-2:], (luma.shape[-2], luma.shape[-1])
    stride = predictor.model.dims.output_stride
    # As the network sees them: cells of the picture at its working size.
    working = shape[0] * stride, shape[1] * stride
    cells = F.avg_pool2d(resize(uv, working), stride)
    brightness = F.avg_pool2d(at_working_size(luma, working), stride)[:, 0]
    bins = predictor.bins
    psnrs = []
    for hint in (None, *told):
        probabilities, places, factor = automatic, automatic[0].flatten(1), 1.0
        if hint == "histogram":
            shares = bins.encode(cells, NEIGHBOURS).mean((0, 2, 3))
            probabilities = multiply(automatic, find_multipliers(places, shares))
        elif hint == "saturation":
            true = mean_saturation(luma, uv)
            beta = find_tilt(places, brightness.flatten(), bins.centers, true)
            probabilities = tilt(automatic, brightness, bins.centers, beta)
            made = resize(predictor.chroma(probabilities, Decoding(1.0, 0.0, size)).cpu(), own)
            factor = find_factor(luma, made, true)
        decoding = Decoding(1.0, 0.0, size, saturation=factor)
        made = colorize(predictor, probabilities, luma, decoding)
        psnrs.append(metrics.psnr(pixels, to_uint8(made)[0]))
    return psnrs
