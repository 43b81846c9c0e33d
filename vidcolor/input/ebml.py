"""The elements of a Matroska file (RFC 8794 and RFC 9559) other than its pictures and sound."""

from collections.abc import Iterator
from functools import lru_cache
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO, NamedTuple

from vidcolor.input.tag_text import RAW, readable

SEGMENT, SEEK_HEAD, INFO = 0x18538067, 0x114D9B74, 0x1549A966
CHAPTERS, TAGS, ATTACHMENTS, TRACKS = 0x1043A770, 0x1254C367, 0x1941A469, 0x1654AE6B
_TOP = frozenset({INFO, CHAPTERS, TAGS, ATTACHMENTS, TRACKS})
_CLUSTER, _GROUP, _BLOCK = 0x1F43B675, 0xA0, 0xA1
_ADDITIONS, _ADDITION, _ADDITION_ID, _ADDED = 0x75A1, 0xA6, 0xEE, 0xA5
_SEEK, _SEEK_ID, _SEEK_POSITION = 0x4DBB, 0x53AB, 0x53AC
# What a file may claim: bytes of an element that is read, elements of the segment, and all blocks.
_MOST_BYTES, _MOST_ELEMENTS, _MOST_BLOCKS = 1 << 24, 100_000, 10_000_000
_LONGEST_HEAD = 12


class Element(NamedTuple):
    """An element: its number, and what it holds."""

    number: int
    content: memoryview

    def children(self) -> "Iterator[Element]":
        """Yield the elements in this one, up to the first that is damaged."""
        begin = 0
        while begin < len(self.content):
            head = _head(self.content[begin : begin + _LONGEST_HEAD])
            if head is None:
                return
            number, length, size = head
            begin += length
            end = len(self.content) if size is None else begin + size
            yield Element(number, self.content[begin:end])
            begin = end

    def integer(self) -> int:
        """Return the unsigned integer that the element holds."""
        return int.from_bytes(self.content[:8])

    def text(self) -> str:
        """Return the text that the element holds."""
        return readable(bytes(self.content).partition(b"\0")[0].decode("utf-8", RAW))


def top_elements(path: Path, wanted: set[int]) -> list[Element]:
    """Return those elements of a file's segment that are `wanted`, in the order of the file.

    wanted: of `INFO`, `CHAPTERS`, `TAGS`, `ATTACHMENTS` and `TRACKS`. The file's lists of places
    are followed, and the elements one after the other; clusters, which hold the packets, are passed
    over unread. What lies behind a cluster of unknown size is found only if a list names it. As a
    long film has thousands of clusters and is opened time and again, where the elements lie is
    remembered while it stays the same. Raises OSError.
    """
    told = path.stat()
    places = _places(path, (told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns))
    with path.open("rb") as file:
        return [_element(file, *each) for each in places if each[1] in wanted]


@lru_cache(maxsize=8)
def _places(path: Path, stamp: tuple[int, ...]) -> list[tuple[int, int, int | None]]:
    """Return where the contents of a segment's elements lie, in order: place, number and size.

    stamp: tells the file from what it was before. Raises OSError.
    """
    found: dict[int, tuple[int, int, int | None]] = {}
    with path.open("rb", buffering=0) as file:  # of clusters no more than their heads
        segment = _segment(file)
        if segment is None:
            return []
        start = segment[0]
        places = [start]
        seen: set[int] = set()
        while places:
            place: int | None = places.pop()
            while place is not None and place not in seen and len(seen) < _MOST_ELEMENTS:
                seen.add(place)
                file.seek(place)
                head = _head(file.read(_LONGEST_HEAD))
                if head is None:
                    break
                number, length, size = head
                if number == SEEK_HEAD:
                    listed = _listed(_element(file, place + length, number, size))
                    places += [start + offset for offset in listed]
                elif number in _TOP:
                    found[place] = place + length, number, size
                place = None if size is None else place + length + size
    return [found[place] for place in sorted(found)]


def _element(file: BinaryIO, place: int, number: int, size: int | None) -> Element:
    """Return an element whose content lies at a place of a file."""
    file.seek(place)
    most = _MOST_BYTES if size is None else min(size, _MOST_BYTES)
    return Element(number, memoryview(file.read(most)))


def is_cut_short(path: Path) -> bool:
    """Tell whether one of the elements of a file's segment reaches beyond the end of the file.

    Those in clusters of unknown size are looked at too; what lies behind the segment is not.
    Raises OSError.
    """
    with path.open("rb") as file:
        end = file.seek(0, SEEK_END)
        segment = _segment(file)
        if segment is None:
            return False
        place, size = segment
        if size is not None:
            return place + size > end
        for _ in range(_MOST_BLOCKS):
            if place >= end:
                break
            file.seek(place)
            content = file.read(_LONGEST_HEAD)
            head = _head(content)
            if head is None:
                return len(content) < _LONGEST_HEAD and content[0] > 0
            place += head[1] + (head[2] or 0)
        return place > end


def block_additions(path: Path) -> Iterator[tuple[int, dict[int, bytes]]]:
    """Yield what blocks of a file have beside their frames.

    For each such block the number of its track is told, and the additions by their numbers. Raises
    OSError.
    """
    with path.open("rb") as file:
        segment, track = _segment(file), 0
        if segment is None:
            return
        place = segment[0]
        for _ in range(_MOST_BLOCKS):
            file.seek(place)
            begin = file.read(_LONGEST_HEAD + 8)
            head = _head(begin)
            if head is None:
                return
            number, length, size = head
            if number == _BLOCK:
                track = _track(begin[length:])
            elif number == _ADDITIONS and size is not None:
                file.seek(place + length)
                element = Element(number, memoryview(file.read(min(size, _MOST_BYTES))))
                added = {}
                for addition in element.children():
                    if addition.number == _ADDITION:
                        parts = {child.number: child for child in addition.children()}
                        which = parts[_ADDITION_ID].integer() if _ADDITION_ID in parts else 1
                        added[which] = bytes(parts[_ADDED].content) if _ADDED in parts else b""
                yield track, added
            within = number in (_CLUSTER, _GROUP) or size is None
            place += length + (0 if within else size or 0)


def _track(block: bytes) -> int:
    """Return the number of the track that a block begins with; 0 if it is damaged."""
    length = 9 - block[0].bit_length() if block else 9
    if len(block) < length:
        return 0
    return int.from_bytes(block[:length]) & ((1 << 7 * length) - 1)


def _segment(file: BinaryIO) -> tuple[int, int | None] | None:
    """Return where the content of the segment begins, and its size; None if there is none.

    The size is None where the file does not tell it.
    """
    place = 0
    for _ in range(8):  # the header, and what may be void
        file.seek(place)
        head = _head(file.read(_LONGEST_HEAD))
        if head is None:
            return None
        number, length, size = head
        if number == SEGMENT:
            return place + length, size
        if size is None:
            return None
        place += length + size
    return None


def _listed(seek_head: Element) -> Iterator[int]:
    """Yield where the segment has elements that may be wanted and further lists, by this list."""
    for entry in seek_head.children():
        if entry.number == _SEEK:
            values = {child.number: child.integer() for child in entry.children()}
            if values.get(_SEEK_ID) in _TOP | {SEEK_HEAD} and _SEEK_POSITION in values:
                yield min(values[_SEEK_POSITION], 1 << 62)


def _head(content: bytes | memoryview) -> tuple[int, int, int | None] | None:
    """Return the number of an element, the length of its head and its size; None if damaged.

    The size is None where it is unknown.
    """
    if not content or not content[0]:
        return None
    length = 9 - content[0].bit_length()
    if length > 4 or len(content) <= length or not content[length]:
        return None
    more = 9 - content[length].bit_length()
    if len(content) < length + more:
        return None
    size = int.from_bytes(content[length : length + more]) & ((1 << 7 * more) - 1)
    unknown = size == (1 << 7 * more) - 1
    return int.from_bytes(content[:length]), length + more, None if unknown else size
