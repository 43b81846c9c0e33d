"""Packets that hold a JPEG, or JPEG 2000, for each field, of which FFmpeg's frames say nothing."""

import re
from pathlib import Path

from vidcolor.errors import UnsupportedError
from vidcolor.input.pyav_gaps import FieldOrder

_START, _SCAN = 0xD8, 0xDA
# Starts of frame: all of these numbers that are not tables or reserved.
_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_APPLICATION_0 = 0xE0
# What marks a field, and the byte behind it that tells which: odd lines, counted from 1, or even.
_MARK, _POLARITIES = b"AVI1", {1: FieldOrder.TOP, 2: FieldOrder.BOTTOM}
# In JPEG 2000 the end of one codestream and, behind headers of boxes at most, the start of another.
# Within a codestream's samples no such end can stand (ISO/IEC 15444-1, annex A).
_TWO_CODESTREAMS = re.compile(rb"\xff\xd9.{0,256}?\xff\x4f\xff\x51", re.DOTALL)


def refuse_two_codestreams(path: Path, packet: bytes) -> None:
    """Raise UnsupportedError if a packet of JPEG 2000 holds two fields: FFmpeg drops the second."""
    if _TWO_CODESTREAMS.search(packet):
        raise UnsupportedError(
            f"{path}: each of its packets holds two fields in JPEG 2000, and FFmpeg decodes only "
            "the first; with a program that decodes both, convert it to FFV1 or ProRes first"
        )


def order_of_fields(packet: bytes, height: int, usual: FieldOrder) -> FieldOrder | None:
    """Return which field comes first in a packet of two JPEGs; None if it holds a whole picture.

    A mark that AVI files may have tells it (OpenDML AVI 1.02); without one it is the `usual`. Only
    the first JPEG's markers are read: samples hold no start of another, thumbnails stand before.

    height: of the film, in lines.
    """
    place, lines, order = 0, height, usual
    while place + 4 <= len(packet) and packet[place] == 0xFF:
        number = packet[place + 1]
        if number in (_START, 0xFF):
            place += 2 if number == _START else 1
            continue
        end = place + 2 + int.from_bytes(packet[place + 2 : place + 4])
        content = packet[place + 4 : end]
        if number == _SCAN:
            is_field = 4 * lines < 3 * height and packet.find(b"\xff\xd8\xff", end) >= 0
            return order if is_field else None
        if number in _FRAME:
            lines = int.from_bytes(content[1:3])
        elif number == _APPLICATION_0 and content.startswith(_MARK) and len(content) > len(_MARK):
            order = _POLARITIES.get(content[len(_MARK)], usual)
        place = end
    return None
