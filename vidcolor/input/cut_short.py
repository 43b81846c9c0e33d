"""Films that end amid a unit of their container, or before the size that they say they have."""

from os import SEEK_END
from pathlib import Path

from vidcolor.input.mp4_boxes import box_head
from vidcolor.input.nut import ends_amid_frame

_TAG_TYPES = {8, 9, 18}
_MOST_TAGS = 10_000_000
_LONGEST_HEADER = 1 << 20
# By its bytes, the GUID of an ASF file's properties.
_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_WTV_END, _WTV_SECTOR = 92, 4096
_BOXES = set(b"ftyp styp moov moof mdat free skip wide sidx udta uuid meta mfra pnot emsg".split())
"""The boxes that a file consists of: what is none of them is no box but garbage."""
_LONGEST_PAGE = 27 + 255 + 255 * 255


def ends_amid_tag(path: Path) -> bool:
    """Tell whether the last tag of a Flash Video reaches beyond the end of the file.

    A tag: type (1), size (3), time (4), stream (3), data, and the length of it all (4), which some
    programs leave out at the end. Adobe, "Flash Video File Format Specification", version 10.1,
    annex E. Raises OSError.
    """
    with path.open("rb") as file:
        end = file.seek(0, SEEK_END)
        file.seek(5)
        place = int.from_bytes(file.read(4)) + 4
        for _ in range(_MOST_TAGS):
            file.seek(place)
            head = file.read(4)
            if not head or head[0] & 0x1F not in _TAG_TYPES:
                return False
            data_end = place + 11 + int.from_bytes(head[1:])
            if len(head) < 4 or data_end > end:
                return True
            place = data_end + 4
    return False


def ends_amid_page(path: Path) -> bool:
    """Tell whether the last page of an Ogg file reaches beyond its end (RFC 3533, section 6).

    Raises OSError.
    """
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, SEEK_END) - 2 * _LONGEST_PAGE))
        rest = file.read()
    rest = rest[max(rest.rfind(b"OggS"), 0) :]
    lengths = rest[27 : 27 + rest[26]] if len(rest) > 26 else b""
    return len(rest) < 27 or len(lengths) < rest[26] or len(rest) < 27 + len(lengths) + sum(lengths)


def is_smaller_than_said(path: Path) -> bool:
    """Tell whether a Windows Media file is smaller than its header says.

    Microsoft, "Advanced Systems Format Specification", revision 01.20.05, section 3.2. The size is
    not valid in a broadcast. Raises OSError.
    """
    with path.open("rb") as file:
        header = file.read(_LONGEST_HEADER)
        end = file.seek(0, SEEK_END)
    _, found, rest = header.partition(_PROPERTIES)
    size, flags = int.from_bytes(rest[24:32], "little"), int.from_bytes(rest[72:76], "little")
    return bool(found) and not flags & 1 and end < size


def lacks_sectors(path: Path) -> bool:
    """Tell whether a recording of Windows Media Center has less sectors than its header says.

    Where they end is told at byte 92, as FFmpeg's writer knows it. Raises OSError.
    """
    with path.open("rb") as file:
        file.seek(_WTV_END)
        sectors = int.from_bytes(file.read(4), "little")
        return file.seek(0, SEEK_END) < sectors * _WTV_SECTOR


def ends_amid_box(path: Path) -> bool:
    """Tell whether a box of an MP4 or QuickTime file reaches beyond its end. Raises OSError."""
    with path.open("rb") as file:
        end, place = file.seek(0, SEEK_END), 0
        for _ in range(_MOST_TAGS):
            file.seek(place)
            head = box_head(file.read(16))
            if head is None or head.kind not in _BOXES or not head.size:
                return False
            place += head.size
            if place > end:
                return True
    return False


CHECKS = {
    "flv": ends_amid_tag,
    "ogg": ends_amid_page,
    "asf": is_smaller_than_said,
    "wtv": lacks_sectors,
    "nut": ends_amid_frame,
    "mov,mp4,m4a,3gp,3g2,mj2": ends_amid_box,
}
"""What tells of a film that its end is missing, by FFmpeg's name of its container."""
