"""YUV of gamma-coded RGB, and the integer codes that video stores it in.

Every function takes numpy arrays or torch tensors, one per component and of any shape, and works
elementwise. Y is in [0, 1]; U and V are in [-0.5, 0.5] with 0 = neutral; R, G and B are in [0, 1].
The matrix is that of ITU-R BT.709, section 3, unless another one is named.
"""

from dataclasses import dataclass
from typing import Any

import torch

KR, KB = 0.2126, 0.0722
KG = 1 - KR - KB


@dataclass(frozen=True)
class Matrix:
    """Y = kr R + (1 - kr - kb) G + kb B, U = (B - Y) / (2 - 2 kb), V = (R - Y) / (2 - 2 kr)."""

    kr: float
    kb: float

    @property
    def u_scale(self) -> float:
        return 2 * (1 - self.kb)

    @property
    def v_scale(self) -> float:
        return 2 * (1 - self.kr)


BT709 = Matrix(KR, KB)


def rgb_to_yuv(r: Any, g: Any, b: Any) -> tuple[Any, Any, Any]:
    """Y = KR R + KG G + KB B, U = (B - Y) / 1.8556, V = (R - Y) / 1.5748."""
    y = KR * r + KG * g + KB * b
    return y, (b - y) / BT709.u_scale, (r - y) / BT709.v_scale


def chroma_offsets(u: Any, v: Any, matrix: Matrix = BT709) -> tuple[Any, Any, Any]:
    """R - Y, G - Y and B - Y of a chroma; their sum, weighted as in Y, is 0."""
    red = matrix.v_scale * v
    blue = matrix.u_scale * u
    green = -(matrix.kr * red + matrix.kb * blue) / (1 - matrix.kr - matrix.kb)
    return red, green, blue


def chroma_in(matrix: Matrix, uv: torch.Tensor) -> torch.Tensor:
    """U and V that a colour with these ones in BT.709 has in `matrix`: (..., 2, H, W) both."""
    if matrix == BT709:
        return uv
    red, green, blue = chroma_offsets(uv[..., :1, :, :], uv[..., 1:, :, :])
    luma = matrix.kr * red + (1 - matrix.kr - matrix.kb) * green + matrix.kb * blue
    return torch.cat([(blue - luma) / matrix.u_scale, (red - luma) / matrix.v_scale], dim=-3)


def yuv_to_rgb(y: Any, u: Any, v: Any) -> tuple[Any, Any, Any]:
    """Inverse of `rgb_to_yuv`; not clipped."""
    red, green, blue = chroma_offsets(u, v)
    return y + red, y + green, y + blue


def fit_to_luma(
    uv: torch.Tensor, darkest: torch.Tensor, brightest: torch.Tensor, matrix: Matrix = BT709
) -> torch.Tensor:
    """Draw chroma towards grey until every RGB it decodes to lies in [0, 1].

    uv: (..., 2, H, W). darkest, brightest: (..., 1, H, W), the range of the luma samples that
    share each chroma sample (equal where every pixel has its own). The hue is kept: U and V are
    multiplied by the largest factor in [0, 1] that serves. Black and white become neutral.
    """
    red, green, blue = chroma_offsets(uv[..., :1, :, :], uv[..., 1:, :, :], matrix)
    highest = torch.maximum(torch.maximum(red, green), blue)
    lowest = torch.minimum(torch.minimum(red, green), blue)
    tiny = torch.finfo(uv.dtype).tiny
    factor = torch.minimum(
        (1 - brightest) / highest.clamp_min(tiny), darkest / (-lowest).clamp_min(tiny)
    )
    return uv * factor.clamp(0, 1)


@dataclass(frozen=True)
class CodeRange:
    """How video stores a component as integers: ITU-R BT.709 section 6 and H.273 section 8.3.

    depth: bits per sample, 8 to 16. full: full ("JPEG") range, else limited ("studio") range,
    where 8-bit luma lies in 16..235 and chroma in 16..240.
    """

    depth: int
    full: bool

    @property
    def neutral(self) -> int:
        """The chroma code of grey."""
        return 1 << (self.depth - 1)

    @property
    def peak(self) -> int:
        """The largest code."""
        return (1 << self.depth) - 1

    @property
    def black(self) -> int:
        """The luma code of black."""
        return 0 if self.full else 16 << (self.depth - 8)

    @property
    def white(self) -> int:
        """The luma code of white."""
        return self.peak if self.full else 235 << (self.depth - 8)

    def luma_to_unit(self, codes: torch.Tensor) -> torch.Tensor:
        """Luma codes, integer or float -> Y, float32 in [0, 1]; codes beyond the range clip."""
        span = self.white - self.black
        return codes.to(torch.float32).sub(self.black).div_(span).clamp_(0, 1)

    def luma_to_codes(self, y: torch.Tensor) -> torch.Tensor:
        """Y, float in [0, 1] -> codes, rounded and clipped, still float."""
        span = self.white - self.black
        return y.mul(span).add_(self.black).round_().clamp_(self.black, self.white)

    def chroma_to_unit(self, codes: torch.Tensor) -> torch.Tensor:
        """Chroma codes, integer or float -> U or V, float32 in [-0.5, 0.5]; beyond they clip."""
        scale = self.peak if self.full else 224 << (self.depth - 8)
        return codes.to(torch.float32).sub(self.neutral).div_(scale).clamp_(-0.5, 0.5)

    def chroma_to_codes(self, uv: torch.Tensor) -> torch.Tensor:
        """U or V, float in [-0.5, 0.5] -> codes, rounded and clipped, still float."""
        scale = self.peak if self.full else 224 << (self.depth - 8)
        return uv.mul(scale).add_(self.neutral).round_().clamp_(0, self.peak)
