"""Boxes of MP4 and QuickTime files that FFmpeg does not write, put into films that it wrote."""

import struct
from pathlib import Path


def box(kind: bytes, *content: bytes) -> bytes:
    """A box that holds `content`."""
    inside = b"".join(content)
    return struct.pack(">I4s", 8 + len(inside), kind) + inside


def language(code: str) -> bytes:
    """An ISO 639-2 code as MP4 packs it."""
    a, b, c = (ord(letter) - 0x60 for letter in code)
    return struct.pack(">H", a << 10 | b << 5 | c)


def strings(kind: bytes, *texts: tuple[str, str]) -> bytes:
    """A QuickTime text such as ©nam, with (language, text) pairs; "mac" is MacRoman English."""
    parts = []
    for code, text in texts:
        content = text.encode("mac_roman" if code == "mac" else "utf-8")
        spoken = b"\0\0" if code == "mac" else language(code)
        parts += [struct.pack(">H", len(content)), spoken, content]
    return box(kind, *parts)


def value(text: str | bytes, kind: int = 1, locale: int = 0) -> bytes:
    """The `data` box of an item; 1 is UTF-8, 2 UTF-16, 21 an integer."""
    content = (
        text if isinstance(text, bytes) else text.encode("utf-16-be" if kind == 2 else "utf-8")
    )
    return box(b"data", struct.pack(">II", kind, locale), content)


def items(*content: bytes) -> bytes:
    """A `meta` box with iTunes' items."""
    handler = box(b"hdlr", bytes(8), b"mdirappl", bytes(9))
    return box(b"meta", bytes(4), handler, box(b"ilst", *content))


def keyed(*pairs: tuple[str, bytes]) -> bytes:
    """A QuickTime `meta` box with keys, and the data boxes of each."""
    handler = box(b"hdlr", bytes(8), b"mdta", bytes(13))
    keys = box(
        b"keys", struct.pack(">II", 0, len(pairs)), *(box(b"mdta", k.encode()) for k, _ in pairs)
    )
    listed = (box(struct.pack(">I", i), data) for i, (_, data) in enumerate(pairs, 1))
    return box(b"meta", handler, keys, box(b"ilst", *listed))


def add(path: Path, *content: bytes, into: tuple[bytes, ...] = (b"moov",)) -> None:
    """Put boxes at the end of the first box `into`, a path of kinds, of a film that ends in it."""
    film = path.read_bytes()
    place, opened = 0, []
    for kind in into:
        while film[place + 4 : place + 8] != kind:
            place += struct.unpack_from(">I", film, place)[0]
        opened.append(place)
        place += 8
    end = opened[-1] + struct.unpack_from(">I", film, opened[-1])[0]
    new = bytearray(film[:end] + b"".join(content) + film[end:])
    for start in opened:
        size = struct.unpack_from(">I", new, start)[0] + sum(map(len, content))
        struct.pack_into(">I", new, start, size)
    path.write_bytes(new)
