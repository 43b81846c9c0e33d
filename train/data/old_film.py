"""Giving photographs the look of an old film.

So a net meets in training what it will be shown: old film is no desaturated photograph.
"""

import math

import torch
from torch.nn import functional as F

from vidcolor.color.yuv import KB, KG, KR

ORTHOCHROMATIC = (0.05, 0.50, 0.45)
"""The weights of red, green and blue in an emulsion that hardly sees red: skies come out light and
lips dark."""

LARGEST_BLUR = 0.8
"""The standard deviation of the softest lens, in pixels of the size that networks are shown."""

LARGEST_GRAIN = 0.025
"""The standard deviation of the strongest grain, in units of Y; at that size most of the grain of
a print is averaged out."""

SCRATCHES = 3
"""The largest number of scratches on a picture."""


def old_film(rgb: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Return the luma that an old print would show of colour pictures, each with its own age.

    rgb: (B, 3, H, W) float32 in [0, 1]. Returns luma (B, 1, H, W) in [0, 1].

    The steps have the order of the film's own history: an emulsion between panchromatic (BT.709's
    luma) and orthochromatic, a soft lens, vignetting, exposure that flickers, gamma and contrast
    of the print, fading, grain, scratches.
    """
    draw = _Draw(rgb, generator)
    luma = _expose(rgb, draw)
    luma = _blur(luma, draw)
    luma = luma * _vignette(luma, draw) * draw.normal(0.1).exp()
    luma = luma.clamp(0, 1).pow(draw.normal(0.25).exp())
    luma = ((luma - 0.5) * draw.normal(0.25).exp() + 0.5).clamp(0, 1)
    black, white = draw.uniform(0, 0.15), draw.uniform(0.75, 1)
    luma = black + (white - black) * luma
    luma = luma + _grain(luma, draw) + _scratches(luma, draw)
    return luma.clamp(0, 1)


class _Draw:
    """Draws random numbers for the pictures of a batch, (B, 1, 1, 1) unless a shape is given."""

    def __init__(self, pictures: torch.Tensor, generator: torch.Generator) -> None:
        self.count = len(pictures)
        self.device = pictures.device
        self.generator = generator

    def uniform(self, low: float, high: float) -> torch.Tensor:
        """Return numbers uniform in [low, high)."""
        return low + (high - low) * self.field((1, 1, 1))

    def normal(self, deviation: float) -> torch.Tensor:
        """Return normal numbers of mean 0 and this standard deviation."""
        return deviation * self.noise((1, 1, 1))

    def field(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Return (B, *shape), uniform in [0, 1)."""
        size = (self.count, *shape)
        return torch.rand(size, generator=self.generator, device=self.device)

    def noise(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Return (B, *shape), standard normal."""
        size = (self.count, *shape)
        return torch.randn(size, generator=self.generator, device=self.device)


def _expose(rgb: torch.Tensor, draw: _Draw) -> torch.Tensor:
    """Return the luma that an emulsion between panchromatic and orthochromatic sees."""
    modern, old = (rgb.new_tensor(weights)[:, None, None] for weights in (
        (KR, KG, KB), ORTHOCHROMATIC,
    ))  # fmt: skip
    share = draw.uniform(0, 1)
    return (rgb * (modern + share * (old - modern))).sum(1, keepdim=True)


def _blur(luma: torch.Tensor, draw: _Draw) -> torch.Tensor:
    """Blur each picture by a Gaussian of its own."""
    radius = math.ceil(3 * LARGEST_BLUR)
    at = torch.arange(-radius, radius + 1, device=luma.device)
    deviation = draw.uniform(0.2, LARGEST_BLUR)[:, 0, 0]
    kernel = (-(at**2) / (2 * deviation**2)).exp()
    kernel = kernel / kernel.sum(1, keepdim=True)
    planes = F.pad(luma.transpose(0, 1), (radius,) * 4, mode="replicate")
    planes = F.conv2d(planes, kernel[:, None, :, None], groups=draw.count)
    return F.conv2d(planes, kernel[:, None, None, :], groups=draw.count).transpose(0, 1)


def _vignette(luma: torch.Tensor, draw: _Draw) -> torch.Tensor:
    """Return factors: 1 at the optical centre, falling with the square of the distance from it."""
    height, width = luma.shape[-2:]
    y = torch.linspace(-1, 1, height, device=luma.device)[:, None] - draw.normal(0.2)
    x = torch.linspace(-1, 1, width, device=luma.device) - draw.normal(0.2)
    return (1 - draw.uniform(0, 0.35) * (y**2 + x**2)).clamp_min(0)


def _grain(luma: torch.Tensor, draw: _Draw) -> torch.Tensor:
    """Return Gaussian noise, for each picture either fine or clumped."""
    shape = (1, *luma.shape[-2:])
    fine = draw.noise(shape)
    coarse = F.avg_pool2d(draw.noise(shape), 3, 1, padding=1) * 3
    return draw.uniform(0, LARGEST_GRAIN) * torch.where(draw.uniform(0, 1) < 0.5, fine, coarse)


def _scratches(luma: torch.Tensor, draw: _Draw) -> torch.Tensor:
    """Return up to SCRATCHES vertical lines a pixel wide, light or dark, to add to the luma."""
    columns = torch.arange(luma.shape[-1], device=luma.device)
    lines = torch.zeros_like(luma[..., :1, :])
    for _ in range(SCRATCHES):
        place = (draw.uniform(0, 1) * len(columns)).long()
        there = (columns == place) & (draw.uniform(0, 1) < 0.2)
        lines = lines + there * draw.normal(0.2)
    return lines
