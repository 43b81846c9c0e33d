"""The shot of any moment, found from around it, is the one that the whole film shows."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from clips import make_clip
from PIL import Image

from vidcolor.errors import UsageError
from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader
from vidcolor.pipeline.first_pass import first_pass
from vidcolor.pipeline.listener import SILENT
from vidcolor.pipeline.shot_samples import ShotSampler
from vidcolor.pipeline.shots import Extent, Shots, merge_extents

TICK = Fraction(1, 25)
BEGINS = (0, 7, 30, 190, 204, 260)
"""Frames with which shots begin, and the end: one shot is longer than what is looked at first."""


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """With few key frames, none of them at a cut."""
    frames = []
    for shot, (begin, end) in enumerate(pairwise(BEGINS)):
        coarse = np.random.default_rng(shot).integers(30, 220, (8, 10)).astype(np.uint8)
        picture = np.asarray(Image.fromarray(coarse).resize((80, 64), Image.Resampling.BICUBIC))
        frames += [np.roll(picture, i % 5, 1)[:48, :64].copy() for i in range(end - begin)]
    make_clip(
        tmp_path / "film.mkv", codec="libx264", pictures=frames, times=range(BEGINS[-1]),
        time_base=TICK, gop=50, options={"bf": "3", "sc_threshold": "0"},
    )  # fmt: skip
    return tmp_path / "film.mkv"


@pytest.mark.parametrize("listed", [False, True])
def test_every_moment_has_its_shot(film: Path, listed: bool) -> None:
    cuts = (Fraction("0.27"), Fraction(4), Fraction("9.9")) if listed else None
    with Reader(film) as reader:
        begins = first_pass(reader, cuts).shots
    with Reader(film) as reader:
        times = [reader.seconds(frame) for frame in reader if isinstance(frame, Frame)]
    if not listed:
        assert begins == tuple(TICK * frame for frame in BEGINS[:-1])
    ends = (*begins[1:], TICK * BEGINS[-1])
    for number in (0, 1, 6, 7, 8, 29, 30, 100, 189, 190, 203, 204, 259):
        shots = Shots(film, cuts)  # anew, so that it knows nothing yet
        shot = shots.at(times[number] + TICK / 2)
        holding = max(n for n, begin in enumerate(begins) if begin <= times[number])
        begin, end = begins[holding], ends[holding]
        assert shot.times == tuple(time for time in times if begin <= time < end)
        assert shot.end == end
        assert shot.times[shot.on_screen(times[number] + TICK / 2)] == times[number]
        assert shots.at(times[number]) is shot
        assert shots.first_from(times[number]) == times[number]
        if number:
            assert shots.first_from(times[number] - TICK / 2) == times[number]


def test_a_shot_that_is_looked_for_is_sampled_as_if_it_were_read_for_that(film: Path) -> None:
    def look(frames: Sequence[Frame], times: Sequence[Fraction]) -> list[tuple[Fraction, float]]:
        return [(time, frame.luma.mean()) for frame, time in zip(frames, times, strict=True)]

    sampler = ShotSampler(film, None, look, 8, SILENT)
    for number in (3, 29, 100, 259):
        shots = Shots(film, None, sampler=sampler)
        shot = shots.at(TICK * number)
        (read,) = sampler(shot.times[0], shot.times[0])
        assert shots.samples == {shot.times[0]: read}
        assert len(read.samples) > 3 or len(shot.times) < 36


def test_behind_the_film_there_is_none(film: Path) -> None:
    shots = Shots(film, None)
    assert shots.find(TICK * BEGINS[-1]) is None
    assert shots.find(Fraction(1000)) is None
    with pytest.raises(UsageError, match=r"^10\.400 s lies behind the end .* 10\.400 s long"):
        shots.at(TICK * BEGINS[-1])
    assert shots.at(TICK * BEGINS[-1] - Fraction(1, 500)).end == TICK * BEGINS[-1]


def test_a_film_of_one_frame_is_one_shot(tmp_path: Path) -> None:
    make_clip(tmp_path / "film.mkv", times=(0,))
    assert Shots(tmp_path / "film.mkv", None).at(Fraction(0)).times == (0,)


def test_extents_that_touch_are_merged() -> None:
    two, four, five, nine = map(Fraction, (2, 4, 5, 9))
    assert merge_extents([Extent(five, nine), Extent(two, four)]) == [
        Extent(two, four),
        Extent(five, nine),
    ]
    assert merge_extents([Extent(four, nine), Extent(two, five)]) == [Extent(two, nine)]
    assert merge_extents([Extent(two, nine), Extent(four, five)]) == [Extent(two, nine)]
    assert merge_extents([Extent(four), Extent(None, five)]) == [Extent()]
    assert Extent(two, four) & Extent(five) is None
    assert Extent(two, five) & Extent(four) == Extent(four, five)
