"""Dyed film counts as black-and-white, colour film does not."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from skimage import data

from vidcolor.planes import look_of
from vidcolor.tint import Look

GREY = data.camera()[..., None] / 255
AMBER, BLUE = np.array([1, 0.75, 0.4]), np.array([0.45, 0.6, 1])
NIGHT = np.array([0.1, 0.2, 0.5])

PICTURES: dict[str, tuple[Callable[[], np.ndarray], Look]] = {
    "grey": (lambda: GREY * np.ones(3), Look.GREY),
    "tinted amber": (lambda: GREY * AMBER, Look.TINTED),
    "tinted blue": (lambda: GREY * BLUE, Look.TINTED),
    "toned blue": (lambda: NIGHT * (1 - GREY) + GREY, Look.TINTED),
    "toned sepia": (lambda: GREY ** [0.7, 1, 1.5], Look.TINTED),
    "toned and tinted": (lambda: (NIGHT * (1 - GREY) + GREY) * AMBER, Look.TINTED),
    "a cat": (lambda: data.chelsea() / 255, Look.COLOURED),
    "an astronaut": (lambda: data.astronaut() / 255, Look.COLOURED),
    "coffee": (lambda: data.coffee() / 255, Look.COLOURED),
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("crf", ["18", "30"])
def test_looks(tmp_path: Path, name: str, crf: str) -> None:
    """Through a lossy encoder with coarse chroma, as films are."""
    picture, expected = PICTURES[name]
    codes = (picture() * 255).round().astype(np.uint8)
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(codes), "rgb24")
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=25, options={"crf": crf, "preset": "ultrafast"})
        stream.width, stream.height = frame.width // 2 * 2, frame.height // 2 * 2
        stream.pix_fmt = "yuv420p"
        even = frame.reformat(stream.width, stream.height, "yuv420p")
        film.mux([*stream.encode(even), *stream.encode()])
    with av.open(str(path)) as film:
        assert [look_of(frame) for frame in film.decode(video=0)] == [expected]
    if expected is not Look.GREY:
        assert look_of(frame) is expected
