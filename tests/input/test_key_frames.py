"""Frames from all over a film: which come, and what keeps them from coming."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import SIZE, make_clip

from vidcolor.errors import InputError
from vidcolor.input.frames import Frame
from vidcolor.input.key_frames import FEW, key_frames, runs, samples

TICK = Fraction(1, 25)
TIMES = range(60)


def _numbers(frames: list[Frame], shown: list[np.ndarray]) -> list[int]:
    """Which of the film's frames they are, by their luma."""
    return [next(i for i, y in enumerate(shown) if np.array_equal(f.luma, y)) for f in frames]


@pytest.mark.parametrize(
    ("count", "expected"),
    [(5, [5, 15, 30, 40, 50]), (3, [10, 30, 50]), (100, list(range(0, 60, 5)))],
)
def test_each_part_of_the_film_gives_the_key_frame_before_its_middle(
    tmp_path: Path, count: int, expected: list[int]
) -> None:
    shown = make_clip(tmp_path / "a.mp4", codec="libx264", times=TIMES, time_base=TICK, gop=5,
                      options={"qp": "0", "sc_threshold": "0"})  # fmt: skip
    frames = list(key_frames(tmp_path / "a.mp4", count))
    assert _numbers(frames, shown) == expected
    assert [frame.pts for frame in frames] == sorted(frame.pts for frame in frames)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mkv", "libx264"),
        ("a.mov", "libx264"),
        ("a.ts", "mpeg2video"),
        ("a.ts", "libx264"),
        ("a.avi", "mpeg4"),
        ("a.flv", "libx264"),
        ("a.webm", "libvpx-vp9"),
    ],
)
def test_every_container_gives_frames_from_all_over_the_film(
    tmp_path: Path, name: str, codec: str
) -> None:
    make_clip(tmp_path / name, codec=codec, times=range(100), time_base=TICK, gop=5)
    frames = list(key_frames(tmp_path / name, 10))
    times = [frame.pts for frame in frames]
    assert 8 <= len(frames) <= 10
    assert times == sorted(set(times))
    gaps = np.diff(times)
    assert gaps.max() <= 3 * gaps.min()
    again = list(key_frames(tmp_path / name, 10))
    assert all(np.array_equal(a.luma, b.luma) for a, b in zip(frames, again, strict=True))


def test_with_few_key_frames_the_beginning_is_read(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", codec="mpeg4", times=range(270), time_base=TICK, gop=100)
    with_beginning = [frame.pts for frame in samples(tmp_path / "a.mp4", 8)]
    assert with_beginning[:3] == [frame.pts for frame in key_frames(tmp_path / "a.mp4", 8)]
    tick = with_beginning[1] // 100
    assert [pts // tick for pts in with_beginning] == [0, 100, 200, *range(0, 120, 15)]
    assert FEW > 3


@pytest.mark.parametrize("name", ["a.h264", "a.mkv"])
def test_a_film_that_can_t_be_searched_gives_its_beginning(tmp_path: Path, name: str) -> None:
    """Raw H.264 has neither times nor length; the other was cut off before its index."""
    shown = make_clip(tmp_path / name, codec="libx264", times=TIMES, time_base=TICK, gop=5,
                      options={"qp": "0"})  # fmt: skip
    if name == "a.mkv":
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    frames = list(samples(tmp_path / name, 24))
    assert len(frames) > 2
    assert _numbers(frames[:1], shown) == [0]


def test_damage_costs_samples_and_no_more(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv", codec="libx264", times=TIMES, time_base=TICK, gop=5)
    content = bytearray((tmp_path / "a.mkv").read_bytes())
    third = len(content) // 3
    content[third : 2 * third] = bytes(third)
    (tmp_path / "a.mkv").write_bytes(content)
    frames = list(samples(tmp_path / "a.mkv", 12))
    assert 2 <= len(frames) < 12 + 12
    assert all(frame.luma.shape == SIZE[::-1] for frame in frames)


def test_frames_of_another_size_do_not_come(tmp_path: Path) -> None:
    for name, size in (("a.ts", SIZE), ("b.ts", (32, 32))):
        make_clip(tmp_path / name, codec="mpeg2video", times=TIMES, time_base=TICK, gop=5,
                  size=size)  # fmt: skip
    joined = (tmp_path / "a.ts").read_bytes() + (tmp_path / "b.ts").read_bytes()
    (tmp_path / "joined.ts").write_bytes(joined)
    shapes = {frame.luma.shape for frame in samples(tmp_path / "joined.ts", 12)}
    assert len(shapes) == 1


def test_no_film_no_samples(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        list(samples(tmp_path / "a.mkv", 4))


def test_runs_are_frames_in_a_row_from_places_all_over_the_film(tmp_path: Path) -> None:
    """A place is entered at the key frame before it: here 0, 20 and 40."""
    shown = make_clip(tmp_path / "a.mp4", codec="libx264", times=TIMES, time_base=TICK, gop=10,
                      options={"qp": "0", "sc_threshold": "0"})  # fmt: skip
    frames = list(runs(tmp_path / "a.mp4", 3, 4))
    assert _numbers(frames, shown) == [0, 1, 2, 3, 20, 21, 22, 23, 40, 41, 42, 43]


@pytest.mark.parametrize(("gop", "expected"), [(60, 0), (30, 30)])
def test_no_run_comes_twice(tmp_path: Path, gop: int, expected: int) -> None:
    shown = make_clip(tmp_path / "a.mp4", codec="libx264", times=TIMES, time_base=TICK, gop=gop,
                      options={"qp": "0", "sc_threshold": "0"})  # fmt: skip
    frames = list(runs(tmp_path / "a.mp4", 6, 2))
    assert _numbers(frames, shown) == sorted({0, 1, expected, expected + 1})
