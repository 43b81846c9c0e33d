"""A network that names colours itself, which nothing but measuring and training takes."""

import torch
from torch.nn import functional as F

from vidcolor.color.bins import ColorBins
from vidcolor.net.model import ColorUNet, folded

from ..targets.spaces import SPACES


class Namer:
    """A network whose channels are the coordinates of a colour, on one device, in float32.

    Args:
        model: the network; a copy of it is used, with its normalisations folded.
        bins: of the colours that it was trained on.
        space: the name of the space of the coordinates.
        device: where it computes.
    """

    def __init__(self, model: ColorUNet, bins: ColorBins, space: str, device: torch.device) -> None:
        self.bins = bins
        self.model = folded(model).to(device)
        self.device = device
        self._space = SPACES[space]

    @torch.inference_mode()
    def named(self, luma: torch.Tensor) -> torch.Tensor:
        """Return UV (B, 2, ⌈h/s⌉, ⌈w/s⌉) of luma (B, 1, h, w) float32 in [0, 1].

        s is the network's output stride. The luma at which coordinates become chroma is that of a
        whole cell: h and w are multiples of s.
        """
        luma = luma.to(self.device)
        said = self.model(luma).tanh()
        cells = F.avg_pool2d(luma, self.model.dims.output_stride)
        return self._space.chroma(self._space.middle + self._space.reach * said, cells)
