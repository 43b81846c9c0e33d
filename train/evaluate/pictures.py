"""Photographs coloured by a network, at their own size and with the truth's luma."""

from fractions import Fraction

import numpy as np
import torch

from vidcolor.color.yuv import fit_to_luma, yuv_to_rgb
from vidcolor.net.checkpoint import Decoding
from vidcolor.net.predictor import Predictor, resize, working_shape


def predict(predictor: Predictor, luma: torch.Tensor, working_size: int) -> torch.Tensor:
    """Bin probabilities (B, n, h, w) on the predictor's device, of luma brought to working size.

    luma: (B, 1, H, W) float32 in [0, 1]. h and w are whole cells, so that h x output stride is the
    height at which the network saw it.
    """
    stride = predictor.model.dims.output_stride
    shape = working_shape(luma.shape[-2], luma.shape[-1], Fraction(1), working_size, stride)
    return predictor.probabilities(resize(luma, shape).clamp(0, 1))


def colorize(
    predictor: Predictor, probabilities: torch.Tensor, luma: torch.Tensor, decoding: Decoding
) -> torch.Tensor:
    """What `predict` gave for luma (B, 1, H, W) -> RGB (B, 3, H, W) float32 in [0, 1]."""
    uv = predictor.chroma(probabilities, decoding).cpu()
    return with_chroma(luma, resize(uv, (luma.shape[-2], luma.shape[-1])))


def with_chroma(luma: torch.Tensor, uv: torch.Tensor) -> torch.Tensor:
    """Luma (B, 1, H, W) and UV (B, 2, H, W), drawn to grey where luma can't carry it -> RGB."""
    uv = fit_to_luma(uv, luma, luma)
    return torch.cat(yuv_to_rgb(luma, *uv.split(1, 1)), 1)


def to_uint8(rgb: torch.Tensor) -> np.ndarray:
    """(B, 3, H, W) float in [0, 1] -> (B, H, W, 3) uint8, rounded and clipped."""
    codes = rgb.mul(255).round().clamp(0, 255)
    return codes.to(torch.uint8).movedim(1, -1).numpy()


def from_uint8(pictures: np.ndarray) -> torch.Tensor:
    """(B, H, W, 3) uint8 -> (B, 3, H, W) float32 in [0, 1]."""
    return torch.tensor(pictures).movedim(-1, 1).float().div(255)
