"""How a film is divided into segments."""

import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from clips import make_clip
from sequences import make_sequence

from vidcolor.frame_sequence import FrameSequence
from vidcolor.jobs.plan import Plan, plan_film
from vidcolor.pipeline.order import Part

SECOND = Fraction(1)


def starts_of(plan: Plan) -> list[Fraction | None]:
    return [segment.start for segment in plan.segments]


@pytest.mark.parametrize(
    ("name", "codec", "gop"),
    [
        ("a.mkv", "libx264", 10),
        ("a.mp4", "libx264", 10),
        ("a.mov", "libx264", 7),
        ("a.mkv", "ffv1", 1),
        ("a.webm", "libvpx-vp9", 10),
    ],
)
def test_segments_begin_with_key_frames_and_leave_no_gap(
    tmp_path: Path, name: str, codec: str, gop: int
) -> None:
    make_clip(tmp_path / name, codec=codec, gop=gop, times=range(0, 6000, 40))
    plan = plan_film(tmp_path / name, length=SECOND)
    with av.open(str(tmp_path / name)) as film:
        keys = [
            (p.pts or 0) * p.time_base
            for p in film.demux(film.streams.video[0])
            if p.size and p.is_keyframe
        ]
        begin = Fraction(film.start_time or 0, av.time_base)
    starts = starts_of(plan)
    assert starts[0] is None
    assert plan.segments[-1].duration is None
    assert {start + begin for start in starts[1:] if start is not None} <= set(keys)
    for one, two in pairwise(plan.segments):
        assert one.duration is not None
        assert (one.start or 0) + one.duration == two.start
        assert SECOND / 2 <= one.duration <= SECOND
    assert Plan.from_dict(json.loads(json.dumps(plan.as_dict()))) == plan


def test_a_span_is_divided_within_itself(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv", gop=5, times=range(0, 6000, 40))
    plan = plan_film(tmp_path / "a.mkv", Part(Fraction("1.3"), Fraction("3.1")), SECOND)
    assert starts_of(plan)[0] == Fraction("1.3")
    ends = [(s.start or 0) + (s.duration or 0) for s in plan.segments]
    assert ends == [*starts_of(plan)[1:], Fraction("4.4")]
    assert len(plan.segments) == 3


def test_groups_of_pictures_longer_than_a_segment_are_not_divided(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv", codec="libx264", gop=60, times=range(0, 6000, 40), options={
        "x264-params": "scenecut=0:keyint=60:min-keyint=60"
    })  # fmt: skip
    assert starts_of(plan_film(tmp_path / "a.mkv", length=SECOND)) == [
        None, Fraction("2.4"), Fraction("4.8")
    ]  # fmt: skip


def test_no_segment_is_shorter_than_half(tmp_path: Path) -> None:
    """A key frame soon after the beginning is followed by none for long."""
    times = [*range(0, 400, 40), *range(400, 4400, 400), *range(4400, 6000, 40)]
    make_clip(tmp_path / "a.mkv", gop=10, times=times)
    plan = plan_film(tmp_path / "a.mkv", length=SECOND)
    assert starts_of(plan) == [None, Fraction("4.8")]


@pytest.mark.parametrize(
    ("name", "codec", "seconds", "reason"),
    [
        ("a.mkv", "ffv1", 1.9, None),
        ("a.ts", "libx264", 4, "seeking in mpegts is not exact"),
        ("a.mkv", "libx264", 4, "no key frame is found within it"),
    ],
)
def test_a_film_that_is_one_segment(
    tmp_path: Path, name: str, codec: str, seconds: float, reason: str | None
) -> None:
    times = range(0, round(1000 * seconds), 40)
    make_clip(tmp_path / name, codec=codec, times=times, gop=250)
    plan = plan_film(tmp_path / name, length=SECOND)
    assert (plan.segments, plan.reason) == ((Part(),), reason)
    assert plan.is_long == (seconds > 2)


def test_a_film_that_is_cut_short_is_one_segment(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv", gop=10, times=range(0, 4000, 40))
    assert len(plan_film(tmp_path / "a.mkv", length=SECOND).segments) > 3
    content = (tmp_path / "a.mkv").read_bytes()
    (tmp_path / "a.mkv").write_bytes(content[: len(content) * 3 // 4])
    plan = plan_film(tmp_path / "a.mkv", length=SECOND)
    assert (plan.segments, plan.reason) == ((Part(),), "its end is damaged or missing")


def test_a_frame_sequence_is_divided_unless_frames_are_missing(tmp_path: Path) -> None:
    make_sequence(tmp_path / "whole", numbers=range(40))
    assert starts_of(plan_film(FrameSequence(tmp_path / "whole", 10), length=SECOND)) == [
        None, 1, 2, 3
    ]  # fmt: skip
    (tmp_path / "whole/000013.dpx").unlink()
    plan = plan_film(FrameSequence(tmp_path / "whole", 10), length=SECOND)
    assert (plan.segments, plan.reason) == ((Part(),), "frames are missing")
