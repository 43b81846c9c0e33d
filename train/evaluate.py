"""Evaluation: figures of a network on photographs whose colour is known."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from tqdm import tqdm

from vidcolor import metrics
from vidcolor.checkpoint import Decoding
from vidcolor.color import fit_to_luma, rgb_to_yuv, yuv_to_rgb
from vidcolor.colorizer import Predictor, resize, working_shape

from .dataset import Photographs

LARGEST_BATCH = 16


@dataclass(frozen=True)
class Figures:
    """Means over photographs, each coloured at its own size with the truth's luma.

    psnr in dB on 8-bit RGB, ciede2000 and colourfulness as in `vidcolor.metrics`.
    """

    psnr: float
    ciede2000: float
    colourfulness: float


def evaluate(
    predictor: Predictor,
    photographs: Photographs,
    indices: Sequence[int] | np.ndarray,
    settings: dict[str, Decoding],
    quiet: bool = False,
) -> dict[str, Figures]:
    """Figures of each of `settings`, and of "grey" and "truth", over photographs[indices]."""
    measured: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    with tqdm(total=len(indices), unit=" photographs", disable=quiet or None) as progress:
        for batch in _batches_of_one_shape(photographs, indices):
            truth = np.stack([photographs[index] for index in batch])
            rgb = torch.from_numpy(truth).movedim(-1, 1).float().div(255)
            luma = rgb_to_yuv(*rgb.split(1, 1))[0]
            coloured = {"truth": rgb, "grey": luma.expand(-1, 3, -1, -1)}
            coloured |= colorize_photographs(predictor, luma, settings)
            for name, pictures in coloured.items():
                measured[name] += map(_measure, truth, to_uint8(pictures))
            progress.update(len(batch))
    return {name: Figures(*np.mean(rows, 0).tolist()) for name, rows in measured.items()}


def colorize_photographs(
    predictor: Predictor, luma: torch.Tensor, settings: dict[str, Decoding]
) -> dict[str, torch.Tensor]:
    """Luma (B, 1, H, W) float32 in [0, 1] -> RGB (B, 3, H, W) in [0, 1] under each setting."""
    size = (luma.shape[-2], luma.shape[-1])
    probabilities: dict[int, torch.Tensor] = {}
    coloured = {}
    for name, decoding in settings.items():
        side = decoding.working_size
        if side not in probabilities:
            stride = predictor.model.dims.output_stride
            shape = working_shape(*size, Fraction(1), side, stride)
            probabilities[side] = predictor.probabilities(resize(luma, shape).clamp(0, 1))
        uv = resize(predictor.chroma(probabilities[side], decoding).cpu(), size)
        uv = fit_to_luma(uv, luma, luma)
        coloured[name] = torch.cat(yuv_to_rgb(luma, *uv.split(1, 1)), 1)
    return coloured


def to_uint8(rgb: torch.Tensor) -> np.ndarray:
    """(B, 3, H, W) float in [0, 1] -> (B, H, W, 3) uint8, rounded and clipped."""
    codes = rgb.mul(255).round().clamp(0, 255)
    return codes.to(torch.uint8).movedim(1, -1).numpy()


def _measure(truth: np.ndarray, picture: np.ndarray) -> tuple[float, float, float]:
    return (
        metrics.psnr(truth, picture),
        metrics.ciede2000(truth, picture),
        metrics.colourfulness(picture),
    )


def _batches_of_one_shape(
    photographs: Photographs, indices: Sequence[int] | np.ndarray
) -> Iterator[list[int]]:
    by_shape = defaultdict(list)
    for index in indices:
        by_shape[photographs.shape(index)].append(int(index))
    for group in by_shape.values():
        for start in range(0, len(group), LARGEST_BATCH):
            yield group[start : start + LARGEST_BATCH]
