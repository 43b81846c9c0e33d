"""TIFF files made tag by tag, as no library writes them."""

import struct
from collections.abc import Mapping, Sequence

_SHORT, _LONG = 3, 4


def bare_tiff(
    samples: bytes,
    size: tuple[int, int],
    bits: Sequence[int],
    photometric: int,
    more: Mapping[int, Sequence[int]] | None = None,
) -> bytes:
    """A little-endian TIFF file of one strip.

    size: width and height. bits: of each sample of a pixel. more: further tags of type SHORT.
    """
    width, height = size
    tags: dict[int, Sequence[int]] = {
        256: [width], 257: [height], 258: bits, 259: [1], 262: [photometric], 273: [8],
        277: [len(bits)], 278: [height], 279: [len(samples)],
    } | dict(more or {})  # fmt: skip
    body = bytes(8) + samples + bytes(len(samples) % 2)
    entries = []
    for code in sorted(tags):
        values = tags[code]
        kind, letter = (_LONG, "I") if code in (273, 279) else (_SHORT, "H")
        raw = struct.pack(f"<{len(values)}{letter}", *values)
        if len(raw) > 4:
            body, raw = body + raw, struct.pack("<I", len(body))
        entries.append(struct.pack("<HHI", code, kind, len(values)) + raw.ljust(4, b"\0"))
    head = b"II*\0" + struct.pack("<I", len(body))
    return head + body[8:] + struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
