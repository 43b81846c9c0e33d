"""Marks that color other shots than their own, which look like it."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import planes_of
from hint_films import HEIGHT, SHOT, WIDTH, make_shots, middle_of, on_the_thing, shots, time_of

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.hints.file import Hints
from vidcolor.hints.marks import Point
from vidcolor.net.checkpoint import load
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.film import colorize_file
from vidcolor.pipeline.film_hints import FilmHints, MarkedFrame, ReferencedPart, UsedReference

GIVEN = 4
"""The frame that has marks, of the first of three shots."""


@pytest.fixture(scope="module")
def colorizer() -> Colorizer:
    """With the film weights: a network that knows nothing takes everything for alike."""
    return Colorizer(load("film"), device="cpu", precision="fp32", batch_size=4)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A film A-B-A."""
    pictures = shots(1)
    stripes = np.where(np.arange(WIDTH) % 8 < 4, 60, 200).astype(np.uint8)
    between = [np.tile(stripes, (HEIGHT, 1))] * SHOT
    make_shots(tmp_path / "film.mkv", [*pictures, *between, *pictures])
    return tmp_path / "film.mkv"


def a_red_thing(lends: bool, number: int = GIVEN) -> Hints:
    """A red point on the thing."""
    point = Point(at=time_of(number), xy=middle_of(number), color="#c01818", radius=0.03)
    return Hints(points=(point,), lends_marks=lends)


def colored(film: Path, colorizer: Colorizer, hints: Hints | None, **options: object) -> list:
    made = film.with_name("out.mkv")
    colorize_file(
        film, made, colorizer, encoder=EncoderSettings("ffv1"), overwrite=True, hints=hints,
        **options,
    )  # fmt: skip
    return planes_of(made)


def same(some: list, others: list) -> list[int]:
    """The numbers of the frames that are equal in all planes."""
    pairs = enumerate(zip(some, others, strict=True))
    return [n for n, (a, b) in pairs if all(map(np.array_equal, a, b))]


def in_full(frame: list, plane: int) -> np.ndarray:
    """A chroma plane of the luma's size."""
    down = frame[0].shape[0] // frame[plane].shape[0]
    return frame[plane].repeat(down, 0).repeat(down, 1)


def redness(frame: list, number: int) -> float:
    """The mean V of the thing, in codes from grey."""
    return float(in_full(frame, 2)[on_the_thing(number)].mean()) - 128


def test_marks_color_the_shots_that_look_like_theirs(film: Path, colorizer: Colorizer) -> None:
    automatic = colored(film, colorizer, None)
    alone = colored(film, colorizer, a_red_thing(lends=False))
    lent = colored(film, colorizer, a_red_thing(lends=True))
    assert same(alone, automatic) == list(range(SHOT, 3 * SHOT))
    assert same(lent, alone) == list(range(2 * SHOT))
    gained = [
        redness(lent[2 * SHOT + n], n) - redness(automatic[2 * SHOT + n], n) for n in range(SHOT)
    ]
    own = redness(lent[GIVEN], GIVEN) - redness(automatic[GIVEN], GIVEN)
    assert own > 20
    assert min(gained) > 0.6 * own


@pytest.mark.parametrize("start", [2 * SHOT - 1, 2 * SHOT + 3])
def test_a_span_far_from_the_marks_has_the_same_colors(
    film: Path, colorizer: Colorizer, start: int
) -> None:
    hints = a_red_thing(lends=True)
    whole = colored(film, colorizer, hints)
    part = colored(film, colorizer, hints, start=time_of(start), duration=time_of(4))
    assert same(part, whole[start : start + 4]) == [0, 1, 2, 3]


def test_what_a_first_pass_told_of_marked_frames_is_kept_exactly() -> None:
    """As a journal keeps it for the segments of a film."""
    frame = MarkedFrame(Fraction(1, 25), Fraction(0), (2, 3), b"\x00\x10\xff123", (1, 1), b"packed")
    parts = (ReferencedPart(Fraction(1), Fraction(2), (UsedReference(frame, 1.0),)),)
    known = FilmHints((36, 48), {}, (), parts)
    assert FilmHints.from_dict(json.loads(json.dumps(known.as_dict()))).referenced == parts
