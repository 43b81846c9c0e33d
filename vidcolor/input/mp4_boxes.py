"""The boxes of MP4, QuickTime and their relatives (ISO/IEC 14496-12), but pictures and sound."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeAlias

# What a file may claim: bytes of a box that is read, and boxes side by side.
_MOST_BYTES, _MOST_BOXES = 1 << 24, 10_000

Wanted: TypeAlias = Mapping[bytes, "Wanted"]
"""The kinds of boxes that are wanted, each with those wanted inside it; without any, all of it."""


class BoxHead(NamedTuple):
    """What a box begins with: its kind, its size, 0 if it is the last one, and the head's own."""

    kind: bytes
    size: int
    length: int


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


def box_head(content: bytes) -> BoxHead | None:
    """Return what the first 16 bytes of a box tell; None if there is none."""
    if len(content) < 8:
        return None
    size, kind, length = int.from_bytes(content[:4]), content[4:8], 8
    if size == 1:
        size, length = int.from_bytes(content[8:16]), 16
    return None if 0 < size < length else BoxHead(kind, size, length)


def _read(file: BinaryIO, begin: int, end: int, wanted: Wanted) -> Iterator[Box]:
    """Yield the boxes between two places of a file that are `wanted`. Raises OSError."""
    for _ in range(_MOST_BOXES):
        file.seek(begin)
        head = box_head(file.read(16))
        if head is None or begin + head.length > end:
            return
        until = min(begin + head.size, end) if head.size else end
        if inner := wanted.get(head.kind):
            yield Box(head.kind, b"", tuple(_read(file, begin + head.length, until, inner)))
        elif inner is not None:
            file.seek(begin + head.length)
            yield Box(head.kind, file.read(min(until - begin - head.length, _MOST_BYTES)))
        begin = until
