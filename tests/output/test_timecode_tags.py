"""Timecodes and the names of their reels, from container to container."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from copying import copy

TOLD = {"timecode": "01:00:00:00", "reel_name": "REEL 1"}


@pytest.mark.parametrize("through", [".mxf", ".mkv", ".mov"])
def test_a_reel_s_name_is_kept_in_mov_and_named_in_mp4(tmp_path: Path, through: str) -> None:
    source = tmp_path / f"a{through}"
    with av.open(str(source), "w") as film:
        video = film.add_stream("mpeg2video", rate=25, width=64, height=48)
        video.codec_context.pix_fmt = "yuv422p"
        video.time_base = Fraction(1, 25)
        (film if through == ".mxf" else video).metadata.update(TOLD)
        for number in range(5):
            grey = np.full((96, 64), 128, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="yuv422p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            film.mux(video.encode(frame))
        film.mux(video.encode(None))
    assert copy(source, tmp_path / "b.mov").losses == []
    with av.open(str(tmp_path / "b.mov")) as made:
        assert made.streams.data[0].metadata["reel_name"] == "REEL 1"
    (line,) = copy(source, tmp_path / "b.mp4").losses
    assert line.lower().endswith(" tag reel_name: lost, .mp4 has no word for it")
