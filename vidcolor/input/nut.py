"""The frames of a NUT file, one behind the other, up to its end.

"NUT Open Container Format", draft of 2009-02-14: sections on packets, main header and frames.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO

_MAGIC = b"nut/multimedia container\0"
_MAIN_HEADER = bytes.fromhex("4e4d7a561f5f04ad")
_PACKET = ord("N")
"""How packets begin, and no frame."""
_LONG_PACKET = 4096
"""Packets longer than this have a checksum of their head; frames, no left-out beginning."""
_LONGEST_HEAD = 1 << 16
_MOST = 10_000_000
# What a frame tells besides its code, by the bits of its flags, in the order of the file.
_STREAM, _TIME, _SIZE, _CHECKSUM, _RESERVED, _BEGINNING, _MATCH, _MORE_FLAGS, _INVALID = (
    *(1 << 4, 1 << 3, 1 << 5, 1 << 6, 1 << 7, 1 << 10, 1 << 11, 1 << 12, 1 << 13),
)


@dataclass(frozen=True)
class _Code:
    """What a frame's code tells: flags, the size and what it is counted in, fields, a beginning."""

    flags: int
    size: int
    multiple: int
    reserved: int
    beginning: int


class _Numbers:
    """Reads numbers of variable length; raises IndexError where there are no more bytes."""

    def __init__(self, content: bytes) -> None:
        self.content, self.place = content, 0

    def next(self) -> int:
        number = 0
        while True:
            byte = self.content[self.place]
            self.place += 1
            number = number << 7 | byte & 0x7F
            if not byte & 0x80:
                return number


def ends_amid_frame(path: Path) -> bool:
    """Tell whether the last frame or packet of a NUT file reaches beyond its end.

    Raises OSError.
    """
    with path.open("rb") as file:
        end = file.seek(0, SEEK_END)
        try:
            return any(until > end for until in _ends(file, end))
        except IndexError:  # amid a head, if that is not damaged
            return end - file.tell() < _LONGEST_HEAD


def _ends(file: BinaryIO, end: int) -> Iterator[int]:
    """Yield where packets and frames end. Raises IndexError."""
    codes: list[_Code] = []
    beginnings = [0]
    place = len(_MAGIC)
    for _ in range(_MOST):
        if place >= end:
            return
        file.seek(place)
        head = file.read(_LONGEST_HEAD if not codes else 64)
        file.seek(place)
        if head[0] == _PACKET:
            numbers = _Numbers(head[8:])
            size = numbers.next()
            begin = 8 + numbers.place + 4 * (size > _LONG_PACKET)
            if head.startswith(_MAIN_HEADER):
                codes, beginnings = _main_header(_Numbers(head[begin : begin + size]))
            place += begin + size
        elif codes:
            place += _frame_size(_Numbers(head), codes, beginnings)
        else:
            return
        yield place


def _frame_size(numbers: _Numbers, codes: list[_Code], beginnings: list[int]) -> int:
    """Return how long a frame is, with its head. Raises IndexError."""
    code = codes[numbers.content[0]]
    numbers.place = 1
    flags = code.flags
    if flags & _MORE_FLAGS:
        flags ^= numbers.next()
    if flags & _INVALID:
        raise IndexError
    for flag in (_STREAM, _TIME):
        if flags & flag:
            numbers.next()
    size = code.size + (code.multiple * numbers.next() if flags & _SIZE else 0)
    if flags & _MATCH:
        numbers.next()
    beginning = numbers.next() if flags & _BEGINNING else code.beginning
    reserved = numbers.next() if flags & _RESERVED else code.reserved
    for _ in range(reserved):
        numbers.next()
    left_out = 0 if size > _LONG_PACKET else beginnings[beginning]
    return numbers.place + 4 * bool(flags & _CHECKSUM) + size - left_out


def _main_header(numbers: _Numbers) -> tuple[list[_Code], list[int]]:
    """Return what codes of frames tell, and how long beginnings are that frames leave out.

    Raises IndexError.
    """
    version = numbers.next()
    if version > 3:
        numbers.next()
    numbers.next()  # streams
    numbers.next()  # distance
    for _ in range(2 * numbers.next()):  # time bases
        numbers.next()
    codes: list[_Code] = []
    multiple, beginning = 1, 0
    while len(codes) < 256:
        flags, fields = numbers.next(), numbers.next()
        given = [numbers.next() for _ in range(fields)]
        multiple = given[1] if fields > 1 else multiple
        size = given[3] if fields > 3 else 0
        reserved = given[4] if fields > 4 else 0
        count = given[5] if fields > 5 else multiple - size
        beginning = given[7] if fields > 7 else beginning
        for more in range(count):
            if len(codes) == _PACKET:
                codes.append(_Code(_INVALID, 0, 1, 0, 0))
            codes.append(_Code(flags, size + more, multiple, reserved, beginning))
        if not count:
            raise IndexError
    beginnings = [0]
    for _ in range(numbers.next()):
        length = numbers.next()
        numbers.place += length
        beginnings.append(length)
    return codes, beginnings
