"""Films that end amid a unit of their container, or before the size that they say they have."""

from collections.abc import Callable
from functools import partial
from os import SEEK_CUR, SEEK_END
from pathlib import Path

import av

from vidcolor.input.ebml import is_cut_short
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
_FILLED = {b"mdat", b"free", b"skip", b"wide"}
_LONGEST_PAGE = 27 + 255 + 255 * 255
_LONGEST_LINE = 1 << 16
_LONGEST_RUN_IN = 1 << 16
_HAS_EXTENSION, _HAS_SIZE, _LONGEST_NUMBER = 4, 2, 8
_PARTITION = bytes.fromhex("060e2b34020501010d010201")
_LABEL = _PARTITION[:4]


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


def ends_amid_plain_frame(path: Path) -> bool:
    """Tell whether the last frame of a YUV4MPEG2 file reaches beyond its end.

    Each frame is a line and so many bytes, always as many. Raises OSError.
    """
    length = _frame_size(path)
    with path.open("rb") as file:
        end = file.seek(0, SEEK_END)
        file.seek(0)
        file.readline(_LONGEST_LINE)
        while line := file.readline(_LONGEST_LINE):
            if file.seek(length, SEEK_CUR) > end or not line.endswith(b"\n"):
                return True
    return False


def ends_amid_dv_frame(path: Path) -> bool:
    """Tell whether a stream of DV ends within a frame: all have the same size. Raises OSError."""
    return path.stat().st_size % (_frame_size(path) or 1) > 0


def ends_amid_jpeg(path: Path) -> bool:
    """Tell whether a stream of JPEGs ends without the mark of a picture's end. Raises OSError."""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, SEEK_END) - _LONGEST_LINE))
        return not file.read().rstrip(b"\0").endswith(b"\xff\xd9")


def ends_amid_klv(path: Path) -> bool:
    """Tell whether the last item of an MXF file reaches beyond its end.

    An item: a key (16), its length (1, or 1 that says how many follow) and data. SMPTE ST 377-1,
    sections 6.3 and 6.5. Raises OSError.
    """
    with path.open("rb") as file:
        end = file.seek(0, SEEK_END)
        file.seek(0)
        place = max(0, file.read(_LONGEST_RUN_IN).find(_PARTITION))
        for _ in range(_MOST_TAGS):
            file.seek(place)
            head = file.read(17 + 8)
            if place >= end or not head.startswith(_LABEL[: len(head)]):
                return False
            further = head[16] & 0x7F if len(head) > 16 and head[16] & 0x80 else 0
            length = head[17 : 17 + further] if further else head[16:17]
            place += 17 + further + int.from_bytes(length)
            if len(head) < 17 + further or place > end:
                return True
    return False


def ends_amid_obu(path: Path, *, annexed: bool = False) -> bool:
    """Tell whether the last unit of a plain AV1 stream reaches beyond its end.

    A unit: a header (1, or 2 by its bit 4), its size where bit 2 says so, and data. AOMedia, "AV1
    Bitstream & Decoding Process Specification", section 5.3.

    annexed: whether the stream is as in annex B there: a size before each temporal unit. Raises
    OSError.
    """
    with path.open("rb") as file:
        end, place = file.seek(0, SEEK_END), 0
        for _ in range(_MOST_TAGS):
            file.seek(place)
            head = file.read(2 + _LONGEST_NUMBER)
            if not head or not (annexed or head[0] & _HAS_SIZE):
                return False
            length = 0 if annexed else 1 + bool(head[0] & _HAS_EXTENSION)
            size = 0
            for index, byte in enumerate(head[length : length + _LONGEST_NUMBER]):  # LEB128
                size |= (byte & 0x7F) << 7 * index
                if not byte & 0x80:
                    break
            else:
                return True
            place += length + index + 1 + size
            if place > end:
                return True
    return False


def lacks_sectors(path: Path) -> bool:
    """Tell whether a recording of Windows Media Center has less sectors than its header says.

    Where they end is told at byte 92, as FFmpeg's writer knows it. Raises OSError.
    """
    with path.open("rb") as file:
        file.seek(_WTV_END)
        sectors = int.from_bytes(file.read(4), "little")
        return file.seek(0, SEEK_END) < sectors * _WTV_SECTOR


def ends_amid_box(path: Path) -> bool:
    """Tell whether a box of an MP4 or QuickTime file that matters reaches beyond its end.

    Of a box of samples only those count that the film has; some programs state a wrong size. Raises
    OSError.
    """
    with path.open("rb") as file:
        end, place = file.seek(0, SEEK_END), 0
        for _ in range(_MOST_TAGS):
            file.seek(place)
            head = box_head(file.read(16))
            if head is None or head.kind not in _BOXES or not head.size:
                return False
            place += head.size
            if place > end:
                return head.kind not in _FILLED or _lacks_samples(path, end)
    return False


def _lacks_samples(path: Path, end: int) -> bool:
    """Tell whether samples of a film are said to lie beyond the end of its file, in bytes."""
    with av.open(str(path), metadata_errors="replace") as film:
        for _ in film.demux():  # each fragment tells of its own
            pass
        entries = (entry for stream in film.streams for entry in stream.index_entries)
        return any(entry.pos + entry.size > end for entry in entries)


def _frame_size(path: Path) -> int:
    """Return how many bytes the first frame of a film takes; 0 if there is none."""
    with av.open(str(path)) as film:
        return next((packet.size for packet in film.demux(video=0)), 0)


CHECKS: dict[str, Callable[[Path], bool]] = {
    "obu": ends_amid_obu,
    "av1": partial(ends_amid_obu, annexed=True),
    "flv": ends_amid_tag,
    "ogg": ends_amid_page,
    "asf": is_smaller_than_said,
    "yuv4mpegpipe": ends_amid_plain_frame,
    "dv": ends_amid_dv_frame,
    "mjpeg": ends_amid_jpeg,
    "matroska,webm": is_cut_short,
    "mxf": ends_amid_klv,
    "wtv": lacks_sectors,
    "nut": ends_amid_frame,
    "mov,mp4,m4a,3gp,3g2,mj2": ends_amid_box,
}
"""What tells of a film that its end is missing, by FFmpeg's name of its container."""
