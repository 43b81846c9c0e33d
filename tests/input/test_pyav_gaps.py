"""What is attached to a frame is read past kinds that PyAV has no name for."""

import gc
import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import filtered, make_clip
from PIL import Image

from vidcolor.input.frames import Frame
from vidcolor.input.pyav_gaps import FieldOrder, FrameProbe
from vidcolor.input.reader import Reader


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Motion JPEG of a camera that lay on its side: FFmpeg attaches the EXIF data too."""
    exif = Image.Exif()
    exif[274] = 6
    picture = io.BytesIO()
    Image.fromarray(np.full((48, 64), 100, np.uint8)).save(picture, "jpeg", exif=exif)
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as output:
        video = output.add_stream("mjpeg", rate=25, width=64, height=48)
        video.codec_context.pix_fmt = "yuvj420p"
        for pts in range(3):
            packet = av.Packet(picture.getvalue())
            packet.stream, packet.pts, packet.dts = video, pts, pts
            packet.is_keyframe = True
            output.mux(packet)
    return path


def test_what_has_a_name_is_found_beside_what_has_none(film: Path) -> None:
    with av.open(str(film)) as source:
        frame = next(source.decode(video=0))
    with pytest.raises(ValueError, match="not a valid Type"):
        _ = frame.side_data
    assert "DISPLAYMATRIX" in FrameProbe().side_data(frame)
    assert "CONTENT_LIGHT_LEVEL" not in FrameProbe().side_data(frame)


def test_exif_is_found_though_its_bytes_are_out_of_reach(film: Path) -> None:
    with av.open(str(film)) as source:
        assert "EXIF" in FrameProbe().side_data(next(source.decode(video=0)))


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p10le", "rgb24", "gray", "pal8"])
def test_a_frame_tells_its_own_pixel_aspect_and_fields(pixels: str) -> None:
    probe, frame = FrameProbe(), av.VideoFrame(62, 46, pixels)
    aspects = ((16, 11), (64, 45), (1, 1), (8, 9), (10, 11), (2, 1), (352, 413), (1999, 2000))
    for width, height in aspects:
        (marked,) = filtered(frame, "setsar", f"{width}/{height}:max=10000")
        assert probe.sample_aspect_ratio(marked) == Fraction(width, height)
        marked.colorspace = 8  # YCgCo, which FFmpeg's scaler refuses
        assert probe.sample_aspect_ratio(marked) == Fraction(width, height)
    for mode, order in (("tff", FieldOrder.TOP), ("prog", None), ("bff", FieldOrder.BOTTOM)):
        (marked,) = filtered(frame, "setfield", mode)
        assert probe.field_order(marked) is order


def test_such_a_film_is_read_and_stays_turned(film: Path) -> None:
    with Reader(film) as reader:
        assert reader.picture.rotation == -90
        assert sum(isinstance(item, Frame) for item in reader) == 3


def test_a_frame_that_nothing_holds_is_gone_at_once(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv", times=range(0, 120, 40))
    gc.collect()
    before = _frames()
    gc.disable()
    try:
        with Reader(tmp_path / "a.mkv") as reader:
            assert sum(isinstance(item, Frame) for item in reader) == 3
        del reader
        assert _frames() == before
    finally:
        gc.enable()


def _frames() -> int:
    return sum(type(thing) is av.VideoFrame for thing in gc.get_objects())
