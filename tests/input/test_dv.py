"""What DV says of its recording beside the first timecode, in the files that FFmpeg makes of it."""

from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import pytest
from copying import copy

from vidcolor.input.dv import read_dv
from vidcolor.input.reader import Reader

_BEGIN = datetime(2003, 4, 5, 23, 59, 59)
_SYSTEMS = {
    "pal": (720, 576, Fraction(25), "yuv420p"),
    "ntsc": (720, 480, Fraction(30000, 1001), "yuv411p"),
}


def _write(path: Path, *takes: str, system: str = "pal", frames: int = 40) -> None:
    """Write takes that begin at these times, in UTC, one behind the other, with timecode."""
    width, height, rate, pixels = _SYSTEMS[system]
    content = b""
    for take in takes:
        with av.open(str(path), "w", format="dv") as film:
            film.metadata["creation_time"] = take
            film.metadata["timecode"] = "01:02:03:04"
            video = film.add_stream("dvvideo", rate)
            video.width, video.height, video.pix_fmt = width, height, pixels
            for index in range(frames):
                frame = av.VideoFrame(width, height, pixels)
                frame.pts, frame.time_base = index, 1 / rate
                film.mux(video.encode(frame))
            film.mux(video.encode(None))
        content += path.read_bytes()
    path.write_bytes(content)


def _remux(source: Path, target: Path) -> None:
    with av.open(str(source)) as film, av.open(str(target), "w") as copied:
        stream = copied.add_stream_from_template(film.streams.video[0])
        for packet in film.demux(video=0):
            if packet.size:
                packet.stream = stream
                copied.mux(packet)


def _with_pack(content: bytes, pack: bytes) -> bytes:
    """Return DV whose VAUX, in the 3rd block of each sequence, holds one pack more."""
    made = bytearray(content)
    for place in range(3 * 80 + 3 + 10 * 5, len(made), 12000):
        made[place : place + 5] = pack
    return bytes(made)


@pytest.mark.parametrize("suffix", [".dv", ".avi", ".mov"])
@pytest.mark.parametrize("system", _SYSTEMS)
def test_the_recording_s_date_and_timecode_are_kept(
    tmp_path: Path, suffix: str, system: str
) -> None:
    """FFmpeg reads no date, and the timecode of plain DV alone."""
    _write(tmp_path / "a.dv", "2003-04-05T23:59:59Z", system=system)
    source = tmp_path / f"a{suffix}"
    if suffix != ".dv":
        _remux(tmp_path / "a.dv", source)
    for target in ("b.mkv", "b.mp4"):
        writer = copy(source, tmp_path / target, overwrite=True)
        assert writer.losses == writer.left_out == []
        with av.open(str(tmp_path / target)) as film:
            tags = {name.lower(): text for name, text in film.metadata.items()}
            tags = {**film.streams.video[0].metadata, **tags}
        assert tags["date"] == str(_BEGIN)
        assert tags.get("timecode", tags.get("TIMECODE")).replace(";", ":") == "01:02:03:04"
    with Reader(source) as reader:
        assert list(reader)
        assert reader.left_out == reader.warnings == []
    with Reader(source, start=Fraction(26, 25)) as reader:
        assert reader.metadata["date"] == str(_BEGIN + timedelta(seconds=1))
        assert reader.metadata["timecode"].startswith("01:02:04:")
        assert list(reader)
        assert reader.left_out == []


def test_a_date_and_timecode_that_jump_are_named(tmp_path: Path) -> None:
    _write(
        tmp_path / "a.dv", "2003-04-05T23:59:59Z", "2003-04-06T10:00:00Z", "1999-01-01T00:00:00Z"
    )
    with Reader(tmp_path / "a.dv") as reader:
        assert list(reader)
        assert reader.left_out == [
            "the timecode's jump to 01:02:03:04 at 1.600 s, and 1 more",
            "the recording's date, which becomes 2003-04-06 10:00:00 at 1.600 s, and 1 more",
        ]


def test_a_camera_without_a_clock_tells_no_date(tmp_path: Path) -> None:
    """FFmpeg then writes that of 1970."""
    _write(tmp_path / "a.dv", "1970-01-01T00:00:00Z")
    with Reader(tmp_path / "a.dv") as reader:
        assert reader.metadata.keys() == {"timecode"}
        assert list(reader)
        assert reader.left_out == []


def test_what_else_its_packs_hold_is_named(tmp_path: Path) -> None:
    film = tmp_path / "a.dv"
    _write(film, "2003-04-05T23:59:59Z", frames=3)
    content = film.read_bytes()
    for pack, line in (
        (b"\x65\x80\x80\xff\xff", "DV's closed captions"),
        (b"\x70\xc8\x40\xff\xff", "DV's data of the camera"),
    ):
        film.write_bytes(_with_pack(content, pack))
        with Reader(film) as reader:
            assert reader.left_out == [line]
            assert list(reader)
            assert reader.left_out == [line]
    film.write_bytes(_with_pack(content, b"\x65\xff\xff\xff\xff"))
    with Reader(film) as reader:
        assert reader.left_out == []


@pytest.mark.parametrize(
    "frame", [b"", bytes(80), bytes(120_000), b"\xff" * 144_000, b"\x5f" * 144_000]
)
def test_garbage_says_nothing_false(frame: bytes) -> None:
    assert read_dv(frame).recorded is None
