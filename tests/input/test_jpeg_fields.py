"""Captures in Motion JPEG that store each field as a JPEG, as capture cards made them."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import frame_of, luma_codes

from vidcolor.errors import UnsupportedError
from vidcolor.input.frames import Frame
from vidcolor.input.pyav_gaps import FieldOrder
from vidcolor.input.reader import Reader

TOP, BOTTOM = FieldOrder.TOP, FieldOrder.BOTTOM
LUMA = luma_codes(0, (64, 64)) // 2 + 64
FIELDS = {TOP: LUMA[0::2] // 4, BOTTOM: 192 + LUMA[1::2] // 4}
WOVEN = np.stack([FIELDS[TOP], FIELDS[BOTTOM]], 1).reshape(64, 64)


def _jpeg(luma: np.ndarray, *segments: bytes) -> bytes:
    """A JPEG, with these segments (number and content) at its beginning."""
    encoder = av.CodecContext.create("mjpeg", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.height, encoder.width = luma.shape
    encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1, 25)
    encoder.options = {"qmin": "1", "qmax": "1"}
    frame = frame_of(luma, "yuvj420p")
    (packet,) = [*encoder.encode(frame), *encoder.encode(None)]
    made = bytes(packet)
    put = (b"\xff" + s[:1] + (len(s) + 1).to_bytes(2) + s[1:] for s in segments)
    return made[:2] + b"".join(put) + made[2:]


def _mark(polarity: int) -> bytes:
    return b"\xe0AVI1" + bytes([polarity]) + bytes(9)


def _read(path: Path, packets: Sequence[bytes]) -> list[Frame]:
    with av.open(str(path), "w") as film:
        stream = film.add_stream("mjpeg", rate=25, width=64, height=64)
        assert isinstance(stream, av.VideoStream)
        stream.pix_fmt = "yuvj420p"
        film.start_encoding()
        for index, content in enumerate(packets):
            packet = av.Packet(content)
            packet.stream, packet.time_base = stream, Fraction(1, 25)
            packet.pts = packet.dts = index
            packet.is_keyframe = True
            film.mux(packet)
    with Reader(path) as reader:
        frames = [item for item in reader if isinstance(item, Frame)]
        assert reader.picture.field_order is frames[0].marks.field_order
        assert reader.warnings == []
    assert len(frames) == len(packets)
    return frames


@pytest.mark.parametrize("suffix", [".avi", ".mkv"])
@pytest.mark.parametrize("first", [TOP, BOTTOM])
def test_two_jpegs_are_the_fields_of_a_frame(
    tmp_path: Path, suffix: str, first: FieldOrder
) -> None:
    order = (TOP, BOTTOM) if first is TOP else (BOTTOM, TOP)
    marks = {TOP: _mark(1), BOTTOM: _mark(2)}
    packet = b"".join(_jpeg(FIELDS[field], marks[field]) for field in order)
    for frame in _read(tmp_path / f"a{suffix}", [packet] * 3):
        assert frame.marks.field_order is first
        assert abs(frame.luma.astype(int) - WOVEN).max() < 16


@pytest.mark.parametrize(("suffix", "first"), [(".avi", BOTTOM), (".mkv", TOP)])
def test_fields_without_a_mark_lie_as_ffmpeg_puts_them(
    tmp_path: Path, suffix: str, first: FieldOrder
) -> None:
    order = (TOP, BOTTOM) if first is TOP else (BOTTOM, TOP)
    packet = b"".join(_jpeg(FIELDS[field]) for field in order)
    for frame in _read(tmp_path / f"a{suffix}", [packet] * 3):
        assert frame.marks.field_order is first
        assert abs(frame.luma.astype(int) - WOVEN).max() < 16


def test_a_thumbnail_is_no_field(tmp_path: Path) -> None:
    thumbnail = b"\xe1Exif\0\0" + _jpeg(LUMA[::2, ::2])
    for frame in _read(tmp_path / "a.avi", [_jpeg(LUMA, _mark(0), thumbnail)] * 2):
        assert frame.marks.field_order is None


def test_two_whole_pictures_are_no_fields(tmp_path: Path) -> None:
    """As a camera appends its preview."""
    frames = _read(tmp_path / "a.avi", [_jpeg(LUMA) + _jpeg(LUMA[::2, ::2])])
    assert frames[0].marks.field_order is None


@pytest.mark.parametrize("form", ["j2k", "jp2"])
@pytest.mark.parametrize("suffix", [".mxf", ".mov", ".mkv"])
def test_two_fields_of_jpeg_2000_in_a_packet_are_refused(
    tmp_path: Path, form: str, suffix: str
) -> None:
    """FFmpeg decodes the first one alone, so that half of the lines would be lost."""
    for count, path in ((1, tmp_path / f"one{suffix}"), (2, tmp_path / f"two{suffix}")):
        with av.open(str(path), "w") as film:
            video = film.add_stream("jpeg2000", 25, width=64, height=32, options={"format": form})
            video.pix_fmt = "yuv422p10le"
            for index in range(3):
                frame = frame_of(LUMA[index::2][:32].astype(np.uint16) * 4, "yuv422p10le", 10)
                frame.pts = index
                for packet in video.encode(frame):
                    made = av.Packet(bytes(packet) * count)
                    made.pts = made.dts = index
                    made.time_base, made.duration, made.stream = Fraction(1, 25), 1, video
                    made.is_keyframe = True
                    film.mux(made)
    with Reader(tmp_path / f"one{suffix}") as reader:
        assert sum(isinstance(item, Frame) for item in reader) == 3
    with pytest.raises(UnsupportedError, match=r"two\.\w+: each of its packets holds two fields"):
        Reader(tmp_path / f"two{suffix}")
