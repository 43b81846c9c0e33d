"""The network as a predictor: luma in, bin probabilities out, and these into chroma."""

from fractions import Fraction

import torch
from torch.nn import functional as F

from vidcolor.color.bins import ColorBins
from vidcolor.net.checkpoint import Decoding
from vidcolor.net.model import ColorUNet, folded


class Predictor:
    """A network with its bins on one device.

    Probabilities and UV are float32 whatever the network's precision.
    """

    def __init__(
        self, model: ColorUNet, bins: ColorBins, device: torch.device, precision: torch.dtype
    ) -> None:
        self.model = folded(model).to(device, precision)
        self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.bins = bins
        self.device = device
        self.precision = precision

    @torch.inference_mode()
    def probabilities(self, luma: torch.Tensor) -> torch.Tensor:
        """Luma (B, 1, h, w) float32 in [0, 1] -> bin probabilities (B, n, ⌈h/s⌉, ⌈w/s⌉).

        s is the network's output stride.
        """
        return self.model(luma.to(self.device, self.precision)).float().softmax(1)

    @torch.inference_mode()
    def chroma(self, probabilities: torch.Tensor, decoding: Decoding) -> torch.Tensor:
        """Bin probabilities (B, n, h, w) -> UV (B, 2, h, w) in [-0.5, 0.5]."""
        return self.bins.decode(probabilities, decoding.temperature, decoding.rebalance)


def working_shape(
    height: int, width: int, pixel_aspect: Fraction, long_side: int, multiple: int
) -> tuple[int, int]:
    """(h, w) at which a picture is shown to the network.

    Its displayed shape with the longer side brought to `long_side`, both sides rounded to a
    `multiple` of pixels, at least one. pixel_aspect: width of a pixel over its height.
    """
    shown = (Fraction(height), width * pixel_aspect)
    scale = long_side / max(shown)
    h, w = (max(1, round(side * scale / multiple)) * multiple for side in shown)
    return h, w


def resize(planes: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """(B, C, H, W) float32 -> (B, C, *size): bicubic (Keys, a = -1/2), without aliasing."""
    return F.interpolate(planes, size=size, mode="bicubic", antialias=True)
