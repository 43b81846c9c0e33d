"""YUV of gamma-coded RGB, and the integer codes that video stores it in.

Every function takes numpy arrays or torch tensors, one per component and of any shape, and works
elementwise. Y is in [0, 1]; U and V are in [-0.5, 0.5] with 0 = neutral; R, G and B are in [0, 1].
The matrix is that of ITU-R BT.709, section 3, unless another one is named. torch is loaded by those
functions alone that need it: a film can be read and looked over before.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

KR, KB = 0.2126, 0.0722
KG = 1 - KR - KB
"""The weights of red, blue and green in the luma of BT.709."""


@dataclass(frozen=True)
class Matrix:
    """How YUV is made of RGB, by the weights of red (kr) and blue (kb) in luma.

    Y = kr R + (1 - kr - kb) G + kb B, U = (B - Y) / (2 - 2 kb), V = (R - Y) / (2 - 2 kr).
    """

    kr: float
    kb: float

    @property
    def u_scale(self) -> float:
        """The range of B - Y: U = (B - Y) / u_scale."""
        return 2 * (1 - self.kb)

    @property
    def v_scale(self) -> float:
        """The range of R - Y: V = (R - Y) / v_scale."""
        return 2 * (1 - self.kr)


BT709 = Matrix(KR, KB)


def rgb_to_yuv(r: Any, g: Any, b: Any) -> tuple[Any, Any, Any]:
    """Return Y, U and V by BT.709.

    Y = KR R + KG G + KB B, U = (B - Y) / 1.8556, V = (R - Y) / 1.5748.
    """
    y = KR * r + KG * g + KB * b
    return y, (b - y) / BT709.u_scale, (r - y) / BT709.v_scale


def chroma_offsets(u: Any, v: Any, matrix: Matrix = BT709) -> tuple[Any, Any, Any]:
    """Return R - Y, G - Y and B - Y of a chroma; their sum, weighted as in Y, is 0."""
    red = matrix.v_scale * v
    blue = matrix.u_scale * u
    green = -(matrix.kr * red + matrix.kb * blue) / (1 - matrix.kr - matrix.kb)
    return red, green, blue


def chroma_in(matrix: Matrix, uv: "torch.Tensor") -> "torch.Tensor":
    """Convert the chroma of BT.709 into the chroma that the same colours have in `matrix`.

    uv: (..., 2, H, W), U and V; so is the result.
    """
    import torch

    if matrix == BT709:
        return uv
    red, green, blue = chroma_offsets(uv[..., :1, :, :], uv[..., 1:, :, :])
    luma = matrix.kr * red + (1 - matrix.kr - matrix.kb) * green + matrix.kb * blue
    return torch.cat([(blue - luma) / matrix.u_scale, (red - luma) / matrix.v_scale], dim=-3)


def yuv_to_rgb(y: Any, u: Any, v: Any) -> tuple[Any, Any, Any]:
    """Return R, G and B, not clipped: the inverse of `rgb_to_yuv`."""
    red, green, blue = chroma_offsets(u, v)
    return y + red, y + green, y + blue


def fit_to_luma(
    uv: "torch.Tensor", darkest: "torch.Tensor", brightest: "torch.Tensor", matrix: Matrix = BT709
) -> "torch.Tensor":
    """Draw chroma towards grey until every RGB that it decodes to lies in [0, 1].

    The hue is kept: U and V are multiplied by the largest factor in [0, 1] that suffices. Black
    and white become neutral.

    Args:
        uv: chroma, (..., 2, H, W).
        darkest, brightest: (..., 1, H, W), the range of the luma samples that share each chroma
            sample; equal where every pixel has its own.
        matrix: the one that `uv` is in.
    """
    import torch

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
    """How video stores a component as integers (ITU-R BT.709 section 6 and H.273 section 8.3).

    depth: bits per sample, 8 to 16. full: whether the range is full ("JPEG"); otherwise it is
    limited ("studio"), where 8-bit luma lies in 16..235 and chroma in 16..240.
    """

    depth: int
    full: bool

    @property
    def dtype(self) -> type[np.uint8] | type[np.uint16]:
        """The dtype of arrays of codes: uint8 at 8 bits, otherwise uint16."""
        return np.uint8 if self.depth == 8 else np.uint16

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

    @property
    def chroma_span(self) -> int:
        """The number of steps from one chroma code to another that is 1 away in U or V."""
        return self.peak if self.full else 224 << (self.depth - 8)

    def luma_to_unit(self, codes: "torch.Tensor") -> "torch.Tensor":
        """Return Y, float32 in [0, 1], of luma codes, integer or float.

        Codes beyond the range are clipped.
        """
        span = self.white - self.black
        return codes.float().sub(self.black).div_(span).clamp_(0, 1)

    def luma_to_codes(self, y: "torch.Tensor") -> "torch.Tensor":
        """Return the luma codes of Y, float in [0, 1]: rounded and clipped, still float."""
        span = self.white - self.black
        return y.mul(span).add_(self.black).round_().clamp_(self.black, self.white)

    def chroma_to_unit(self, codes: "torch.Tensor") -> "torch.Tensor":
        """Return U or V, float32 in [-0.5, 0.5], of chroma codes, integer or float.

        Codes beyond the range are clipped.
        """
        unit = codes.float().sub(self.neutral).div_(self.chroma_span)
        return unit.clamp_(-0.5, 0.5)

    def chroma_to_codes(self, uv: "torch.Tensor") -> "torch.Tensor":
        """Return the codes of U or V, float in [-0.5, 0.5]: rounded and clipped, still float."""
        return uv.mul(self.chroma_span).add_(self.neutral).round_().clamp_(0, self.peak)
