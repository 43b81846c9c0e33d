"""JPEG XL (ISO/IEC 18181): what the header of the codestream and the boxes around it say."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import imagecodecs

from vidcolor.errors import UnsupportedError
from vidcolor.input.mp4_boxes import box_head
from vidcolor.input.samples import Samples, apart, spread, unmultiplied

_CODESTREAM = b"\xff\x0a"
_ALPHA, _SPOT, _CFA = 0, 2, 5
"""Types of extra channels."""
_RGB, _GREY = 0, 1
_D65, _SRGB_PRIMARIES, _SRGB_CURVE = 1, 1, 13
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_CURVES = {8: "linear", 16: "HDR (PQ)", 18: "HDR (HLG)"}


@dataclass(frozen=True)
class JpegXl:
    """What a file says of its picture.

    size: width and height as stored. bits: of a sample; 0 if they are floating-point numbers.
    animated: whether it has frames. orientation: as in EXIF, 1 to 8. multiplied: whether colours
    were multiplied by their alpha. curve: the transfer where it is none of SDR, in words. is_srgb:
    whether its colours are those of sRGB. exif: a TIFF file. xmp: the XML. jpeg: whether it holds
    all of a JPEG file.
    """

    size: tuple[int, int]
    bits: int
    animated: bool
    orientation: int
    multiplied: bool
    curve: str | None
    is_srgb: bool
    exif: bytes | None = None
    xmp: bytes | None = None
    jpeg: bool = False


def read_jpeg_xl(content: bytes) -> JpegXl:
    """Return what a file says. Raises ValueError if it is damaged, or says it in rare ways."""
    boxes = {} if content.startswith(_CODESTREAM) else dict(_boxes(content))
    # In parts, each begins with its number.
    stream = content if not boxes else boxes.get(b"jxlc") or boxes.get(b"jxlp", b"")[4:]
    if not stream.startswith(_CODESTREAM):
        raise ValueError("no codestream of JPEG XL")
    exif = boxes.get(b"Exif")
    return replace(
        _of_codestream(_Bits(stream[2:])),
        exif=exif and exif[4 + int.from_bytes(exif[:4], "big") :],
        xmp=boxes.get(b"xml "),
        jpeg=b"jbrd" in boxes,
    )


def decode_jpeg_xl(path: Path, content: bytes, header: JpegXl) -> Samples:
    """Return the samples of a file, upright.

    Raises:
        UnsupportedError: they are none of sRGB, for the decoder tells no profile, or no integers.
    """
    fault = header.curve and f"is {header.curve}"
    if header.animated:
        fault = "is an animation"
    elif not header.bits:
        fault = "has float samples"
    elif fault is None and not header.is_srgb:
        fault = "has other colours than those of sRGB"
    if fault:
        raise UnsupportedError(
            f"{path}: this JPEG XL file {fault}; convert it to PNG or TIFF in sRGB first"
        )
    values, alpha = apart(spread(imagecodecs.jpegxl_decode(content), header.bits))
    if alpha is not None and header.multiplied:
        values = unmultiplied(values, alpha)
    return Samples(values, alpha)


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the boxes from the last to the first, by type, so that of some kind the first counts.

    Those that are compressed are unpacked.
    """
    found = []
    place = 0
    while head := box_head(content[place : place + 16]):
        end = place + head.size if head.size else len(content)
        kind, body = head.kind, content[place + head.length : end]
        if kind == b"brob":
            kind, body = body[:4], bytes(imagecodecs.brotli_decode(body[4:]))
        found.append((kind, body))
        place = end
    yield from reversed(found)


class _Bits:
    """Reads numbers from the bits of a codestream, the lowest bit of a byte first."""

    def __init__(self, content: bytes) -> None:
        self._bits = int.from_bytes(content[:4096], "little")
        self._place = 0

    def u(self, count: int) -> int:
        """Read a number of so many bits."""
        number = self._bits >> self._place & (1 << count) - 1
        self._place += count
        return number

    def choice(self, *forms: tuple[int, int]) -> int:
        """Read a number in one of four forms (U32): a constant, and so many bits on top of it."""
        constant, count = forms[self.u(2)]
        return constant + self.u(count)

    def enum(self) -> int:
        """Read a number that stands for a word."""
        return self.choice((0, 0), (1, 0), (2, 4), (18, 6))

    def size(self) -> tuple[int, int]:
        """Read the width and height of a picture."""
        lengths = ((1, 9), (1, 13), (1, 18), (1, 30))
        small = self.u(1)
        height = 8 * (self.u(5) + 1) if small else self.choice(*lengths)
        if ratio := self.u(3):
            across, down = _RATIOS[ratio - 1]
            return height * across // down, height
        return 8 * (self.u(5) + 1) if small else self.choice(*lengths), height

    def depth(self) -> int:
        """Read how many bits a sample has; 0 if samples are floating-point numbers."""
        if self.u(1):
            self.choice((32, 0), (16, 0), (24, 0), (1, 6))
            self.u(4)
            return 0
        return self.choice((8, 0), (10, 0), (12, 0), (1, 6))


def _of_codestream(bits: _Bits) -> JpegXl:
    """Read what the codestream says of the picture."""
    size = bits.size()
    if bits.u(1):  # all as usual
        return JpegXl(size, 8, False, 1, multiplied=False, curve=None, is_srgb=True)
    orientation, animated = 1, False
    if bits.u(1):
        orientation = bits.u(3) + 1
        if bits.u(1):
            bits.size()
        if bits.u(1):
            raise ValueError("a preview")
        animated = bool(bits.u(1))
        if animated:
            bits.choice((100, 0), (1000, 0), (1, 10), (1, 30))
            bits.choice((1, 0), (1001, 0), (1, 8), (1, 10))
            bits.choice((0, 0), (0, 3), (0, 16), (0, 32))
            bits.u(1)
    depth = bits.depth()
    bits.u(1)
    multiplied = False
    for _ in range(bits.choice((0, 0), (1, 0), (2, 4), (1, 12))):
        multiplied |= _extra_channel(bits)
    bits.u(1)
    return JpegXl(size, depth, animated, orientation, multiplied, *_color(bits))


def _extra_channel(bits: _Bits) -> bool:
    """Pass over an extra channel; tell whether it is an alpha that colours were multiplied by."""
    if bits.u(1):
        return False
    kind = bits.enum()
    bits.depth()
    bits.choice((0, 0), (3, 0), (4, 0), (1, 3))
    for _ in range(bits.choice((0, 0), (0, 4), (16, 5), (48, 10))):
        bits.u(8)
    if kind in (_SPOT, _CFA):
        raise ValueError("an extra channel of a rare kind")
    return kind == _ALPHA and bool(bits.u(1))


def _color(bits: _Bits) -> tuple[str | None, bool]:
    """Read the color encoding: the curve where it is none of SDR, and whether all is as in sRGB."""
    if bits.u(1):
        return None, True
    if bits.u(1):  # an ICC profile, which comes later
        return None, False
    space = bits.enum()
    if space not in (_RGB, _GREY):
        return None, False
    white = bits.enum()
    primaries = _SRGB_PRIMARIES
    if white != _D65:
        return None, False
    if space == _RGB:
        primaries = bits.enum()
        if primaries not in (_SRGB_PRIMARIES, 9, 11):
            return None, False
    if bits.u(1):  # a gamma
        return None, False
    curve = bits.enum()
    return _CURVES.get(curve), (primaries, curve) == (_SRGB_PRIMARIES, _SRGB_CURVE)
