"""What the file of one frame says beside its pixels: DPX, TIFF and PNG."""

import io
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from PIL.TiffImagePlugin import ImageFileDirectory_v2

from vidcolor.input.dpx import is_dpx, read_dpx

_USUAL_RESOLUTION = 72
"""The dots an inch that programs write where nobody has said any."""
_TIFF_TAGS = {
    270: "image description",
    306: "date",
    315: "artist",
    700: "XMP",
    33432: "copyright",
    33723: "IPTC",
    34665: "EXIF",
    34675: "ICC profile",
}
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
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_INCHES = Fraction(254, 10000)  # metres


@dataclass(frozen=True)
class PictureHeader:
    """What a file says beside its pixels."""

    timecode: str | None = None
    """As FFmpeg writes it; the last colon is a semicolon if frames are dropped in the count."""
    rate: Fraction | None = None
    """Frames a second."""
    left_out: tuple[str, ...] = ()
    """What vidcolor does not take over."""
    notes: tuple[str, ...] = ()


def read_header(content: bytes) -> PictureHeader:
    """Return what the content of a file says; a damaged file may say nothing."""
    if is_dpx(content):
        dpx = read_dpx(content)
        turned = [] if dpx.orientation == 1 else ["that the picture is to be turned or mirrored"]
        return PictureHeader(dpx.timecode, dpx.rate, (*dpx.left_out, *turned))
    if content.startswith(_PNG_SIGNATURE):
        return PictureHeader(left_out=tuple(dict.fromkeys(_of_png(content))))
    if content[:2] in (b"II", b"MM"):
        return PictureHeader(left_out=tuple(_of_tiff(content)))
    return PictureHeader()


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
        elif kind in _PNG_CHUNKS:
            yield _PNG_CHUNKS[kind]
        place += 12 + length


def _of_tiff(content: bytes) -> Iterator[str]:
    """Yield what the tags of a TIFF file hold, and whether it has further pages."""
    file = io.BytesIO(content)
    try:
        with warnings.catch_warnings(action="ignore"):
            tags = ImageFileDirectory_v2(content[: 16 if 43 in content[2:4] else 8])
            file.seek(tags.next)
            tags.load(file)
            for number, name in _TIFF_TAGS.items():
                if number in tags:
                    yield name
            unit = _TIFF_UNITS.get(tags.get(296, 2))
            if unit is not None and 282 in tags:
                yield from _resolution(Fraction(float(tags[282])) * unit)
            if tags.next:
                yield "further pages"
    except (SyntaxError, ValueError, TypeError, struct.error, OSError):
        return


def _resolution(dots_an_inch: Fraction) -> Iterator[str]:
    """Yield a resolution unless it is the usual one, which says nothing about the scan."""
    dots = round(dots_an_inch)
    if dots and dots != _USUAL_RESOLUTION:
        yield f"resolution of {dots} dpi"
