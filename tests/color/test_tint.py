"""Dyed film counts as black-and-white, colour film does not."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from skimage import data

from vidcolor.color.tint import Look
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.input.pixel_formats import look_of
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.pipeline.film import colorize_file

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
    "a cat": (lambda: data.chelsea() / 255, Look.COLORED),
    "an astronaut": (lambda: data.astronaut() / 255, Look.COLORED),
    "coffee": (lambda: data.coffee() / 255, Look.COLORED),
}


def make_film(path: Path, names: list[str], crf: str) -> None:
    """A frame of each, through a lossy encoder with coarse chroma, as films are."""
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=25, options={"crf": crf, "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for name in names:
            film.mux(stream.encode(frame_of(name).reformat(320, 240, "yuv420p")))
        film.mux(stream.encode())


def frame_of(name: str) -> av.VideoFrame:
    codes = (PICTURES[name][0]() * 255).round().astype(np.uint8)
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(codes), "rgb24")


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("crf", ["18", "26"])
def test_looks(tmp_path: Path, name: str, crf: str) -> None:
    make_film(tmp_path / "a.mkv", [name], crf)
    with av.open(str(tmp_path / "a.mkv")) as film:
        assert [look_of(frame) for frame in film.decode(video=0)] == [PICTURES[name][1]]
    assert look_of(frame_of(name)) is PICTURES[name][1]


@pytest.mark.parametrize(
    ("names", "notes"),
    [
        (["grey", "grey"], ()),
        (["grey", "tinted amber"], ("the source is tinted: only its luma is used",)),
        (["toned blue", "a cat"], ("the source has colour: only its luma is used",)),
    ],
)
def test_a_film_says_what_is_not_used(
    tmp_path: Path, checkpoint: Checkpoint, names: list[str], notes: tuple[str, ...]
) -> None:
    make_film(tmp_path / "a.mkv", names, "18")
    result = colorize_file(tmp_path / "a.mkv", tmp_path / "b.mkv", Colorizer(checkpoint))
    assert result.notes == notes
