"""Spaces in which a network may be taught colour: coordinates beside the luma that it is given.

A space turns a colour into coordinates, and coordinates back into the chroma that they mean at a
given luma. The luma of the input is kept whatever the coordinates say, so only chroma is told.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from vidcolor.color.yuv import rgb_to_yuv, yuv_to_rgb

Planes = torch.Tensor
"""(B, any, H, W) float32."""


@dataclass(frozen=True)
class Space:
    """A space of colour.

    axes: the number of coordinates.
    middle, reach: coordinates lie in middle - reach to middle + reach, but for rare ones beyond.
    unit: the length that is about what 1 is in UV.
    coordinates: from luma (B, 1, H, W) and UV (B, 2, H, W) to coordinates (B, axes, H, W).
    chroma: from coordinates and luma to UV (B, 2, H, W), the inverse.
    split, join: to and from the two parts in which the space is told by pairs of bins, (N, 2) both;
        None where the coordinates themselves are those.
    """

    axes: int
    middle: float
    reach: float
    unit: float
    coordinates: Callable[[Planes, Planes], Planes]
    chroma: Callable[[Planes, Planes], Planes]
    split: Callable[[torch.Tensor], torch.Tensor] | None = None
    join: Callable[[torch.Tensor], torch.Tensor] | None = None


def _rgb(luma: Planes, uv: Planes) -> Planes:
    return torch.cat(yuv_to_rgb(luma, *uv.split(1, 1)), 1)


def _chroma_of_rgb(rgb: Planes, luma: Planes) -> Planes:
    """Return the chroma of RGB: all that is left of it when its luma is replaced."""
    return torch.cat(rgb_to_yuv(*rgb.split(1, 1))[1:], 1)


# CIE 15 and IEC 61966-2-1: linear sRGB to XYZ over the D65 white, which is the sum of each row.
_TO_XYZ = torch.tensor(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_TO_XYZ = _TO_XYZ / _TO_XYZ.sum(1, keepdim=True)
_TO_LINEAR = torch.linalg.inv(_TO_XYZ)
_DELTA = 6 / 29
BISECTIONS = 30
"""Halvings of the range of L*, 0 to 100 and some beyond, at whose end it is known to 1e-7."""


def _ab(luma: Planes, uv: Planes) -> Planes:
    """Return a* and b* of CIE Lab, of sRGB under D65."""
    rgb = _rgb(luma, uv)
    size = rgb.abs()
    linear = torch.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4)
    xyz = torch.einsum("ic,bchw->bihw", _TO_XYZ.to(rgb), linear * rgb.sign())
    cubic = xyz.clamp_min(_DELTA**3) ** (1 / 3)
    x, y, z = torch.where(xyz > _DELTA**3, cubic, xyz / (3 * _DELTA**2) + 4 / 29).split(1, 1)
    return torch.cat([500 * (x - y), 200 * (y - z)], 1)


def _rgb_of_lab(lightness: Planes, ab: Planes) -> Planes:
    """Return sRGB of CIE Lab, not clipped; the curve goes on below 0 as it does above."""
    y = (lightness + 16) / 116
    f = torch.cat([y + ab[:, :1] / 500, y, y - ab[:, 1:] / 200], 1)
    xyz = torch.where(f > _DELTA, f**3, 3 * _DELTA**2 * (f - 4 / 29))
    linear = torch.einsum("ic,bchw->bihw", _TO_LINEAR.to(ab), xyz)
    size = linear.abs()
    coded = 1.055 * size.clamp_min(0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(size <= 0.0031308, 12.92 * size, coded) * linear.sign()


def _chroma_of_ab(ab: Planes, luma: Planes) -> Planes:
    """Return the chroma of a* and b* at the L* at which the colour has this luma.

    Luma is that of gamma-coded RGB, which depends on a* and b* too, so L* is found by bisection.
    """
    low, high = torch.full_like(luma, -20), torch.full_like(luma, 120)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        above = rgb_to_yuv(*_rgb_of_lab(middle, ab).split(1, 1))[0] > luma
        low, high = torch.where(above, low, middle), torch.where(above, middle, high)
    return _chroma_of_rgb(_rgb_of_lab((low + high) / 2, ab), luma)


def _hue_plane(luma: Planes, uv: Planes) -> Planes:
    """Return C cos h and C sin h, where C = max - min of RGB and h is the hexagon's hue."""
    rgb = _rgb(luma, uv)
    red, green, blue = rgb.split(1, 1)
    highest = rgb.amax(1, keepdim=True)
    chroma = highest - rgb.amin(1, keepdim=True)
    per = chroma.clamp_min(torch.finfo(rgb.dtype).tiny)
    hue = torch.where(
        highest == red,
        (green - blue) / per,
        torch.where(highest == green, 2 + (blue - red) / per, 4 + (red - green) / per),
    )
    angle = hue * (torch.pi / 3)
    return torch.cat([chroma * angle.cos(), chroma * angle.sin()], 1)


def _chroma_of_hue_plane(plane: Planes, luma: Planes) -> Planes:
    """Return the chroma of a hue and max - min: adding to R, G and B alike does not change it."""
    x, y = plane.split(1, 1)
    chroma = torch.hypot(x, y)
    hue = torch.atan2(y, x) / (torch.pi / 3) % 6
    red, green, blue = (hue - 3).abs() - 1, 2 - (hue - 2).abs(), 2 - (hue - 4).abs()
    return _chroma_of_rgb(torch.cat([red, green, blue], 1).clamp(0, 1) * chroma, luma)


def _hue_and_chroma(plane: torch.Tensor) -> torch.Tensor:
    x, y = plane.unbind(1)
    return torch.stack([torch.atan2(y, x) / (2 * torch.pi) % 1, torch.hypot(x, y)], 1)


def _of_hue_and_chroma(parts: torch.Tensor) -> torch.Tensor:
    turn, chroma = parts.unbind(1)
    angle = turn * (2 * torch.pi)
    return torch.stack([chroma * angle.cos(), chroma * angle.sin()], 1)


SPACES: dict[str, Space] = {
    "yuv": Space(2, 0, 0.5, 1, lambda luma, uv: uv, lambda uv, luma: uv),
    "lab": Space(2, 0, 110, 200, _ab, _chroma_of_ab),
    "rgb": Space(3, 0.5, 0.5, 2.5, _rgb, _chroma_of_rgb),
    "bicone": Space(
        2, 0, 1, 2, _hue_plane, _chroma_of_hue_plane, _hue_and_chroma, _of_hue_and_chroma
    ),
}
"""By name: U and V (ColorUNet 2018); a* and b* of CIE Lab (Zhang et al. 2016, section 2); R, G and
B, of which the luma is replaced by the input's; and hue and chroma of the bicone (Larsson et al.
2016, section 3.2) as a plane in polar coordinates, so that unsure hues fade to grey."""
