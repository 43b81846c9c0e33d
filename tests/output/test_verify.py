"""A film read again: what is there is said, and what is missing or different is found."""

from collections import Counter
from pathlib import Path
from typing import Any

import av
import pytest
from clips import MS, TIMES, make_clip

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.errors import OutputError, UsageError
from vidcolor.input.reader import Reader
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.output.encoders import EncoderSettings
from vidcolor.output.verify import Manifest, count_streams
from vidcolor.pipeline.film import colorize_file

FAST = {"preset": "ultrafast"}
TRACKS = {
    "audio": "aac",
    "subtitles": [(40, 200, "hello")],
    "chapters": [(0, 200, "one"), (200, 480, "two")],
}


@pytest.fixture
def colorizer(checkpoint: Checkpoint) -> Colorizer:
    return Colorizer(checkpoint, precision="fp32")


@pytest.mark.parametrize(
    ("output", "settings", "luma"),
    [
        ("b.mkv", EncoderSettings("ffv1"), "identical"),
        ("b.mp4", EncoderSettings(**FAST, options=(("qp", "0"),)), "identical"),
        ("b.mkv", EncoderSettings(**FAST, crf=0), "identical"),
        ("b.mkv", EncoderSettings("libx265", **FAST, options=(("x265-params", "lossless=1"),)),
         "identical"),
        ("b.webm", EncoderSettings("libvpx-vp9", preset="8", options=(("lossless", "1"),)),
         "identical"),
        ("b.mov", EncoderSettings(**FAST, crf=40), "as the lossy encoder left it"),
    ],
)  # fmt: skip
def test_a_sound_film_is_verified(
    tmp_path: Path, colorizer: Colorizer, output: str, settings: EncoderSettings, luma: str
) -> None:
    make_clip(tmp_path / "a.mkv", times=(0, 17, 33, 34, 100, 1180), **TRACKS)
    result = colorize_file(
        tmp_path / "a.mkv", tmp_path / output, colorizer, encoder=settings, verify=True
    )
    sound = "" if output == "b.webm" else "1 audio stream, "
    assert result.notes[-1] == (
        f"verified: 6 frames and their times; 1 video stream, {sound}1 subtitle stream; luma {luma}"
    )


def test_a_film_that_differs_never_appears(tmp_path: Path, colorizer: Colorizer) -> None:
    """qp=0 promises every code, and x264's own parameter breaks the promise."""
    make_clip(tmp_path / "a.mkv")
    settings = EncoderSettings(**FAST, options=(("qp", "0"), ("x264-params", "qp=40")))
    with pytest.raises(OutputError, match=r"b\.mkv: .* another luma .* try another"):
        colorize_file(
            tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer, encoder=settings, verify=True
        )
    assert [path.name for path in tmp_path.iterdir()] == ["a.mkv"]


def test_standard_output_can_t_be_verified(tmp_path: Path, colorizer: Colorizer) -> None:
    make_clip(tmp_path / "a.mkv")
    with pytest.raises(UsageError, match="leave --verify out"):
        colorize_file(tmp_path / "a.mkv", Path("-"), colorizer, verify=True)


def record_of(path: Path) -> tuple[Manifest, "Counter[str]"]:
    """What is there, as if it had just been written."""
    with Reader(path) as reader:
        record = Manifest(reader.picture.time_base)
        for frame in reader:
            if not isinstance(frame, av.Packet):
                record.add(frame)
    with av.open(str(path)) as film:
        return record, count_streams(film.streams)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"times": TIMES[:-1]}, "holds 11 frames, 12 were written"),
        ({"times": (*TIMES[:5], 201, *TIMES[6:])}, ""),
        ({"times": (*TIMES[:5], 202, *TIMES[6:])}, "times up to 0.0020 s off"),
        ({"times": [time + 500 for time in TIMES]}, ""),
        ({"audio": None}, "holds 1 video stream, 1 subtitle stream, 1 video stream, 1 audio"),
        ({"subtitles": ()}, "holds 1 video stream, 1 audio stream, 1 video stream, 1 audio"),
        ({"codec": "mjpeg", "pixels": "yuvj420p"}, "holds another luma"),
        ({"pixels": "yuv422p"}, ""),
    ],
)
def test_differences_are_found(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    make_clip(tmp_path / "a.mkv", **TRACKS)
    make_clip(tmp_path / "b.mkv", **(TRACKS | changes))
    record, wanted = record_of(tmp_path / "a.mkv")
    if words:
        with pytest.raises(OutputError, match=words):
            record.check(tmp_path / "b.mkv", wanted, True, tmp_path / "c.mkv")
    else:
        line = record.check(tmp_path / "b.mkv", wanted, True, tmp_path / "c.mkv")
        assert line.startswith("verified: 12 frames")


def test_a_film_that_can_t_be_read_is_named(tmp_path: Path) -> None:
    record = Manifest(MS)
    (tmp_path / "a.mkv").write_bytes(b"no film")
    with pytest.raises(OutputError, match=r"c\.mkv: the film just made can't be read"):
        record.check(tmp_path / "a.mkv", Counter(), False, tmp_path / "c.mkv")
