"""What the file of one frame says beside its pixels: DPX, TIFF and PNG."""

import io
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path

from PIL.TiffImagePlugin import ImageFileDirectory_v2

from vidcolor.errors import UnsupportedError
from vidcolor.input.dpx import decodable_dpx, is_dpx, read_dpx

_USUAL_RESOLUTION = 72
"""The dots an inch that programs write where nobody has said any."""
_TIFF_TAGS = {
    269: "document name",
    270: "image description",
    271: "maker of the device",
    272: "model of the device",
    285: "page name",
    306: "date",
    315: "artist",
    700: "XMP",
    33432: "copyright",
    33723: "IPTC",
    34377: "Photoshop's resources",
    34665: "EXIF",
    34675: "ICC profile",
    34853: "GPS",
}
_TIFF_MARKS = (b"II", b"MM")
_BITS, _COMPRESSION, _PHOTOMETRIC, _TILE_WIDTH, _SAMPLE_FORMAT = 258, 259, 262, 322, 339
_READ_COMPRESSIONS = {*range(1, 9), 32773, 32946, 34925}
"""What FFmpeg unpacks: CCITT, LZW, JPEG, Deflate, PackBits, LZMA."""
_UNREAD_SAMPLES = {5: "CMYK", 6: "YCbCr", 8: "CIELab", 9: "ICCLab", 10: "ITULab"}
"""What FFmpeg takes for RGB, or does not know, by PhotometricInterpretation."""
_READ_BITS = {False: {1, 2, 4, 8, 12, 16}, True: {8, 16}}
"""Bits of samples that FFmpeg reads, by whether a pixel has several."""
_WHITE_IS_ZERO = 0
_INTEGERS = {1, 4}
_BIG = 43
_TIFF_UNITS = {2: Fraction(1), 3: Fraction(254, 100)}
"""How many inches or centimetres make an inch."""
_PNG_CHUNKS = {
    b"iCCP": "ICC profile",
    b"eXIf": "EXIF",
    b"tEXt": "texts",
    b"zTXt": "texts",
    b"iTXt": "texts",
    b"acTL": "animation",
}
_FAULTS = (SyntaxError, ValueError, TypeError, ArithmeticError, struct.error, OSError)
"""What Pillow raises on tags that are broken."""
_USUAL_GAMMA, _SAME_GAMMA = 45455, 500
"""Of 2.2, in 100,000ths, and how far another may be off that looks the same."""
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_INCHES = Fraction(254, 10000)  # metres
_TURNS = {
    2: ((-1, 0), (0, 1)),
    3: ((-1, 0), (0, -1)),
    4: ((1, 0), (0, -1)),
    5: ((0, 1), (1, 0)),
    6: ((0, 1), (-1, 0)),
    7: ((0, -1), (-1, 0)),
    8: ((0, -1), (1, 0)),
}
"""Where a display matrix sends the right and the bottom, by the orientations of EXIF."""


@dataclass(frozen=True)
class PictureHeader:
    """What a file of a frame sequence, or a frame of DV, says beside its pixels."""

    timecode: str | None = None
    """As FFmpeg writes it; the last colon is a semicolon if frames are dropped in the count."""
    recorded: datetime | None = None
    """When a camera recorded it, on the clock of the camera."""
    rate: Fraction | None = None
    """Frames a second."""
    orientation: int = 1
    """Of a DPX as in EXIF, 1 to 8; of other files FFmpeg tells it."""
    limited: bool = False
    """Whether codes have the limited range of video though they are grey or RGB."""
    left_out: tuple[str, ...] = ()
    """What vidcolor does not take over."""

    @property
    def display_matrix(self) -> tuple[int, ...] | None:
        """The nine numbers by which FFmpeg turns a picture; None if it is upright."""
        if self.orientation == 1:
            return None
        (a, b), (c, d) = _TURNS[self.orientation]
        return (a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)


def read_header(content: bytes) -> PictureHeader:
    """Return what the content of a file says; a damaged file may say nothing."""
    if is_dpx(content):
        dpx = read_dpx(content)
        limited = dpx.narrow == (16 << dpx.bits - 8, 235 << dpx.bits - 8)
        lost = [] if limited or not dpx.narrow else [_narrow(*dpx.narrow)]
        return PictureHeader(
            timecode=dpx.timecode,
            rate=dpx.rate,
            orientation=dpx.orientation,
            limited=limited,
            left_out=(*dpx.left_out, *lost),
        )
    if content.startswith(_PNG_SIGNATURE):
        return PictureHeader(left_out=tuple(dict.fromkeys(_of_png(content))))
    if content[:2] in _TIFF_MARKS:
        return PictureHeader(left_out=tuple(_of_tiff(content)))
    return PictureHeader()


def decodable(path: Path, content: bytes) -> bytes:
    """Return the content of a file so that FFmpeg decodes it as what it is.

    Raises:
        UnsupportedError: FFmpeg would not, or the picture is logarithmic.
    """
    if is_dpx(content):
        return decodable_dpx(path, content)
    if content[:2] in _TIFF_MARKS and (what := _unread(_tiff_tags(content), content)):
        raise UnsupportedError(
            f"{path}: holds {what}, which frame sequences may not; "
            "convert the frames to grey or RGB of 8 or 16 bits"
        )
    return content


def _narrow(black: int, white: int) -> str:
    return f"that codes {black} and {white} are black and white"


def _unread(tags: ImageFileDirectory_v2 | None, content: bytes) -> str | None:
    """Return what a TIFF file holds that FFmpeg does not read as what it is; None if nothing."""
    if _BIG in content[2:4]:
        return "BigTIFF"
    if tags is None:
        return None
    try:
        formats = tags.get(_SAMPLE_FORMAT, 1)
        if not _INTEGERS.issuperset(formats if isinstance(formats, tuple) else [formats]):
            return "float or signed samples"
        if _TILE_WIDTH in tags:
            return "tiles"
        if tags.get(_COMPRESSION, 1) not in _READ_COMPRESSIONS:
            return f"compression {tags[_COMPRESSION]}"
        photometric, bits = tags.get(_PHOTOMETRIC, 1), tags.get(_BITS, (1,))
        # FFmpeg inverts 12 bits as if they were 16.
        if {photometric, *bits} == {_WHITE_IS_ZERO, 12}:
            return "12 bits with white as zero"
        if not _READ_BITS[len(bits) > 1].issuperset(bits):
            return " and ".join(map(str, sorted(set(bits)))) + " bits a sample"
        return _UNREAD_SAMPLES.get(photometric)
    except _FAULTS:
        return None


def _of_png(content: bytes) -> Iterator[str]:
    """Yield what the chunks of a PNG file hold, up to its pixels."""
    place = len(_PNG_SIGNATURE)
    while place + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        body = content[place + 8 : place + 8 + length]
        if kind == b"IDAT":
            return
        if kind == b"pHYs" and len(body) == 9 and body[8] == 1:
            yield from _resolution(int.from_bytes(body[:4], "big") * _INCHES)
        elif kind == b"gAMA" and abs(int.from_bytes(body, "big") - _USUAL_GAMMA) > _SAME_GAMMA:
            yield f"gamma of 1/{100_000 / max(int.from_bytes(body, 'big'), 1):.3g}"
        elif kind in _PNG_CHUNKS:
            yield _PNG_CHUNKS[kind]
        place += 12 + length


def _of_tiff(content: bytes) -> Iterator[str]:
    """Yield what the tags of a TIFF file hold, and whether it has further pages."""
    tags = _tiff_tags(content)
    if tags is None:
        return
    for number, name in _TIFF_TAGS.items():
        if number in tags:
            yield name
    try:
        unit = _TIFF_UNITS.get(tags.get(296, 2))
        if unit is not None and 282 in tags:
            yield from _resolution(Fraction(float(tags[282])) * unit)
    except _FAULTS:
        return
    if tags.next:
        yield "further pages"


def _tiff_tags(content: bytes) -> ImageFileDirectory_v2 | None:
    """Return the tags of the first page of a TIFF file; None if they are damaged."""
    file = io.BytesIO(content)
    try:
        with warnings.catch_warnings(action="ignore"):
            tags = ImageFileDirectory_v2(content[: 16 if _BIG in content[2:4] else 8])
            file.seek(tags.next)
            tags.load(file)
    except _FAULTS:
        return None
    return tags


def _resolution(dots_an_inch: Fraction) -> Iterator[str]:
    """Yield a resolution unless it is the usual one, which says nothing about the scan."""
    dots = round(dots_an_inch)
    if dots and dots != _USUAL_RESOLUTION:
        yield f"resolution of {dots} dpi"
