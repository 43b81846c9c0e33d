"""The exemplar network: luma and what matches tell in, chroma out."""

import torch
from torch import nn
from torch.nn import functional as F

from vidcolor.net.model import ColorUNet, ColorUNetDims

from .matches import CHANNELS

DIMS = ColorUNetDims(bins=2, stem=32, down=(64, 128, 256), bottleneck=256, up=(128, 64))
"""The U-Net, whose two bins are U and V here."""


class ExemplarNet(nn.Module):
    """A U-Net with 13 channels: luma, the carried U and V, and two similarities of each level.

    He et al. 2018, section 3.2, with a network of ours.
    """

    def __init__(self) -> None:
        super().__init__()
        self.net = ColorUNet(DIMS)
        assert isinstance(self.net.stem, nn.Sequential)
        self.net.stem[0] = nn.Conv2d(1 + CHANNELS, DIMS.stem, 3, 2, padding=1, bias=False)

    def forward(self, luma: torch.Tensor, told: torch.Tensor | None) -> torch.Tensor:
        """Return UV (B, 2, h, w), at a quarter of the resolution.

        luma: (B, 1, H, W) in [0, 1]. told: (B, 12, h, w), as `Pair.told` gives it; None is as if it
        were 0.
        """
        if told is None:
            fine = torch.zeros_like(luma).expand(-1, CHANNELS, -1, -1)
        else:
            fine = F.interpolate(told, size=luma.shape[-2:], mode="bilinear")
        chroma: torch.Tensor = self.net(torch.cat([luma, fine], 1))
        return chroma
