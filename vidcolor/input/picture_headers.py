"""What the file of one frame says beside its pixels: DPX, TIFF and PNG."""

import io
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from pathlib import Path

from PIL.TiffImagePlugin import ImageFileDirectory_v2

from vidcolor.errors import UnsupportedError

# SMPTE ST 268-1: where a DPX file keeps what is read here, in bytes.
_PROJECT, _COPYRIGHT, _INPUT_DEVICE = (260, 200), (460, 200), (1556, 32)
_DATA_OFFSET, _CREATOR, _TRANSFER = 4, 160, 801
_FILM, _EDGE_CODE, _FILM_RATE, _SLATE = 1664, slice(1664, 1680), 1724, (1764, 100)
_TELEVISION, _TIMECODE, _TELEVISION_RATE, _END = 1920, 1920, 1940, 2048
_BYTE_ORDERS = {b"SDPX": ">", b"XPDS": "<"}
_LOGARITHMIC = {1: "printing density", 3: "logarithmic"}
_LINEAR, _BT709 = 2, 6
_DROP_FRAME = 0x40

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
    if order := _BYTE_ORDERS.get(content[:4]):
        return _of_dpx(content, order)
    if content.startswith(_PNG_SIGNATURE):
        return PictureHeader(left_out=tuple(dict.fromkeys(_of_png(content))))
    if content[:2] in (b"II", b"MM"):
        return PictureHeader(left_out=tuple(_of_tiff(content)))
    return PictureHeader()


def decodable(path: Path, content: bytes) -> bytes:
    """Return the content of a file so that FFmpeg decodes it as what it is.

    FFmpeg ignores that a DPX is logarithmic, which is refused here. FFmpeg has itself written
    video as "linear" for years; there, the word means nothing.

    Raises:
        UnsupportedError: the header says that the picture is logarithmic.
    """
    if content[:4] not in _BYTE_ORDERS or len(content) <= _TRANSFER:
        return content
    transfer = content[_TRANSFER]
    if transfer in _LOGARITHMIC:
        raise UnsupportedError(
            f"{path}: its header says {_LOGARITHMIC[transfer]}: such a scan would come out pale; "
            f"convert it to BT.709 first or, if that is not true, set byte {_TRANSFER} of each "
            f"file to {_BT709}"
        )
    if transfer == _LINEAR and content[_CREATOR:].startswith(b"Lavc"):
        return content[:_TRANSFER] + bytes([_BT709]) + content[_TRANSFER + 1 :]
    return content


def _of_dpx(content: bytes, order: str) -> PictureHeader:
    """Read the header of a DPX file; order: of its bytes, as `struct` writes it."""
    if len(content) < _FILM:
        return PictureHeader()
    left_out = [
        name
        for name, (begin, length) in (
            ("project", _PROJECT),
            ("copyright", _COPYRIGHT),
            ("input device", _INPUT_DEVICE),
        )
        if _is_given(content[begin : begin + length])
    ]
    (data,) = struct.unpack_from(order + "I", content, _DATA_OFFSET)
    industry = content[: min(data, len(content))]  # what comes before the pixels
    rate = timecode = None
    if len(industry) >= _TELEVISION:
        if _is_given(industry[_EDGE_CODE]):
            left_out.append("film edge code")
        begin, length = _SLATE
        if _is_given(industry[begin : begin + length]):
            left_out.append("slate")
        rate = _rate(order, industry, _FILM_RATE)
    if len(industry) >= _END and any(industry[_TELEVISION:_END]):
        (stored,) = struct.unpack_from(order + "I", industry, _TIMECODE)
        timecode = _timecode(stored)
        rate = _rate(order, industry, _TELEVISION_RATE) or rate
    if len(industry) > _END and any(industry[_END:]):
        left_out.append("user data")
    return PictureHeader(timecode, rate, tuple(left_out))


def _is_given(field: bytes) -> bool:
    """Tell whether a field holds anything: undefined ones are all zeros or all ones."""
    return bool(field.split(b"\0")[0].strip(b"\xff "))


def _rate(order: str, header: bytes, place: int) -> Fraction | None:
    """Return the rate in a field of the header, None if it is undefined."""
    (rate,) = struct.unpack_from(order + "f", header, place)
    return Fraction(rate) if isfinite(rate) and 1 <= rate <= 1000 else None


def _timecode(stored: int) -> str | None:
    """Return the timecode that SMPTE ST 12-1 stores as eight decimal digits; None if undefined."""
    drop = bool(stored & _DROP_FRAME)
    digits = f"{stored & 0x3F7F7F3F:08x}"
    if not digits.isdecimal():
        return None
    hours, minutes, seconds, frames = (digits[i : i + 2] for i in range(0, 8, 2))
    if hours > "23" or minutes > "59" or seconds > "59":
        return None
    return f"{hours}:{minutes}:{seconds}{';' if drop else ':'}{frames}"


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
