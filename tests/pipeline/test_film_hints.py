"""Films with hints: the color asked for, in its shot alone, and the same in any part of a film."""

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import make_clip, planes_of
from hint_films import (
    HEIGHT,
    SHOT,
    WIDTH,
    make_shots,
    middle_of,
    on_the_thing,
    time_of,
)
from skimage.color import deltaE_ciede2000, rgb2lab

from vidcolor.color.yuv import yuv_to_rgb
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.errors import UsageError
from vidcolor.hints.file import Hints
from vidcolor.hints.marks import Point, Reach, Region, Stroke
from vidcolor.hints.named_colors import chroma_of
from vidcolor.input.reader import Reader
from vidcolor.net.checkpoint import Checkpoint, load
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.film import Result, colorize_file
from vidcolor.pipeline.film_hints import FilmHints
from vidcolor.pipeline.hint_pass import HintPass
from vidcolor.pipeline.shots import Extent
from vidcolor.pipeline.survey import survey_film

RED = "#a04038"
FFV1 = EncoderSettings("ffv1")
GIVEN = SHOT + 4
"""The frame in which a point is given: amid the second shot of three."""


@pytest.fixture(params=[1, 3])
def colorizer(checkpoint: Checkpoint, request: pytest.FixtureRequest) -> Colorizer:
    """That sees every frame, or one in three."""
    every = request.param
    return Colorizer(checkpoint, every=every, device="cpu", precision="fp32", batch_size=4)


def a_point(number: int = GIVEN, reach: Reach = "shot", color: str = RED) -> Hints:
    """One on the thing."""
    return Hints(points=(Point(time_of(number), middle_of(number), color, 0.03, reach=reach),))


def colorized(film: Path, colorizer: Colorizer, hints: Hints | None, **options: object) -> Result:
    return colorize_file(
        film, film.with_name("out.mkv"), colorizer, encoder=FFV1, overwrite=True, hints=hints,
        **options,
    )  # fmt: skip


def planes(
    film: Path, colorizer: Colorizer, hints: Hints | None, **options: object
) -> list[list[np.ndarray]]:
    colorized(film, colorizer, hints, **options)
    return planes_of(film.with_name("out.mkv"))


def same(some: Sequence[Sequence[np.ndarray]], others: Sequence[Sequence[np.ndarray]]) -> list[int]:
    """The numbers of the frames that are equal in all planes."""
    pairs = enumerate(zip(some, others, strict=True))
    return [n for n, (a, b) in pairs if all(map(np.array_equal, a, b))]


def away(frame: Sequence[np.ndarray], part: tuple[slice, slice], color: str = RED) -> np.ndarray:
    """CIEDE2000 between a part of a limited-range frame and the chroma asked for at its luma."""
    y = (frame[0][part].astype(float) - 16) / 219
    whole = (plane.repeat(2, 0).repeat(2, 1) for plane in frame[1:])
    u, v = ((plane[part].astype(float) - 128) / 224 for plane in whole)
    made, asked = (rgb2lab(np.stack(yuv_to_rgb(y, *uv), -1)) for uv in ((u, v), chroma_of(color)))
    return deltaE_ciede2000(made, asked)


@pytest.mark.parametrize("every", [1, 3])
def test_a_point_colors_its_thing_through_its_shot_and_no_other(film: Path, every: int) -> None:
    """With a trained network, whose features tell the thing from the ground."""
    trained = load("film")
    decoding = replace(trained.decoding, working_size=96)
    colorizer = Colorizer(trained, decoding=decoding, every=every, device="cpu", precision="fp32")
    plain = planes(film, colorizer, None)
    hinted = planes(film, colorizer, a_point())
    assert same(plain, hinted) == [*range(SHOT), *range(2 * SHOT, 3 * SHOT)]
    for number in range(SHOT, 2 * SHOT):
        there = away(hinted[number], on_the_thing(number))
        assert np.median(there) < 3
        assert np.percentile(there, 95) < 5
        assert np.median(away(plain[number], on_the_thing(number))) > 6


@pytest.mark.parametrize("hints", [Hints(), None])
def test_without_hints_a_film_is_the_very_same(
    film: Path, colorizer: Colorizer, hints: Hints | None
) -> None:
    colorized(film, colorizer, hints)
    content = film.with_name("out.mkv").read_bytes()
    colorize_file(film, film.with_name("plain.mkv"), colorizer, encoder=FFV1)
    assert planes_of(film.with_name("plain.mkv")) is not None
    assert len(content) == film.with_name("plain.mkv").stat().st_size


@pytest.mark.parametrize("cuts", [None, (time_of(SHOT), time_of(2 * SHOT))])
def test_any_part_is_as_in_the_whole_film(
    film: Path, colorizer: Colorizer, cuts: tuple[Fraction, ...] | None
) -> None:
    """Before the point, around it, behind it, and across cuts."""
    hints = Hints(
        points=(*a_point().points, *a_point(SHOT + 7, color="navy").points),
        strokes=(Stroke(time_of(2), ((0.1, 0.9), (0.5, 0.8)), "teal", reach="shot"),),
    )
    whole = planes(film, colorizer, hints, cuts=cuts)
    for start, count in ((0, 3), (5, 10), (SHOT, 2), (12, 5), (16, 4), (17, 8), (25, 5)):
        part = planes(
            film, colorizer, hints, cuts=cuts, start=time_of(start), duration=time_of(count)
        )
        assert same(part, whole[start : start + count]) == list(range(count))


def test_a_hint_reaches_as_far_as_it_says(film: Path, colorizer: Colorizer) -> None:
    plain = planes(film, colorizer, None)
    for reach, frames in (
        ("frame", [GIVEN]),
        ((time_of(GIVEN - 2), time_of(GIVEN + 3)), range(GIVEN - 2, GIVEN + 3)),
        ((time_of(GIVEN), time_of(100)), range(GIVEN, 2 * SHOT)),
    ):
        result = colorized(film, colorizer, a_point(reach=reach))
        hinted = planes_of(result.output)
        assert set(range(3 * SHOT)) - set(same(plain, hinted)) == set(frames)
        told = "point 1: its span goes beyond its shot, which lasts from 0.400 to 0.800 s"
        assert any(line.startswith(told) for line in result.notes) is (frames[-1] == 2 * SHOT - 1)


def test_the_frame_on_screen_is_meant(film: Path, colorizer: Colorizer) -> None:
    """Also by a moment that was rounded down, and by one before the next frame."""
    plain = planes(film, colorizer, None)
    for late in (Fraction(-4, 10000), Fraction(0), Fraction(38, 1000)):
        point = Point(time_of(GIVEN) + late, middle_of(GIVEN), RED, reach="frame")
        hinted = planes(film, colorizer, Hints(points=(point,)))
        assert set(range(3 * SHOT)) - set(same(plain, hinted)) == {GIVEN}


def test_a_moment_behind_the_film_is_wrong_usage(film: Path, colorizer: Colorizer) -> None:
    for late in (Hints(points=(*a_point().points, *a_point(3 * SHOT).points)),):
        for span in ({}, {"start": time_of(2), "duration": time_of(4)}):
            with pytest.raises(UsageError, match=r"^point 2: at: 1\.200 s lies behind the end"):
                colorized(film, colorizer, late, **span)
            assert not film.with_name("out.mkv").exists()
    colorized(film, colorizer, a_point(3 * SHOT - 1))


def test_what_is_known_comes_back_exactly_from_json(film: Path, colorizer: Colorizer) -> None:
    with Reader(film) as reader:
        stored = survey_film(film, reader.picture).film((HEIGHT, WIDTH))
    known = HintPass(film, a_point(), colorizer, stored, None).within(Extent())
    again = FilmHints.from_dict(json.loads(json.dumps(known.as_dict())))
    assert again.map_at(time_of(2)) is None
    for number in range(SHOT, 2 * SHOT):
        one, other = known.map_at(time_of(number)), again.map_at(time_of(number))
        assert one is not None
        assert other is not None
        for name in ("chroma", "weight", "exact"):
            assert getattr(one, name).equal(getattr(other, name))


@pytest.mark.parametrize("fields", [None, "tff"])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_place_is_one_of_the_picture_that_a_player_shows(
    tmp_path: Path, colorizer: Colorizer, rotation: int, mirrored: bool, fields: str | None
) -> None:
    """With black bars, and pixels that are wider than high."""
    shown = np.full((120, 160), 16, np.uint8)
    shown[16:104] = 60 + np.random.default_rng(0).integers(0, 20, (88, 160))
    shown[30:70, 20:60] = 150
    at_rest = shown[:, ::-1] if mirrored else shown
    stored = np.ascontiguousarray(np.rot90(at_rest, -rotation // 90))
    height, width = stored.shape
    make_clip(
        tmp_path / "film.mp4", codec="libx264", pictures=[stored] * 6, size=(width, height),
        times=range(0, 240, 40), pixels="yuv420p", rotation=rotation, mirrored=mirrored,
        aspect=Fraction(3, 2), fields=fields, options={"crf": "1"},
    )  # fmt: skip
    film = tmp_path / "film.mp4"
    with Reader(film) as reader:
        picture = reader.picture
    assert picture.upright(np.arange(height * width).reshape(height, width)).shape == shown.shape
    chroma = []
    for hints in (
        None,
        Hints(points=(Point(Fraction(0), (40 / 160, 50 / 120), RED, 0.02),)),
    ):
        frame = planes(film, colorizer, hints)[3]
        chroma.append(picture.upright(np.stack(frame[1:])).astype(int))
    changed = np.abs(chroma[1] - chroma[0]).max(0)
    assert changed[17:33, 12:28].min() > 8
    changed[13:37, 8:32] = 0
    assert changed.max() <= 4


def test_at_a_larger_size_hints_keep_to_smaller_things(
    tmp_path: Path, checkpoint: Checkpoint
) -> None:
    """A line of two pixels in a picture that the network sees at a quarter of its size."""
    picture = np.full((144, 256), 80, np.uint8)
    picture[70:72, 50:200] = 150
    make_shots(tmp_path / "film.mkv", [picture] * 2)
    film, beside = tmp_path / "film.mkv", (slice(37, 39), slice(30, 90))
    hints = Hints(points=(Point(time_of(1), (0.5, 71 / 144), RED, 0.0),))
    leaks = []
    for size, most in ((None, 12), (256, 4)):
        colorizer = Colorizer(checkpoint, hint_size=size, device="cpu", precision="fp32")
        whole = planes(film, colorizer, hints)
        part = planes(film, colorizer, hints, start=time_of(1))
        assert same(part, whole[1:]) == [0]
        assert np.median(away(whole[0], (slice(70, 72), slice(60, 190)))) < most
        plain = planes(film, colorizer, None)
        leaks.append(
            np.mean(
                [
                    np.abs(a[beside].astype(int) - b[beside]).mean()
                    for a, b in zip(whole[0][1:], plain[0][1:], strict=True)
                ]
            )
        )
    assert leaks[1] < leaks[0] / 4


def test_a_shot_that_keeps_its_color_has_no_use_for_hints(
    tmp_path: Path, colorizer: Colorizer
) -> None:
    make_clip(tmp_path / "film.mkv", times=range(0, 480, 40), colored=range(6, 12))
    points = [Point(time_of(number), (0.5, 0.5), RED, reach="frame") for number in (2, 8)]
    result = colorized(
        tmp_path / "film.mkv", colorizer, Hints(points=points), only_gray=True, cuts=(time_of(6),)
    )
    assert [line for line in result.notes if "its own colour" in line] == [
        "point 2 lies in a shot that keeps its own colour, and does nothing"
    ]
    assert same(planes_of(tmp_path / "film.mkv"), planes_of(result.output)) == list(range(6, 12))


def test_marks_that_do_not_do_what_they_seem_to_are_told(
    tmp_path: Path, colorizer: Colorizer
) -> None:
    """In the bars, over each other, and of a color that the luma can't hold."""
    pictures = [np.full((72, 96), 16, np.uint8) for _ in range(6)]
    for number, picture in enumerate(pictures):
        picture[12:60] = 190 + 8 * (np.arange(96) % 2) + number % 2
    make_shots(tmp_path / "film.mkv", pictures)
    moment = Fraction(0)
    result = colorized(
        tmp_path / "film.mkv",
        colorizer,
        Hints(
            points=(
                Point(moment, (0.5, 0.02), "tan"),
                Point(moment, (0.3, 0.5), "tan"),
                Point(moment, (0.301, 0.5), "tan"),
                Point(moment, (0.8, 0.5), "blue"),
            ),
            regions=(Region(moment, "tan", ((0.1, 0.3), (0.2, 0.3), (0.2, 0.4))),),
        ),
    )
    bars, near, too_bright = [line for line in result.notes if "point" in line or "region" in line]
    assert bars == "point 1 lies in the black bars, which stay grey"
    assert near.startswith("point 2 and point 3 lie within one pixel")
    assert near.endswith("; point 3 counts")
    assert too_bright.startswith("point 4: the picture is too bright there for blue; the nearest")
