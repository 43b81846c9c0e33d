"""Colouring photographs by a network, at their own size and with the truth's luma."""

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import torch

from vidcolor.color.yuv import fit_to_luma, rgb_to_yuv, yuv_to_rgb
from vidcolor.colorize.pool import pool
from vidcolor.net.decoding import Decoding
from vidcolor.net.predictor import Predictor, resize, working_shape
from vidcolor.net.shrink import shrink

from .namer import Namer


def predict(predictor: Predictor | Namer, luma: torch.Tensor, working_size: int) -> torch.Tensor:
    """Return bin probabilities (B, n, h, w), or the chroma (B, 2, h, w) that is named instead.

    They are on the predictor's device.

    luma: (B, 1, H, W) float32 in [0, 1]; it is shrunk to the working size first. h and w are whole
    cells, so that h x output stride is the height at which the network saw it.
    """
    stride = predictor.model.dims.output_stride
    shape = working_shape(luma.shape[-2], luma.shape[-1], Fraction(1), working_size, stride)
    shown = at_working_size(luma, shape)
    if isinstance(predictor, Namer):
        return predictor.named(shown)
    return predictor.probabilities(shown)


def at_working_size(luma: torch.Tensor, shape: tuple[int, int]) -> torch.Tensor:
    """Return luma (B, 1, H, W) float32 in [0, 1] as the network is shown it, (B, 1, *shape).

    It is made as from the frames of a film, but for the rounding to codes.
    """
    shown = [torch.from_numpy(shrink(plane, shape)) for plane in luma[:, 0].cpu().numpy()]
    return torch.stack(shown)[:, None].clamp(0, 1)


def decode(
    predictor: Predictor | Namer,
    probabilities: torch.Tensor,
    shown: torch.Tensor,
    decoding: Decoding,
) -> torch.Tensor:
    """Return the chroma that a setting makes, UV (B, 2, h, w) float32 on the CPU.

    Args:
        predictor: the network.
        probabilities: what `predict` returned.
        shown: (B, 1, H, W), the luma that it was given.
        decoding: the setting.
    """
    if isinstance(predictor, Namer):
        return (probabilities * decoding.saturation).cpu()
    if decoding.pool:
        stride = predictor.model.dims.output_stride
        height, width = (cells * stride for cells in probabilities.shape[-2:])
        luma = at_working_size(shown, (height, width)).to(probabilities.device)
        probabilities = pool(probabilities, luma)
    return predictor.chroma(probabilities, decoding).cpu()


def colorize(
    predictor: Predictor | Namer,
    probabilities: torch.Tensor,
    luma: torch.Tensor,
    decoding: Decoding,
    shown: torch.Tensor | None = None,
) -> torch.Tensor:
    """Return the pictures that a setting makes, RGB (B, 3, H, W) float32 in [0, 1].

    Args:
        predictor: the network.
        probabilities: what `predict` returned.
        luma: (B, 1, H, W), the pictures' own.
        decoding: the setting.
        shown: the luma that `predict` was given, if that was another.
    """
    uv = decode(predictor, probabilities, luma if shown is None else shown, decoding)
    return with_chroma(luma, resize(uv, (luma.shape[-2], luma.shape[-1])))


def with_chroma(luma: torch.Tensor, uv: torch.Tensor) -> torch.Tensor:
    """Return RGB (B, 3, H, W) of luma (B, 1, H, W) and UV (B, 2, H, W).

    Chroma is drawn towards grey where the luma can't carry it.
    """
    uv = fit_to_luma(uv, luma, luma)
    return torch.cat(yuv_to_rgb(luma, *uv.split(1, 1)), 1)


def luma_of(photograph: np.ndarray) -> torch.Tensor:
    """Return the luma (1, 1, H, W) float32 in [0, 1] of a photograph (H, W, 3) uint8 RGB."""
    return rgb_to_yuv(*from_uint8(photograph[None]).split(1, 1))[0]


def colorize_in_settings(
    predictor: Predictor | Namer, luma: torch.Tensor, settings: Mapping[str, Decoding]
) -> dict[str, np.ndarray]:
    """Return a picture in each of the settings, (H, W, 3) uint8 RGB, by their names.

    luma: (1, 1, H, W). The network sees it once for each working size.
    """
    probabilities: dict[int, torch.Tensor] = {}
    pictures = {}
    for name, decoding in settings.items():
        size = decoding.working_size
        if size not in probabilities:
            probabilities[size] = predict(predictor, luma, size)
        (pictures[name],) = to_uint8(colorize(predictor, probabilities[size], luma, decoding))
    return pictures


def grey_picture(luma: torch.Tensor) -> np.ndarray:
    """Return luma (1, 1, H, W) in [0, 1] as a grey picture, (H, W, 3) uint8 RGB."""
    return to_uint8(luma.expand(-1, 3, -1, -1))[0]


def to_uint8(rgb: torch.Tensor) -> np.ndarray:
    """Return pixels (B, H, W, 3) uint8, rounded and clipped, of (B, 3, H, W) float in [0, 1]."""
    codes = rgb.mul(255).round().clamp(0, 255)
    return codes.to(torch.uint8).movedim(1, -1).numpy()


def from_uint8(pictures: np.ndarray) -> torch.Tensor:
    """Return (B, 3, H, W) float32 in [0, 1] of pixels (B, H, W, 3) uint8."""
    return torch.tensor(pictures).movedim(-1, 1).float().div(255)
