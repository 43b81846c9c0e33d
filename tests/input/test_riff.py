"""Tags of AVI that FFmpeg does not carry come along or are named."""

import struct
from pathlib import Path

import pytest
from clips import make_clip, tags_of
from copying import copy

from vidcolor.input.reader import Reader


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def _info(**texts: str) -> bytes:
    tags = (_chunk(name.encode(), text.encode("cp1252") + b"\0") for name, text in texts.items())
    return _chunk(b"LIST", b"INFO" + b"".join(tags))


def _film(path: Path, *behind: bytes) -> Path:
    """An AVI film with the title "film", and these chunks behind its picture."""
    make_clip(path, codec="mpeg4", times=range(12), metadata={"title": "film"})
    content = bytearray(path.read_bytes() + b"".join(behind))
    struct.pack_into("<I", content, 4, len(content) - 8)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("behind", "losses"),
    [
        ((), []),
        ((_info(INAM="film", ISFT="a program", IART="Ufa", IKEY="a key"),), []),
        ((_info(INAM="other"),), ["tag title: 1 of 2 lost"]),
        ((_info(IART="A"), _info(IART="B"), _info(IART="C")), ["tag artist: 2 of 3 lost"]),
        ((_chunk(b"_PMX", b"<x:xmpmeta/>"),), ["XMP metadata: lost"]),
        ((b"LIST\xff\xff\xff\xffINFOINAM\xff\xff\xff\x7fx",), ["tag title: 1 of 2 lost"]),
    ],
)
def test_lost_tags(tmp_path: Path, behind: tuple[bytes, ...], losses: list[str]) -> None:
    with Reader(_film(tmp_path / "a.avi", *behind)) as reader:
        assert reader.losses == losses


def test_tags_behind_the_picture_come_along(tmp_path: Path) -> None:
    source = _film(tmp_path / "a.avi", _info(IART="René Clair", ICRD="1924"))
    writer = copy(source, tmp_path / "b.mkv")
    assert not writer.losses
    written = tags_of(tmp_path / "b.mkv")
    assert (written["title"], written["artist"], written["date"]) == ("film", "René Clair", "1924")
