"""The network as a predictor: it turns luma into bin probabilities, and these into chroma."""

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

from vidcolor.color.bins import ColorBins, distributions
from vidcolor.errors import DeviceError, is_out_of_memory
from vidcolor.net.decoding import Decoding
from vidcolor.net.model import ColorUNet, UpConv, exact_cells, folded

if TYPE_CHECKING:
    from vidcolor.net.openvino_network import OpenVinoNetwork


class Predictor:
    """A network with its bins, on one device.

    Probabilities and UV are float32 whatever the precision of the network.

    Args:
        model: the network; a copy of it is used, with its normalisations folded.
        bins: the classes that its logits stand for.
        device: where it computes.
        precision: the dtype that it computes in.
        engine: the library that computes the network, as `resolve_engine` names it.

    Raises:
        DeviceError: the engine is broken here.
    """

    def __init__(
        self,
        model: ColorUNet,
        bins: ColorBins,
        device: torch.device,
        precision: torch.dtype,
        engine: str = "torch",
    ) -> None:
        self.bins = bins
        self.device = device
        self.precision = precision
        self.engine = engine
        self.model: ColorUNet = folded(model)
        self._network: ColorUNet | OpenVinoNetwork = self.model
        if engine == "openvino":
            self._network = _openvino_network(self.model, precision)
        else:
            _convert(self.model, device, precision)

    def prepare(self, shape: Sequence[int]) -> None:
        """Get ready for luma of a shape (B, 1, h, w), which otherwise the first batch waits for."""
        if not isinstance(self._network, ColorUNet):
            self._network.prepare(shape)

    @torch.inference_mode()
    def probabilities(self, luma: torch.Tensor) -> torch.Tensor:
        """Return bin probabilities (B, n, ⌈h/s⌉, ⌈w/s⌉) of luma (B, 1, h, w) float32 in [0, 1].

        s is the network's output stride.
        """
        luma = luma.to(self.device, _first_dtype(self.model))
        return distributions(self._network(luma).float())

    def features(self, luma: torch.Tensor) -> torch.Tensor:
        """Return the features of luma, as `with_features`."""
        return self.with_features(luma)[1]

    @torch.inference_mode()
    def with_features(self, luma: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the probabilities, and features: what the network makes of each cell.

        They are (B, C, ⌈h/s⌉, ⌈w/s⌉) float32, of length 1.

        The product of two such vectors tells how alike two places are, from -1 to 1, whatever
        color they are given: it is the mean, over the network's levels, of their cosines, each
        level taken against its mean over the picture. luma: as for `probabilities`.
        """
        luma = luma.to(self.device, _first_dtype(self.model))
        logits, levels = self._network.with_features(luma)
        size = levels[-1].shape[-2:]
        parts = []
        for level in levels:
            fine = F.interpolate(level.float(), size=size, mode="bilinear")
            parts.append(F.normalize(fine - fine.mean((2, 3), keepdim=True)))
        return distributions(logits.float()), torch.cat(parts, 1) / len(parts) ** 0.5

    @torch.inference_mode()
    def chroma(self, probabilities: torch.Tensor, decoding: Decoding) -> torch.Tensor:
        """Decode bin probabilities (B, n, h, w), pooled already or not, into UV (B, 2, h, w).

        UV is in [-0.5, 0.5] times the saturation.
        """
        uv = self.bins.decode(probabilities, decoding.temperature, decoding.rebalance)
        return uv * decoding.saturation


def _convert(model: ColorUNet, device: torch.device, precision: torch.dtype) -> None:
    """Bring a network to a device and a precision, itself, as its convolutions are fastest.

    Its `exact_cells` stay in float32.
    """
    exact = exact_cells(model.dims)
    if exact:
        rounded = [*model.down[exact:], model.bottleneck, model.context, *model.up, model.head]
        for part in rounded:
            part.to(precision)
        joined = [cell.after for cell in model.up if isinstance(cell, UpConv)]
        for part in (model.down[exact], *joined):
            part.register_forward_pre_hook(lambda _, given: (given[0].to(precision),))
    else:
        model.to(precision)
    model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]


def _first_dtype(model: ColorUNet) -> torch.dtype:
    """Return the dtype of what a network is given."""
    return next(model.parameters()).dtype


def _openvino_network(model: ColorUNet, precision: torch.dtype) -> "OpenVinoNetwork":
    """Return a folded network compiled by OpenVINO, which loads now. Raises DeviceError."""
    try:
        from vidcolor.net.openvino_network import OpenVinoNetwork
    except ImportError as error:
        if is_out_of_memory(error):
            raise
        raise DeviceError(
            f"OpenVINO can't be loaded ({error}); install it anew, or choose --engine torch"
        ) from error
    return OpenVinoNetwork(model, precision)


def working_shape(
    height: int, width: int, pixel_aspect: Fraction, long_side: int, multiple: int
) -> tuple[int, int]:
    """Return the shape (h, w) in which a picture is given to the network.

    It is the shape that a player displays, resized so that the longer side is `long_side` pixels.

    Args:
        height, width: the picture's, in pixels as they are stored.
        pixel_aspect: the width of a pixel over its height.
        long_side: in pixels.
        multiple: both sides are rounded to a multiple of this number of pixels, above 0.
    """
    displayed = (Fraction(height), width * pixel_aspect)
    scale = long_side / max(displayed)
    h, w = (max(1, round(side * scale / multiple)) * multiple for side in displayed)
    return h, w


def resize(planes: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Resize planes (B, C, H, W) float32 to `size`, bicubic (Keys, a = -1/2) without aliasing."""
    return F.interpolate(planes, size=size, mode="bicubic", antialias=True)
