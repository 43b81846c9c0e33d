"""Tests of transport streams: several programmes, and the names of services."""

from fractions import Fraction
from pathlib import Path

import av
import pytest
from copying import copy

from vidcolor.input.reader import Reader

_PACKET = 188


def _write(path: Path, programmes: int = 2, **service: str) -> None:
    """Write a transport stream; each programme has a picture and sound.

    FFmpeg can write several, PyAV can't ask for it: so each is written alone, and their packets are
    put one behind the other under identifiers of their own, with one table of all programmes.
    """
    parts = []
    for number in range(1, programmes + 1):
        options = {
            "mpegts_service_id": f"{number}",
            "mpegts_start_pid": f"{0x100 * number}",
            "mpegts_pmt_start_pid": f"{0x1000 + number}",
        }
        with av.open(str(path), "w", format="mpegts", container_options=options) as film:
            film.metadata.update(service if number == 1 else {})
            video, sound = film.add_stream("mpeg2video", 25), film.add_stream("mp2", 48000)
            video.width, video.height, video.pix_fmt = 96 // number, 64 // number, "yuv420p"
            sound.layout = "mono"
            for index in range(25):
                picture = av.VideoFrame(video.width, video.height, "yuv420p")
                picture.pts, picture.time_base = index, Fraction(1, 25)
                film.mux(video.encode(picture))
                beep = av.AudioFrame("s16", "mono", 1152)
                beep.sample_rate, beep.pts = 48000, index * 1152
                film.mux(sound.encode(beep))
            film.mux(sound.encode(None))
            film.mux(video.encode(None))
        parts.append(_packets(path.read_bytes()))
    tables = [next(p for p in part if _identifier(p) == 0) for part in parts]
    others = [p for part in parts for p in part if _identifier(p)]
    path.write_bytes(b"".join([_joined(tables), *others]))


def _packets(content: bytes) -> list[bytes]:
    return [content[place : place + _PACKET] for place in range(0, len(content), _PACKET)]


def _identifier(packet: bytes) -> int:
    return int.from_bytes(packet[1:3]) & 0x1FFF


def _joined(tables: list[bytes]) -> bytes:
    """Return the one table of all programmes (ISO/IEC 13818-1, 2.4.4.3)."""
    entries = b"".join(table[13:17] for table in tables)
    section = b"\x00" + (0xB000 | 9 + len(entries)).to_bytes(2) + tables[0][8:13] + entries
    checksum = 0xFFFFFFFF
    for byte in section:
        checksum ^= byte << 24
        for _ in range(8):
            checksum = (checksum << 1 ^ 0x04C11DB7 * (checksum >> 31)) & 0xFFFFFFFF
    return (tables[0][:5] + section + checksum.to_bytes(4)).ljust(_PACKET, b"\xff")


def test_the_streams_of_another_programme_are_left_out_and_named(tmp_path: Path) -> None:
    _write(tmp_path / "a.ts", service_name="Kino")
    with Reader(tmp_path / "a.ts") as reader:
        assert reader.left_out == [
            "video stream 2 (mpeg2video, 48x32), of programme 2",
            "audio stream 3 (mp2), of programme 2",
        ]
        assert [stream.index for stream in reader.copied] == [1]


def test_all_programmes_are_kept_together_with_their_pictures(tmp_path: Path) -> None:
    _write(tmp_path / "a.ts")
    with Reader(tmp_path / "a.ts", keep_video=True) as reader:
        assert reader.left_out == ["which programme each stream belongs to"]
        assert [stream.index for stream in reader.copied] == [1, 2, 3]


@pytest.mark.parametrize(
    ("service", "suffix", "losses"),
    [
        ({}, ".mp4", []),
        ({"service_name": "Kino", "service_provider": "Zwei: drei"}, ".mkv", []),
        (
            {"service_name": "Kino"},
            ".mp4",
            ["tag service_name: lost, .mp4 has no word for it"],
        ),
    ],
)
def test_the_names_of_the_service_are_kept_or_named(
    tmp_path: Path, service: dict[str, str], suffix: str, losses: list[str]
) -> None:
    _write(tmp_path / "a.ts", 1, **service)
    writer = copy(tmp_path / "a.ts", tmp_path / f"b{suffix}")
    assert writer.losses == losses
    with av.open(str(tmp_path / f"b{suffix}")) as film:
        kept = {name.lower(): text for name, text in film.metadata.items()}
    expected = service if not losses else {}
    assert {n: t for n, t in kept.items() if n.startswith("service")} == expected
