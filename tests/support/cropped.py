"""Matroska files with a cropping, which PyAV can't write."""

from pathlib import Path

PIXEL_CROP = (b"\x54\xbb", b"\x54\xaa", b"\x54\xcc", b"\x54\xdd")
"""Matroska's elements for the top, bottom, left and right."""


def crop(path: Path, *sides: int) -> None:
    """Write top, bottom, left and right, of which one is 0, in place of a file's colour tags."""
    content = path.read_bytes()
    place = content.index(b"\x55\xb0")
    length = 3 + (content[place + 2] & 0x7F)
    elements = b"".join(
        name + bytes([0x81, side]) for name, side in zip(PIXEL_CROP, sides, strict=True) if side
    )
    void = length - len(elements) - 2
    assert void >= 0
    elements += bytes([0xEC, 0x80 | void]) + bytes(void)
    path.write_bytes(content[:place] + elements + content[place + length :])
