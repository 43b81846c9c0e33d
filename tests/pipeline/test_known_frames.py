"""Frames of a film by which others are colored: those with marks, and the most telling ones."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import planes_of
from hint_films import HEIGHT, SHOT, WIDTH, make_shots, middle_of, on_the_thing, shots, time_of
from skimage import data as samples

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.settings import ColorSettings
from vidcolor.colorize.variants import Variant
from vidcolor.hints.file import Hints
from vidcolor.hints.marks import Point
from vidcolor.input.reader import Reader
from vidcolor.net.checkpoint import load
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.film import colorize_file
from vidcolor.pipeline.film_hints import FilmHints, KnownFrame, ReferencedPart, UsedReference
from vidcolor.pipeline.listener import SILENT
from vidcolor.pipeline.shots import Extent
from vidcolor.pipeline.survey import survey_film
from vidcolor.pipeline.variant_hints import VariantHints
from vidcolor.preview.stored import chroma_shape

GIVEN = 4
"""The frame that has marks, of the first of three shots."""
STRIPES = np.tile(np.where(np.arange(WIDTH) % 8 < 4, 60, 200).astype(np.uint8), (HEIGHT, 1))
FACES = 26
"""Frames of the face's shot."""


@pytest.fixture(scope="module")
def colorizer() -> Colorizer:
    """With the film weights: a network that knows nothing takes everything for alike."""
    return Colorizer(load("film"), device="cpu", precision="fp32", batch_size=4)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A film A-B-A."""
    pictures = shots(1)
    make_shots(tmp_path / "film.mkv", [*pictures, *[STRIPES] * SHOT, *pictures])
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


def test_what_a_first_pass_told_of_known_frames_is_kept_exactly() -> None:
    """As a journal keeps it for the segments of a film."""
    frame = KnownFrame(Fraction(1, 25), Fraction(0), (2, 3), b"\x00\x10\xff123", (1, 1), b"packed")
    parts = (ReferencedPart(Fraction(1), Fraction(2), (UsedReference(frame, 1.0),)),)
    known = FilmHints((36, 48), {}, (), parts)
    assert FilmHints.from_dict(json.loads(json.dumps(known.as_dict()))).referenced == parts


@pytest.fixture
def face(tmp_path: Path) -> Path:
    """Stripes, and from frame `SHOT` on a face: nearer and nearer, in a slightly wavering light."""
    grey = cv2.cvtColor(samples.astronaut(), cv2.COLOR_RGB2GRAY)
    pictures = [STRIPES] * SHOT
    for number in range(FACES):
        nearer = cv2.getRotationMatrix2D((256, 200), 0, 1 + 0.015 * number)
        shown = cv2.warpAffine(grey, nearer, (512, 512))[:384]
        shown = cv2.resize(shown, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        light = 1 - 0.03 * (number % 2)
        pictures.append((16 + shown * (light * 219 / 255)).astype(np.uint8))
    make_shots(tmp_path / "film.mkv", pictures)
    return tmp_path / "film.mkv"


def wavers(frames: list) -> float:
    """By how much chroma differs from one frame to the next, in codes, in the mean."""
    chroma = np.stack([np.stack(frame[1:3]) for frame in frames]).astype(float)
    return float(np.abs(np.diff(chroma, axis=0)).mean())


def test_a_representative_frame_makes_its_shot_steadier(face: Path, colorizer: Colorizer) -> None:
    automatic = colored(face, colorizer, None)
    steadier = colored(face, colorizer, Hints(representative=True))
    assert wavers(steadier[SHOT:]) < 0.9 * wavers(automatic[SHOT:])


@pytest.mark.parametrize("more", [{}, {"saturation": 0.4}, {"sample": 7}])
def test_a_span_has_the_same_representative_frame(
    face: Path, colorizer: Colorizer, more: dict
) -> None:
    hints = Hints(representative=True, **more)
    whole = colored(face, colorizer, hints)
    part = colored(face, colorizer, hints, start=time_of(SHOT + 15), duration=time_of(3))
    assert same(part, whole[SHOT + 15 : SHOT + 18]) == [0, 1, 2]


def test_a_shot_with_a_reference_of_its_own_needs_no_representative(
    film: Path, colorizer: Colorizer
) -> None:
    lent = a_red_thing(lends=True)
    both = colored(film, colorizer, replace(lent, representative=True))
    assert same(both, colored(film, colorizer, lent))[-SHOT:] == list(range(2 * SHOT, 3 * SHOT))


def test_each_variant_has_the_frames_of_its_own_settings(face: Path) -> None:
    hints = Hints(representative=True)
    settings = [ColorSettings(temperature=each, precision="fp32") for each in (0.2, 1.0)]
    colorizers = [each.make_colorizer("cpu") for each in settings]
    with Reader(face) as reader:
        survey = survey_film(face, reader.picture)
    known = VariantHints(
        face,
        survey.film(chroma_shape(survey.picture)),
        [(Variant(each), hints) for each in colorizers],
        SILENT,
    )
    parts = [variant.known.referenced for variant in known.within(Extent())]
    frames = [face_part.references[0].picture for _, face_part in parts]
    assert frames[0].time == frames[1].time
    assert frames[0].packed != frames[1].packed
