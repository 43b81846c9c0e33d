"""A film made in segments is the film made in one go."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from clips import luma_codes, make_clip, planes_of, times_of
from orders import assert_same_film, assert_same_result, in_one_go, in_segments, order_of
from sequences import TIMECODE, make_sequence, with_industry_headers

from vidcolor.colorize.settings import Cuts
from vidcolor.errors import InputError, OutputError
from vidcolor.frame_sequence import FrameSequence
from vidcolor.hints.file import Hints
from vidcolor.hints.marks import Point
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.order import Part

TIMES = range(0, 12_000, 40)
BESIDE: dict[str, Any] = {
    "audio": "flac",
    "subtitles": [(40, 900, "hello"), (3000, 5200, "again"), (11_000, 11_900, "bye")],
    "chapters": [(0, 5000, "one"), (5000, 12_000, "two")],
    "attachment": b"a note",
    "metadata": {"title": "Waves"},
}
AVI: dict[str, Any] = {  # FFmpeg tells no times of its frames but those of decoding
    "codec": "mpeg4", "time_base": Fraction(1, 25), "times": range(300), "options": {"bf": "2"}
}  # fmt: skip
BARE: dict[str, Any] = {"subtitles": [], "chapters": [], "attachment": None}
X264 = EncoderSettings("libx264", preset="ultrafast")


HINTS = Hints(
    points=(
        Point(Fraction("1.2"), (0.3, 0.4), "#c03020"),
        Point(Fraction("4.4"), (0.6, 0.5), "#2050c0", reach="frame"),
        Point(Fraction("7"), (0.6, 0.5), "#2050c0"),
    ),
    saturation=0.3,
)


def film_of_shots(path: Path, **more: Any) -> Path:
    """A film of four shots, of which the third has color."""
    pictures = [luma_codes(i) // (1 + i // 75 % 2) for i in range(len(TIMES))]
    usual = {"codec": "ffv1", "gop": 20, "times": TIMES, "colored": range(150, 225), **BESIDE}
    make_clip(path, pictures=pictures, **usual | more)
    return path


@pytest.mark.parametrize("devices", [(), ("cpu", "cpu")])
def test_several_segments_by_one_process_or_two(
    tmp_path: Path, weights: Path, devices: tuple[str, ...]
) -> None:
    source = film_of_shots(tmp_path / "a.mkv")
    order = order_of(weights, source, tmp_path / "b.mkv", verify=True)
    result, said = in_segments(order, "1.7", devices)
    assert said == list(result.notes)
    expected = in_one_go(order, tmp_path / "whole.mkv")
    assert_same_result(result, expected)
    assert_same_film(order.output, tmp_path / "whole.mkv")
    assert {path.name for path in tmp_path.iterdir()} == {
        "a.mkv", "b.mkv", "whole.mkv", "small.safetensors"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "more"),
    [
        ({"only_gray": True, "two_pass": True}, {}),
        (
            {"cuts": Cuts((Fraction(3), Fraction("6.5"))), "split_screen": True},
            {"part": Part(Fraction("0.3"))},
        ),
        ({"window": 0, "look_ahead": 0}, {"keep_video": True}),
        ({"only_gray": True}, {"hints": HINTS}),
        ({"refine": "levin", "every": 3}, {"hints": HINTS}),
        ({"every": 3}, {}),
        ({"engine": "torch"}, {}),
        *(
            pytest.param(settings, more, marks=pytest.mark.long)
            for settings, more in (
                ({"only_gray": True}, {"part": Part(Fraction(4), Fraction(6))}),
                ({"two_pass": True}, {"part": Part(None, Fraction(8))}),
                ({"window": 0, "look_ahead": 0, "cuts": Cuts((Fraction(3),))}, {}),
                ({"window": 4, "motion": False}, {}),
                ({"refine": "levin"}, {}),
                ({"pool": True}, {"encoder": X264}),
            )
        ),
    ],
)
def test_whatever_is_asked(
    tmp_path: Path, weights: Path, settings: dict[str, Any], more: dict[str, Any]
) -> None:
    source = film_of_shots(tmp_path / "a.mkv", second_video="keep_video" in more)
    order = order_of(weights, source, tmp_path / "b.mkv", settings, **more)
    result, _ = in_segments(order, "2")
    assert_same_result(result, in_one_go(order, tmp_path / "whole.mkv"))
    assert_same_film(order.output, tmp_path / "whole.mkv")


@pytest.mark.parametrize(
    ("source", "target", "made"),
    [
        ("a.mp4", "b.mp4", {"codec": "libx264", "audio": "aac"}),
        ("a.mkv", "b.mkv", {"codec": "libx264", "options": {"x264-params": "open-gop=1"}}),
        ("a.avi", "b.mkv", {**AVI, "audio": "mp3"}),
        pytest.param(
            "a.mov", "b.mov", {"codec": "libx264", "audio": "aac"}, marks=pytest.mark.long
        ),
        pytest.param("a.mkv", "b.mkv", {"codec": "libx265", "gop": 40}, marks=pytest.mark.long),
        pytest.param("a.flv", "b.mkv", {"codec": "libx264", "audio": None}, marks=pytest.mark.long),
    ],
)
def test_whatever_film(
    tmp_path: Path, weights: Path, source: str, target: str, made: dict[str, Any]
) -> None:
    film_of_shots(tmp_path / source, **({} if source == "a.mkv" else BARE), **made)
    encoder = X264 if target != "b.mkv" else EncoderSettings("ffv1")
    order = order_of(weights, tmp_path / source, tmp_path / target, encoder=encoder, verify=True)
    result, said = in_segments(order, "2")
    assert not any("in one go" in line for line in said)
    whole = tmp_path / f"whole{order.output.suffix}"
    assert_same_result(result, in_one_go(order, whole))
    assert_same_film(order.output, whole)


@pytest.mark.parametrize("devices", [(), ("cpu", "cpu")])
def test_the_end_of_a_segment_is_no_coarser_than_in_one_go(
    tmp_path: Path, weights: Path, devices: tuple[str, ...]
) -> None:
    """Of libx264 at its usual preset, which gives frames what later ones take over from them."""
    texture = np.random.default_rng(1).integers(16, 236, (64, 300), np.uint8)
    texture = cv2.GaussianBlur(texture, None, 1)
    pictures = [texture[:, i : i + 96] for i in range(100)]
    make_clip(tmp_path / "a.mkv", size=(96, 64), pictures=pictures, times=range(0, 4000, 40), gop=5)
    order = order_of(weights, tmp_path / "a.mkv", tmp_path / "b.mkv", encoder=EncoderSettings())
    in_segments(order, "1", devices)
    in_one_go(order, tmp_path / "whole.mkv")
    assert times_of(order.output) == times_of(tmp_path / "whole.mkv")
    errors = [
        np.mean(
            [np.subtract(f[0], p, dtype=float) ** 2 for f, p in zip(film, pictures, strict=True)]
        )
        for film in map(planes_of, (order.output, tmp_path / "whole.mkv"))
    ]
    assert 10 * np.log10(errors[0] / errors[1]) < 0.1


@pytest.mark.parametrize(
    ("source", "codec", "devices"),
    [
        ("a.avi", "mpeg4", ("cpu", "cpu")),
        pytest.param("a.avi", "mpeg4", (), marks=pytest.mark.long),
        pytest.param("a.ts", "libx264", (), marks=pytest.mark.long),
    ],
)
def test_a_film_in_which_seeking_is_not_exact_is_made_in_one_go(
    tmp_path: Path, weights: Path, source: str, codec: str, devices: tuple[str, ...]
) -> None:
    """In the AVI, times of frames depend on where decoding began: only comparing shows it.

    One process, which reads all segments in one pass, has no need to seek in it.
    """
    film_of_shots(tmp_path / source, codec=codec, gop=12, **BARE, audio="mp3")
    order = order_of(weights, tmp_path / source, tmp_path / "b.mkv")
    result, said = in_segments(order, "2", devices)
    in_one_pass = source == "a.avi" and not devices
    assert any(line.startswith("made in one go: seeking in") for line in said) != in_one_pass
    assert_same_result(result, in_one_go(order, tmp_path / "whole.mkv"))
    assert_same_film(order.output, tmp_path / "whole.mkv")


def damage(path: Path) -> None:
    """Two thirds into the film, most of a frame becomes zeros."""
    with av.open(str(path)) as film:
        packets = [p for p in film.demux(video=0) if p.size]
    hit = packets[len(packets) * 2 // 3]
    content = bytearray(path.read_bytes())
    begin = content.index(bytes(hit)) + hit.size // 4
    content[begin : begin + hit.size // 2] = bytes(hit.size // 2)
    path.write_bytes(content)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])


@pytest.mark.parametrize("harm", [damage, cut_short])
def test_a_damaged_film_is_made_in_one_go(
    tmp_path: Path, weights: Path, harm: Callable[[Path], None]
) -> None:
    source = film_of_shots(tmp_path / "a.mkv", subtitles=[], attachment=None)
    harm(source)
    order = order_of(weights, source, tmp_path / "b.mkv")
    result, said = in_segments(order, "2")
    assert any(line.startswith("made in one go: ") for line in said)
    assert_same_result(result, in_one_go(order, tmp_path / "whole.mkv"))
    assert_same_film(order.output, tmp_path / "whole.mkv")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.long
def test_a_frame_sequence(tmp_path: Path, weights: Path) -> None:
    make_sequence(tmp_path / "reel", numbers=range(60))
    source = FrameSequence(tmp_path / "reel", 10)
    order = order_of(weights, source, tmp_path / "b.mkv", encoder=EncoderSettings())
    result, _ = in_segments(order, "2", ("cpu", "cpu"))
    assert_same_result(result, in_one_go(order, tmp_path / "whole.mkv"))
    assert_same_film(order.output, tmp_path / "whole.mkv")


@pytest.mark.parametrize("jump", [20, 37])
def test_what_changes_midway_is_told_as_in_one_go(tmp_path: Path, weights: Path, jump: int) -> None:
    """Also at the beginning of a segment, which alone can't know of it."""
    make_sequence(tmp_path / "reel", numbers=range(60))
    for number in range(60):
        path = tmp_path / f"reel/{number:06}.dpx"
        code = bytes.fromhex(f"{1 + (number >= jump):02}0000{number % 10:02}")
        second = bytes([code[0], 0, int(str(number // 10), 16), code[3]])
        path.write_bytes(with_industry_headers(path.read_bytes(), {TIMECODE: second}))
    source = FrameSequence(tmp_path / "reel", 10)
    order = order_of(weights, source, tmp_path / "b.mkv", {"window": 2, "motion": False})
    result, said = in_segments(order, "2")
    assert any(line.startswith("made in one go: the timecode's jump") for line in said)
    expected = in_one_go(order, tmp_path / "whole.mkv")
    assert any("the timecode's jump" in line for line in expected.notes)
    assert_same_result(result, expected)


def test_a_short_film_is_made_in_one_go_and_without_a_word(tmp_path: Path, weights: Path) -> None:
    make_clip(tmp_path / "a.mkv", **BESIDE)
    order = order_of(weights, tmp_path / "a.mkv", tmp_path / "b.mkv")
    result, said = in_segments(order, "60")
    assert said == []
    assert_same_result(result, in_one_go(order, tmp_path / "whole.mkv"))
    assert_same_film(order.output, tmp_path / "whole.mkv")


def test_strict_refuses_before_any_work(tmp_path: Path, weights: Path) -> None:
    source = film_of_shots(tmp_path / "a.mkv", second_video=True)
    order = order_of(weights, source, tmp_path / "b.mkv", strict=True)
    with pytest.raises(OutputError, match="left out: video stream"):
        in_segments(order, "2")
    assert {path.name for path in tmp_path.iterdir()} == {"a.mkv", "small.safetensors"}


def test_a_film_that_changes_midway_fails_as_in_one_go(tmp_path: Path, weights: Path) -> None:
    for name, size in (("one", (64, 48)), ("two", (48, 32))):
        make_clip(tmp_path / f"{name}.mkv", codec="libx264", size=size, times=range(0, 6000, 40))
    source = tmp_path / "a.mkv"
    source.write_bytes(b"".join((tmp_path / f"{n}.mkv").read_bytes() for n in ("one", "two")))
    order = order_of(weights, source, tmp_path / "b.mkv")
    with pytest.raises(InputError) as one:
        in_one_go(order, tmp_path / "whole.mkv")
    with pytest.raises(InputError) as two:
        in_segments(order, "2")
    assert str(one.value) == str(two.value)
