"""The colorizer: luma in, chroma out."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from vidcolor.bins import ColorBins
from vidcolor.checkpoint import Checkpoint, Decoding
from vidcolor.color import CodeRange, fit_to_luma
from vidcolor.errors import DeviceError
from vidcolor.model import ColorUNet
from vidcolor.temporal import ExponentialDecay, ExponentialSmoother


class Predictor:
    """The network with its bins on one device: luma -> bin probabilities -> UV.

    device, precision: see `vidcolor.device`. Probabilities and UV are float32 whatever the
    precision.
    """

    def __init__(
        self, model: ColorUNet, bins: ColorBins, device: torch.device, precision: torch.dtype
    ) -> None:
        self.model = model.eval().to(device, precision, memory_format=torch.channels_last)
        self.bins = bins
        self.device = device
        self.precision = precision

    @torch.inference_mode()
    def probabilities(self, luma: torch.Tensor) -> torch.Tensor:
        """Luma at working size, (B, 1, h, w) float32 in [0, 1] -> (B, n, ⌈h/s⌉, ⌈w/s⌉)."""
        logits = self.model(luma.to(self.device, self.precision))
        return logits.float().softmax(1)

    @torch.inference_mode()
    def chroma(
        self,
        probabilities: torch.Tensor,
        decoding: Decoding,
        size: tuple[int, int],
    ) -> torch.Tensor:
        """Probabilities (B, n, h, w) -> UV (B, 2, *size) float32, by bicubic interpolation."""
        uv = self.bins.decode(probabilities, decoding.temperature, decoding.rebalance)
        return F.interpolate(uv, size=size, mode="bicubic", antialias=True)


def working_shape(
    height: int, width: int, pixel_aspect: Fraction, long_side: int, multiple: int
) -> tuple[int, int]:
    """(h, w) at which a picture is shown to the network.

    Its displayed shape with the longer side at `long_side`, both rounded to a `multiple` of
    pixels, at least one. pixel_aspect: width of a pixel over its height.
    """
    shown = (Fraction(height), width * pixel_aspect)
    scale = long_side / max(shown)
    h, w = (max(1, round(side * scale / multiple)) * multiple for side in shown)
    return h, w


def shrink(luma: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Resize (1, 1, H, W) float32 to `size` without aliasing."""
    return F.interpolate(luma, size=size, mode="bilinear", antialias=True)
