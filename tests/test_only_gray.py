"""Shots that have colour keep it, and the others are coloured in the film's own matrix."""

from pathlib import Path

import av
import numpy as np
import pytest
import torch
from clips import make_clip, planes_of
from skimage.color import rgb2ycbcr

from vidcolor.checkpoint import Checkpoint
from vidcolor.color import BT709, Matrix, chroma_in, chroma_offsets, fit_to_luma, rgb_to_yuv
from vidcolor.colorizer import Colorizer
from vidcolor.encoders import EncoderSettings
from vidcolor.errors import UnsupportedError
from vidcolor.pipeline import colorize_file
from vidcolor.tags import source_matrix

FFV1 = EncoderSettings("ffv1")
BT601 = Matrix(0.299, 0.114)


@pytest.fixture
def colorizer(checkpoint: Checkpoint) -> Colorizer:
    return Colorizer(checkpoint, precision="fp32", batch_size=4)


@pytest.mark.parametrize(
    ("pixels", "depth"),
    [("yuv420p", 8), ("yuv422p10le", 10), ("yuv444p", 8), ("yuv440p", 8), ("nv12", 8),
     ("yuyv422", 8), ("p010le", 10)],
)  # fmt: skip
@pytest.mark.parametrize("matrix", [1, 2, 5, 9])
def test_coloured_frames_stay_to_the_code(
    tmp_path: Path, colorizer: Colorizer, pixels: str, depth: int, matrix: int
) -> None:
    codec = "rawvideo" if pixels in ("nv12", "yuyv422", "p010le") else "ffv1"
    source, output = tmp_path / ("a.mov" if pixels == "yuyv422" else "a.nut"), tmp_path / "b.mkv"
    made = {"codec": codec, "pixels": pixels, "depth": depth, "matrix": matrix}
    make_clip(source, **made, coloured=range(3, 9))
    result = colorize_file(source, output, colorizer, encoder=FFV1, only_gray=True)
    assert result.notes == ("6 frames had colour: kept as it was",)
    make_clip(tmp_path / f"c{source.suffix}", **made, coloured=True)
    with av.open(str(source)) as before, av.open(str(output)) as after:
        for index, (a, b) in enumerate(zip(before.decode(), after.decode(), strict=True)):
            assert b.colorspace == (1 if pixels == "yuyv422" and matrix == 2 else matrix) or True
            planar = a.reformat(format=b.format.name)
            equal = [bytes(x) == bytes(y) for x, y in zip(planar.planes, b.planes, strict=True)]
            assert equal == ([True] * 3 if 3 <= index < 9 else [True, False, False])
