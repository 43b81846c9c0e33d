"""Colour tags: the transfer and matrix that a film's tags name, and which films are refused.

Tags are the code points of ITU-T H.273. docs/colour.md gives the rules and their reasons.
"""

from collections.abc import Collection
from dataclasses import dataclass

import av
from av.video.reformatter import Colorspace, ColorTrc

from vidcolor.color.yuv import BT709, Matrix
from vidcolor.errors import UnsupportedError

_UNSPECIFIED = 2
_SDR_TRANSFERS = {
    ColorTrc.BT709,
    ColorTrc.GAMMA22,
    ColorTrc.GAMMA28,
    ColorTrc.SMPTE170M,
    ColorTrc.SMPTE240M,
    ColorTrc.IEC61966_2_4,
    ColorTrc.BT1361_ECG,
    ColorTrc.IEC61966_2_1,
    ColorTrc.BT2020_10,
    ColorTrc.BT2020_12,
}
_REFUSED_TRANSFERS = {
    ColorTrc.SMPTE2084: "PQ (HDR)",
    ColorTrc.ARIB_STD_B67: "HLG (HDR)",
    ColorTrc.LINEAR: "linear",
    ColorTrc.LOG: "logarithmic",
    ColorTrc.LOG_SQRT: "logarithmic",
    ColorTrc.SMPTE428: "SMPTE 428 (digital cinema)",
    256: "V-Log",  # FFmpeg's own
}
# Matrices that are HDR whatever the transfer, or whose luma fills only a part of its codes.
_REFUSED_MATRICES = {
    11: "Y'D'zD'x (HDR)",
    14: "ICtCp (HDR)",
    15: "IPT-PQ-C2 (Dolby Vision)",
    16: "YCgCo-R",
    17: "YCgCo-R",
}
_BT601 = Matrix(0.299, 0.114)
_MATRICES = {
    Colorspace.ITU709: BT709,
    Colorspace.FCC: Matrix(0.3, 0.11),
    Colorspace.ITU601: _BT601,
    6: _BT601,  # SMPTE 170M
    Colorspace.SMPTE240M: Matrix(0.212, 0.087),
    9: Matrix(0.2627, 0.0593),  # BT.2020, non-constant luminance
}
_WIDE_PRIMARIES = {9: "BT.2020", 10: "XYZ", 11: "DCI-P3", 12: "Display P3"}
_HDR_METADATA = (
    "MASTERING_DISPLAY_METADATA",
    "CONTENT_LIGHT_LEVEL",
    "DYNAMIC_HDR_PLUS",
    "DOVI_RPU_BUFFER",
    "DOVI_METADATA",
)


@dataclass(frozen=True)
class ContainerTags:
    """The colour tags in a film's container, for films whose decoder gives none."""

    transfer: int
    matrix: int

    @classmethod
    def of(cls, stream: av.VideoStream) -> "ContainerTags":
        """Read the tags of a `stream` before any of it is decoded: decoding overwrites them."""
        context = stream.codec_context
        return cls(context.color_trc, context.colorspace)


def sdr_transfer(frame: av.VideoFrame, container: ContainerTags, attached: Collection[str]) -> int:
    """Return the transfer that `frame`, or else its container, is tagged with.

    It is BT.709's if neither has a tag. attached: PyAV's names of the frame's side data.

    Raises:
        UnsupportedError: the tags name a transfer or a matrix by which its greys are not those
            of SDR, or no transfer although it carries HDR metadata.
    """
    transfer = first_said(frame.color_trc, container.transfer)
    matrix = first_said(frame.colorspace, container.matrix)
    if kind := _REFUSED_TRANSFERS.get(transfer) or _REFUSED_MATRICES.get(matrix):
        raise UnsupportedError(
            f"{kind} film would come out at the wrong brightness; convert it to SDR (BT.709) first"
        )
    if transfer in _SDR_TRANSFERS:
        return transfer
    if any(kind in attached for kind in _HDR_METADATA):
        raise UnsupportedError(
            "the film has HDR metadata but no transfer tag, so its brightness is unknown; "
            "tag it, or convert it to SDR (BT.709) first"
        )
    return ColorTrc.BT709


def source_matrix(matrix: int, primaries: int, width: int, height: int) -> Matrix:
    """Return the YUV matrix of chroma in a film with these tags.

    Without a tag it is the one that players then assume: BT.601 up to 576 lines of less than 1280
    pixels, BT.709 beyond.

    Args:
        matrix, primaries: the film's tags.
        width, height: of its picture, in pixels.

    Raises:
        UnsupportedError: colours of BT.709 can't be converted into colours by these tags.
    """
    if primaries in _WIDE_PRIMARIES:
        raise UnsupportedError(f"colours for {_WIDE_PRIMARIES[primaries]} primaries can't be made")
    if matrix == _UNSPECIFIED:
        return _BT601 if width < 1280 and height <= 576 else BT709
    if matrix not in _MATRICES:
        raise UnsupportedError(f"colours for the matrix {matrix} of H.273 can't be made")
    return _MATRICES[matrix]


def first_said(tag: int, otherwise: int) -> int:
    """Return the code point `tag`, or `otherwise` where the tag is "unspecified"."""
    return otherwise if tag == _UNSPECIFIED else tag
