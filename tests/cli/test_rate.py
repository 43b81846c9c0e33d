"""`--rate`: frame sequences on the command line."""

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import click
import numpy as np
import pytest
from clips import make_clip, planes_of, times_of
from sequences import TIMECODE, make_sequence, with_industry_headers

from vidcolor.cli.types import Rate


@pytest.fixture
def run(
    vidcolor: Callable, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable:
    """Runs a command in a folder with the sequence `reel` of eight frames of 16 bits."""
    monkeypatch.chdir(tmp_path)
    make_sequence(Path("reel"))

    def with_weights(command: str, *arguments: object) -> object:
        colors = command not in ("info", "compare", "measure")
        return vidcolor(command, *(["--weights", weights] if colors else []), *arguments)

    return with_weights


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("24", Fraction(24)), ("16.667", Fraction(16667, 1000)), ("25.0", Fraction(25)),
        ("5.0", Fraction(5)), ("24000/1001", Fraction(24000, 1001)),
        ("23.976", Fraction(24000, 1001)), ("23.98", Fraction(24000, 1001)),
        ("29.97", Fraction(30000, 1001)), ("59.94", Fraction(60000, 1001)),
    ],
)  # fmt: skip
def test_rates(text, rate):
    assert Rate().convert(text, None, None) == rate


@pytest.mark.parametrize("text", ["0", "-24", "24/0", "fast", "1e3", "24 fps", "100000", "nan", ""])
def test_no_rates(text):
    with pytest.raises(click.BadParameter, match=r"is no rate; write 24, 23\.976 or 24000/1001"):
        Rate().convert(text, None, None)


@pytest.mark.parametrize(
    ("source", "output"),
    [("reel", "reel.color.mkv"), ("reel/%06d.dpx", "reel/reel.color.mkv")],
)
def test_a_sequence_becomes_a_lossless_film(run, source, output):
    codes = make_sequence(Path("reel"))
    done = run("colorize", source, "--rate", "23.976", "--verify")
    assert done.code == 0
    assert "16 bits: encoded with ffv1, losslessly" in done.err
    with av.open(output) as film:
        assert film.streams.video[0].codec_context.name == "ffv1"
        assert film.streams.video[0].average_rate == Fraction(24000, 1001)
    planes = planes_of(Path(output))
    assert all(np.array_equal(y, c) for (y, _, _), c in zip(planes, codes, strict=True))
    assert planes[0][1].min() < planes[0][1].max()
    for index, time in enumerate(times_of(Path(output))):
        assert abs(time - index * Fraction(1001, 24000)) <= Fraction(1, 2000)


def test_a_span_equals_the_whole(run):
    assert run("colorize", "reel", "--rate", "24", "-o", "whole.mkv").code == 0
    span = ("--start", "0.125", "--duration", "0.125")
    assert run("colorize", "reel", "--rate", "24", "-o", "part.mkv", *span).code == 0
    whole, part = planes_of(Path("whole.mkv")), planes_of(Path("part.mkv"))
    assert len(part) == 3
    for frame, same in zip(part, whole[3:6], strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(frame, same, strict=True))


def test_eight_bits_are_encoded_as_films_are(run):
    make_sequence(Path("small"), "%d.png", pixels="gray", depth=8)
    assert run("colorize", "small", "--rate", "18").code == 0
    with av.open("small.color.mkv") as film:
        assert film.streams.video[0].codec_context.name == "h264"


@pytest.mark.parametrize("arguments", [("-o", "film.mp4"), ("--encoder", "libx264")])
def test_what_cannot_hold_the_depth_is_one_line(run, arguments):
    refused = run("colorize", "reel", "--rate", "24", *arguments)
    assert refused.code == 1
    assert refused.err == (
        "Error: libx264 can't hold 16 bits; use --encoder ffv1 with an .mkv output\n"
    )
    assert list(Path().glob("*.m*")) == []


COMMANDS = ["colorize", "info", "preview", "tune", "confidence", "palette", "measure"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_sequence_without_a_rate_is_wrong_usage(run, command):
    for source, words in {
        "reel": "reel: a folder; give the rate of the frames in it, as in --rate 24",
        "reel/%06d.dpx": "a frame sequence; give its rate, as in --rate 24",
    }.items():
        refused = run(command, source)
        assert (refused.code, refused.out) == (2, "")
        assert re.fullmatch(r"Error: .+\n", refused.err)
        assert words in refused.err


@pytest.mark.parametrize("command", COMMANDS)
def test_a_rate_for_something_else_is_wrong_usage(run, command):
    make_clip(Path("film.mkv"), times=(0, 40))
    for source in ("film.mkv", "reel/086400.dpx"):
        refused = run(command, source, "--rate", "24")
        assert (refused.code, refused.out) == (2, "")
        assert f"{source}: --rate is for frame sequences" in refused.err
    if command == "colorize":
        refused = run(command, "reel", "film.mkv", "--rate", "24")
        assert (refused.code, "film.mkv: --rate is for" in refused.err) == (2, True)


def test_every_command_takes_a_sequence(run):
    rate = ("--rate", "24")
    small = ("--frames", "1")
    for command, arguments, output in (
        ("preview", small, "reel.preview.png"),
        ("tune", ("--over", "window=0,2"), "reel.tune.png"),
        ("tune", ("--over", "window=0,2", "--clip", "0.1"), "reel.tune.mkv"),
        ("confidence", small, "reel.confidence.png"),
        ("palette", small, "reel.palette.png"),
        ("measure", ("-o", "figures.png"), "figures.png"),
    ):
        done = run(command, "reel", *rate, *arguments)
        assert (done.code, Path(output).is_file()) == (0, True), done.err
    assert run("colorize", "reel", *rate, "--report", "page.html").code == 0
    assert "ffv1" in Path("page.html").read_text()
    assert run("compare", "reel", "reel.color.mkv", *rate).code == 0
    assert len(planes_of(Path("reel.compare.mkv"))) == 8
    told = run("info", "reel", *rate)
    assert "video stream 0 (dpx, 64x48, gray16le, full range, 24 frames/s, 0.3 s)" in told.out
    picked = run("tune", "reel", "--rate", "23.976", "--over", "window=0,2", "--pick", "1")
    assert picked.out.startswith("vidcolor colorize reel --rate 24000/1001 --weights")


def test_a_gap_is_named_and_refused_when_strict(run):
    Path("reel/086403.dpx").unlink()
    refused = run("colorize", "reel", "--rate", "24", "--strict")
    assert refused.code == 1
    assert "reel: 1 frame is missing, from 086402.dpx to 086404.dpx" in refused.err
    assert not Path("reel.color.mkv").exists()
    done = run("colorize", "reel", "--rate", "24")
    assert (done.code, "reel: 1 frame is missing" in done.err) == (0, True)
    assert len(planes_of(Path("reel.color.mkv"))) == 7


def test_damage_at_the_end_is_refused_when_strict(run):
    assert run("colorize", "reel", "--rate", "24", "--strict").code == 0
    Path("reel/086407.dpx").write_bytes(b"")
    refused = run("colorize", "reel", "--rate", "24", "--strict", "--overwrite")
    assert (refused.code, "1 damaged packet" in refused.err) == (1, True)


@pytest.mark.parametrize("name", ["%d.tif", "%d.png", "%d.dpx"])
def test_plain_frames_lose_nothing(run, name):
    make_sequence(Path("plain"), name, pixels="gray", depth=8)
    done = run("colorize", "plain", "--rate", "24", "--strict")
    assert (done.code, "lost" in done.err) == (0, False)


@pytest.mark.parametrize("suffix", [".mkv", ".mov"])
def test_the_timecode_of_dpx_reaches_the_film(run, suffix):
    make_sequence(Path("tenbit"), pixels="gbrp10le", depth=10)
    for path, frame in zip(sorted(Path("tenbit").iterdir()), range(22, 99), strict=False):
        fields = {TIMECODE: bytes.fromhex(f"0102{3 + frame // 24:02}{frame % 24:02}")}
        path.write_bytes(with_industry_headers(path.read_bytes(), fields))
    span = ("--start", "0.1")  # begins with frame 3
    assert run("colorize", "tenbit", "--rate", "24", *span, "-o", f"film{suffix}").code == 0
    with av.open(f"film{suffix}") as film:
        tags = [film.metadata, *(stream.metadata for stream in film.streams)]
        told = {v for each in tags for k, v in each.items() if k.lower() == "timecode"}
    assert told == {"01:02:04:01"}
