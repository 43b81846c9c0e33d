"""A film that does not tell its frame rate is read at FFmpeg's, and that is said."""

from fractions import Fraction

import av
import pytest

from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader

ASSUMED = (
    "tells no frame rate: 25 frames/s are assumed; if that is wrong, first put it into a container "
    "with the right one"
)


def y4m(path, rate):
    header = b"YUV4MPEG2 W64 H48 %s Ip A1:1 C420jpeg\n" % rate
    frame = b"FRAME\n" + bytes([90]) * (64 * 48) + bytes([128]) * (64 * 48 // 2)
    path.write_bytes(header + frame * 3)


@pytest.mark.parametrize(
    ("rate", "second", "notes"),
    [
        (b"F24:1", Fraction(1, 24), []),
        (b"F24000:1001", Fraction(1001, 24000), []),
        (b"F0:0", Fraction(1, 25), [ASSUMED]),
        (b"F24:0", Fraction(1, 25), [ASSUMED]),
        (b"", Fraction(1, 25), [ASSUMED]),
    ],
)
def test_y4m(tmp_path, rate, second, notes):
    y4m(tmp_path / "a.y4m", rate)
    with Reader(tmp_path / "a.y4m") as reader:
        times = [reader.seconds(item) for item in reader if isinstance(item, Frame)]
    assert times == [0, second, 2 * second]
    assert reader.notes == notes


@pytest.mark.parametrize(
    ("codec", "container", "notes"),
    [("mjpeg", "mjpeg", [ASSUMED]), ("mpeg2video", "mpeg2video", []), ("libx264", "h264", []),
     ("libx264", "mpegts", [])],
)  # fmt: skip
def test_streams_without_a_container(tmp_path, codec, container, notes):
    with av.open(str(tmp_path / "a"), "w", format=container) as film:
        stream = film.add_stream(codec, rate=25, width=64, height=48)
        stream.codec_context.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for pts in range(6):
            frame = av.VideoFrame(64, 48, stream.codec_context.pix_fmt)
            frame.pts = pts
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    if container == "mjpeg":  # by content it would be a photograph
        (tmp_path / "a").rename(tmp_path / "a.mjpeg")
    with Reader(tmp_path / ("a.mjpeg" if container == "mjpeg" else "a")) as reader:
        assert reader.notes == notes
