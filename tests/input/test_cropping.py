"""The cropping that a container asks for: Matroska's PixelCrop and QuickTime's clean aperture."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import make_clip
from cropped import crop

from vidcolor.input.frames import Frame
from vidcolor.input.key_frames import samples
from vidcolor.input.pyav_gaps import FieldOrder
from vidcolor.input.reader import Reader


def as_mov(path: Path) -> Path:
    """The same film in QuickTime, where FFmpeg writes the cropping as a clean aperture."""
    with av.open(str(path)) as film, av.open(str(path.with_suffix(".mov")), "w") as copy:
        stream = copy.add_stream_from_template(film.streams.video[0], opaque=True)
        for packet in film.demux(video=0):
            if packet.size:
                packet.stream = stream
                copy.mux(packet)
    assert b"clap" in path.with_suffix(".mov").read_bytes()
    return path.with_suffix(".mov")


def frames_of(path: Path) -> tuple[Reader, list[Frame]]:
    with Reader(path) as reader:
        return reader, [item for item in reader if isinstance(item, Frame)]


@pytest.mark.parametrize("container", [".mkv", ".mov"])
@pytest.mark.parametrize(
    ("pixels", "depth", "sides", "text"),
    [
        ("yuv420p", 8, (6, 10, 4, 0), "60x32 at 4,6"),
        ("yuv422p10le", 10, (0, 2, 6, 8), "50x46 at 6,0"),
    ],
)
def test_what_is_shown_is_delivered(tmp_path, container, pixels, depth, sides, text):
    top, bottom, left, right = sides
    height, width = 48 - top - bottom, 64 - left - right
    path = tmp_path / "film.mkv"
    codes = make_clip(
        path, codec="libx264", pixels=pixels, depth=depth, color_range=1, transfer=1, matrix=1,
        options={"qp": "0"},
    )  # fmt: skip
    crop(path, *sides)
    if container == ".mov":
        path = as_mov(path)
    reader, frames = frames_of(path)
    assert (reader.picture.width, reader.picture.height) == (width, height)
    assert reader.left_out == [f"what the file's cropping hides (it shows {text} of 64x48)"]
    for frame, whole in zip(frames, codes, strict=True):
        assert np.array_equal(frame.luma, whole[top : 48 - bottom, left : 64 - right])
        assert frame.chroma is not None
        assert {p.shape for p in frame.chroma} == {(height // (1 + (depth == 8)), width // 2)}
    assert all(frame.luma.shape == (height, width) for frame in samples(path, 4))
    with Reader(path, start=Fraction(2, 10), duration=Fraction(1, 10)) as span:
        first = next(item for item in span if isinstance(item, Frame))
        assert np.array_equal(first.luma, frames[5].luma)


def test_an_odd_line_at_the_top_swaps_the_fields(tmp_path):
    path = tmp_path / "film.mkv"
    make_clip(
        path, codec="libx264", color_range=1, transfer=1, matrix=1, fields="tff",
        options={"x264-params": "tff=1"},
    )  # fmt: skip
    assert frames_of(path)[0].picture.field_order is FieldOrder.TOP
    crop(path, 1, 1, 0, 0)
    assert frames_of(path)[0].picture.field_order is FieldOrder.BOTTOM
