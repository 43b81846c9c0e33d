"""`vidcolor info`: what it says is what `colorize` then does."""

import re
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from clips import make_clip
from marked_films import (
    captions_message,
    make_scans,
    make_unmarked,
    make_with_messages,
    triplets,
)

from vidcolor.net.engine import openvino_version


def test_the_installation_tells_what_computes(vidcolor: Callable) -> None:
    lines = vidcolor("info").out.splitlines()
    engine = "openvino" if openvino_version() else "torch"
    assert lines[2].startswith(f"OpenVINO {openvino_version() or 'is not installed'}")
    devices = lines[lines.index("devices (first is default):") + 1 :]
    assert re.search(rf"^  cpu \((bfloat16|float32), {engine}\)$", "\n".join(devices), re.M)


def test_a_film_is_told_stream_by_stream(tmp_path: Path, vidcolor: Callable) -> None:
    make_clip(tmp_path / "film.mkv")
    run = vidcolor("info", tmp_path / "film.mkv")
    assert run.code == 0
    lines = run.out.splitlines()
    assert lines[0].startswith("video stream 0 (")
    assert lines[0].endswith("colorized, into film.color.mkv")
    assert [path.name for path in tmp_path.iterdir()] == ["film.mkv"]


def test_what_becomes_of_further_streams_is_told(tmp_path: Path, vidcolor: Callable) -> None:
    picture = cv2.imencode(".png", np.zeros((16, 32), np.uint8))[1].tobytes()
    make_clip(tmp_path / "a.mkv", subtitles=[(0, 80, "x")], second_video=True)
    with (
        av.open(str(tmp_path / "a.mkv")) as source,
        av.open(str(tmp_path / "film.mkv"), "w") as film,
    ):
        copies = [film.add_stream_from_template(s, opaque=True) for s in source.streams]
        film.add_attachment("cover.png", "image/png", picture)
        for packet in source.demux():
            if packet.size:
                packet.stream = copies[packet.stream_index]
                film.mux(packet)
    assert vidcolor("info", tmp_path / "film.mkv").out.splitlines()[1:] == [
        "subtitle stream 1 (subrip): copied",
        "cover art 3 (png, 32x16): copied",
        "video stream 2 (ffv1, 32x16): left out",
    ]


def test_field_order_and_what_rides_in_the_picture_are_told(
    tmp_path: Path, vidcolor: Callable
) -> None:
    make_unmarked(tmp_path / "a.mkv", "ffv1", "yuv420p", 3)
    assert ", interlaced, bottom field first, " in vidcolor("info", tmp_path / "a.mkv").out
    make_scans(tmp_path / "b.mkv", (["prog"] * 3 + ["tff"]) * 10)
    assert ", partly interlaced, top field first, " in vidcolor("info", tmp_path / "b.mkv").out
    said = [[(4, captions_message(triplets(index, 20)))] for index in range(12)]
    make_with_messages(tmp_path / "c.ts", "mpeg2video", said)
    told = vidcolor("info", tmp_path / "c.ts").out
    assert "captions in the picture's stream: copied" in told.splitlines()
    assert "interlaced" not in told


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov", ".webm"])
def test_a_colored_film_tells_its_settings(
    tmp_path: Path, vidcolor: Callable, weights: Path, suffix: str
) -> None:
    """Also behind an earlier comment, and in every container."""
    make_clip(tmp_path / "film.mkv", metadata={"comment": "from reel 2"})
    (tmp_path / "cuts.txt").write_text("0.12\n0:00.24\n")
    output = tmp_path / f"film.color{suffix}"
    options = ["--temperature", 1 / 3, "--cuts", tmp_path / "cuts.txt", "--two-pass"]
    arguments = [tmp_path / "film.mkv", "-o", output, "--weights", weights, *options]
    assert vidcolor("colorize", *arguments).code == 0
    told = vidcolor("info", output).out.splitlines()[-1]
    assert re.match(r"colored by vidcolor \d\S*: weights small, weights-sha256 [\da-f]{64}, ", told)
    assert f", temperature {1 / 3!r}, " in told
    assert ", cuts 0.12,0.24, two-pass on, " in told


def test_a_photograph_is_told(tmp_path: Path, vidcolor: Callable) -> None:
    cv2.imwrite(str(tmp_path / "hill.png"), np.zeros((45, 61, 4), np.uint16))
    run = vidcolor("info", tmp_path / "hill.png")
    assert run.code == 0
    assert run.out.splitlines() == [
        "photograph (61x45, 16 bits): colorized, into hill.color.png",
        "the alpha channel: copied",
    ]


def test_what_is_no_film_is_one_line(tmp_path: Path, vidcolor: Callable) -> None:
    (tmp_path / "notes.txt").write_text("no film")
    run = vidcolor("info", tmp_path / "notes.txt")
    assert run.code == 1
    assert run.err.startswith("Error: ")
    assert run.err.count("\n") == 1
