"""The boxes of MP4 and QuickTime files (ISO/IEC 14496-12) other than their pictures and sound."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO, TypeAlias

# What a file may claim: bytes of a box that is read, and boxes side by side.
_MOST_BYTES, _MOST_BOXES = 1 << 24, 10_000

Wanted: TypeAlias = Mapping[bytes, "Wanted"]
"""The kinds of boxes that are wanted, each with those wanted inside it; without any, all of it."""


@dataclass(frozen=True)
class Box:
    """A box: its kind, and what it holds: bytes, or boxes where only some of those are wanted."""

    kind: bytes
    content: bytes
    inside: "tuple[Box, ...]" = ()

    def children(self, skip: int = 0) -> "Iterator[Box]":
        """Yield the boxes in the content behind `skip` bytes, up to the first that is damaged."""
        while len(self.content) - skip >= 8:
            size = int.from_bytes(self.content[skip : skip + 4])
            if size < 8:
                return
            yield Box(self.content[skip + 4 : skip + 8], self.content[skip + 8 : skip + size])
            skip += size


def read_boxes(path: Path, wanted: Wanted) -> list[Box]:
    """Return the boxes of a file that are `wanted`, in the order of the file. Raises OSError."""
    with path.open("rb") as file:
        return list(_read(file, 0, file.seek(0, SEEK_END), wanted))


def _read(file: BinaryIO, begin: int, end: int, wanted: Wanted) -> Iterator[Box]:
    """Yield the boxes between two places of a file that are `wanted`. Raises OSError."""
    for _ in range(_MOST_BOXES):
        file.seek(begin)
        head = file.read(16)
        if begin + 8 > end or len(head) < 8:
            return
        size, kind, length = int.from_bytes(head[:4]), head[4:8], 8
        if size == 1:
            size, length = int.from_bytes(head[8:]), 16
        until = min(begin + size, end) if size else end
        if until < begin + length:
            return
        if inner := wanted.get(kind):
            yield Box(kind, b"", tuple(_read(file, begin + length, until, inner)))
        elif inner is not None:
            file.seek(begin + length)
            yield Box(kind, file.read(min(until - begin - length, _MOST_BYTES)))
        begin = until
