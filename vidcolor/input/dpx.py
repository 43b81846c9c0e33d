"""What the header of a DPX file says beside the pixels (SMPTE ST 268-1)."""

import struct
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from pathlib import Path

from vidcolor.errors import UnsupportedError
from vidcolor.input.timecode import stored_timecode

_BYTE_ORDERS = {b"SDPX": ">", b"XPDS": "<"}
# Where the header keeps what is read here, in bytes.
_DATA_OFFSET, _CREATOR, _ORIENTATION, _ELEMENTS, _SIZE = 4, 160, 768, 770, 772
_BLACK, _WHITE, _DESCRIPTOR, _TRANSFER, _BITS = 784, 792, 800, 801, 803
_ASPECT = 1628
_FILM, _FILM_RATE, _SHUTTER = 1664, 1724, 1728
_TELEVISION, _USER_BITS, _TELEVISION_RATE, _END = 1920, 1924, 1940, 2048
_TEXTS = {
    "project": (260, 200),
    "copyright": (460, 200),
    "source file": (1432, 100),
    "date": (1532, 24),
    "input device": (1556, 32),
    "serial number": (1588, 32),
}
_FILM_TEXTS = {
    "film edge code": (1664, 16),
    "film format": (1680, 32),
    "frame identification": (1732, 32),
    "slate": (1764, 100),
}
_UNDEFINED = 0xFFFFFFFF
_LOGARITHMIC = {1: "printing density", 3: "logarithmic"}
_LINEAR, _BT709 = 2, 6
_RGB_OR_GREY = (*range(1, 7), *range(50, 53))
_TURNS = (1, 2, 4, 3, 5, 6, 8, 7)
"""The orientations of EXIF, by those of DPX."""


@dataclass(frozen=True)
class DpxHeader:
    """What a file says of itself.

    size: width and height as stored. orientation: as in EXIF, 1 to 8. timecode: as FFmpeg writes
    it; the last colon is a semicolon if frames are dropped in the count. rate: frames a second.
    pixel_aspect: the width of a pixel over its height. bits: of a sample. narrow: which codes are
    black and white; None if these are the least and the greatest, as usual. left_out: what else
    there is, in words.
    """

    size: tuple[int, int] = (0, 0)
    orientation: int = 1
    timecode: str | None = None
    rate: Fraction | None = None
    pixel_aspect: Fraction = Fraction(1)
    bits: int = 8
    narrow: tuple[int, int] | None = None
    left_out: tuple[str, ...] = ()


def is_dpx(content: bytes) -> bool:
    """Tell whether the content of a file begins as that of a DPX file."""
    return content[:4] in _BYTE_ORDERS


def read_dpx(content: bytes) -> DpxHeader:
    """Return what the content of a DPX file says; a damaged file may say nothing."""
    if len(content) < _FILM:
        return DpxHeader()
    order = _BYTE_ORDERS[content[:4]]
    data, *size = (
        struct.unpack_from(order + "I", content, at)[0] for at in (_DATA_OFFSET, _SIZE, _SIZE + 4)
    )
    orientation, elements = struct.unpack_from(order + "HH", content, _ORIENTATION)
    left_out = _given(content, _TEXTS)
    if 1 < elements <= 8:
        left_out.append(f"{elements - 1} further image element{'s' * (elements > 2)}")
    industry = content[: min(data, len(content))]  # what comes before the pixels
    rate = timecode = None
    if len(industry) >= _TELEVISION:
        left_out += _given(industry, _FILM_TEXTS)
        if _number(order, industry, _SHUTTER):
            left_out.append("shutter angle")
        rate = _rate(order, industry, _FILM_RATE)
    if len(industry) >= _END and any(industry[_TELEVISION:_END]):
        stored, user_bits = struct.unpack_from(order + "II", industry, _TELEVISION)
        timecode = stored_timecode(stored)
        if user_bits not in (0, _UNDEFINED):
            left_out.append("user bits of the timecode")
        rate = _rate(order, industry, _TELEVISION_RATE) or rate
    if len(industry) > _END and any(industry[_END:]):
        left_out.append("user data")
    return DpxHeader(
        (size[0], size[1]),
        _TURNS[orientation] if orientation < len(_TURNS) else 1,
        timecode,
        rate,
        _pixel_aspect(order, content),
        content[_BITS],
        _narrow_range(order, content),
        tuple(left_out),
    )


def decodable_dpx(path: Path, content: bytes) -> bytes:
    """Return the content of a DPX file so that FFmpeg decodes it as what it is.

    FFmpeg ignores that a DPX is logarithmic, which is refused here. FFmpeg has itself written
    video as "linear" for years; there, the word means nothing.

    Raises:
        UnsupportedError: the header says that the picture is logarithmic.
    """
    if len(content) <= _TRANSFER:
        return content
    transfer = content[_TRANSFER]
    if transfer in _LOGARITHMIC:
        raise UnsupportedError(
            f"{path}: its header says {_LOGARITHMIC[transfer]}: such a scan would come out pale; "
            f"convert it to BT.709 first or, if that is not true, set byte {_TRANSFER} of the "
            f"file to {_BT709}"
        )
    if transfer == _LINEAR and content[_CREATOR:].startswith(b"Lavc"):
        return content[:_TRANSFER] + bytes([_BT709]) + content[_TRANSFER + 1 :]
    return content


def _given(content: bytes, places: dict[str, tuple[int, int]]) -> list[str]:
    """Return the names of fields that hold a text: undefined ones are all zeros or all ones.

    places: where they begin and how long they are, in bytes, by their names.
    """
    return [
        name
        for name, (begin, length) in places.items()
        if content[begin : begin + length].split(b"\0")[0].strip(b"\xff ")
    ]


def _narrow_range(order: str, content: bytes) -> tuple[int, int] | None:
    """Return which codes the header tells for black and white; None for the whole range.

    Those of Y'CbCr are narrow by themselves.
    """
    if content[_DESCRIPTOR] not in _RGB_OR_GREY or not 8 <= content[_BITS] <= 16:
        return None
    black, white = (struct.unpack_from(order + "I", content, at)[0] for at in (_BLACK, _WHITE))
    peak = (1 << content[_BITS]) - 1
    return (black, white) if black < white <= peak and (black, white) != (0, peak) else None


def _number(order: str, header: bytes, place: int) -> float:
    """Return the number in a field of the header, 0 if it is undefined."""
    (number,) = struct.unpack_from(order + "f", header, place)
    return float(number) if isfinite(number) else 0.0


def _rate(order: str, header: bytes, place: int) -> Fraction | None:
    """Return the rate in a field of the header, None if it is undefined."""
    rate = _number(order, header, place)
    return Fraction(rate) if 1 <= rate <= 1000 else None


def _pixel_aspect(order: str, header: bytes) -> Fraction:
    """Return the pixel aspect, 1 if it is undefined."""
    across, down = struct.unpack_from(order + "II", header, _ASPECT)
    if 0 in (across, down) or _UNDEFINED in (across, down):
        return Fraction(1)
    return Fraction(across, down)
