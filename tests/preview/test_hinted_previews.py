"""Previews, tuning sheets and confidence with hints: they show what the film will have."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from clips import planes_of
from hint_films import SHOT, middle_of, time_of
from PIL import Image

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.variants import Variant
from vidcolor.hints.file import Hints
from vidcolor.hints.marks import Palette, Point
from vidcolor.input.reader import Reader
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.film import colorize_file
from vidcolor.pipeline.film_variants import colorize_variants, reaches
from vidcolor.pipeline.listener import SILENT, Listener
from vidcolor.pipeline.survey import survey_film
from vidcolor.pipeline.variant_hints import VariantHints
from vidcolor.preview.colored_frames import only_first, preview_frames
from vidcolor.preview.confidence_film import confidence_film
from vidcolor.preview.confidence_sheet import confidence_of_film, confidence_of_photograph
from vidcolor.preview.stored import chroma_shape
from vidcolor.preview.tune import Choice, tune, tune_clip

FFV1 = EncoderSettings("ffv1")
GIVEN = SHOT + 4
POINT = Point(time_of(GIVEN), middle_of(GIVEN), "#a04038", 0.03)
HINTS = Hints(points=(POINT,), palettes=(Palette(colors=(("teal", 1.0), ("tan", 1.0))),))


def whole(film: Path, colorizer: Colorizer, hints: Hints | None) -> Sequence[Sequence[np.ndarray]]:
    colorize_file(
        film, film.with_name("out.mkv"), colorizer, encoder=FFV1, overwrite=True, hints=hints
    )
    return planes_of(film.with_name("out.mkv"))


def test_a_previewed_frame_is_the_film_s(film: Path, colorizer: Colorizer) -> None:
    made = whole(film, colorizer, HINTS)
    with Reader(film) as reader:
        picture = reader.picture
    told: list[str] = []
    numbers = [2, SHOT, GIVEN + 3, 3 * SHOT - 1]
    shown = preview_frames(
        film, picture, [time_of(number) for number in numbers], colorizer, hints=HINTS,
        listener=Listener(note=told.append).once(),
    )  # fmt: skip
    for number, frame in zip(numbers, shown, strict=True):
        assert frame.time == time_of(number)
        assert np.array_equal(frame.chroma, made[number][1:])
    assert told == ["palette: of the film, only the shots that are shown are read"]


def test_each_cell_of_a_sheet_is_the_film_s(film: Path, colorizer: Colorizer) -> None:
    """With the same marks in all, palettes of several strengths, and none."""
    navy = Palette(colors=(("navy", 1.0),), strength=0.4)
    weak = replace(HINTS, palettes=(), like=navy)
    pairs = [
        (Variant(colorizer), HINTS),
        (Variant(colorizer), None),
        (Variant(colorizer), weak),
        (Variant(colorizer), Hints(points=(POINT,))),
    ]
    films = [whole(film, variant.colorizer, hints) for variant, hints in pairs]
    with Reader(film) as reader:
        stored = survey_film(film, reader.picture).film(chroma_shape(reader.picture))
    hinted = VariantHints(film, stored, pairs, SILENT)
    for number in (3, GIVEN - 2, GIVEN):
        variants = hinted.at(time_of(number))
        run_up, run_out = reaches(variants)
        with Reader(film, start=time_of(number), run_up=run_up) as reader:
            parts = colorize_variants(reader, only_first(reader, run_out), stored, variants)
            (frame,) = [frame for made, _ in parts for frame in made]
        for made, chroma in zip(films, frame.chromas, strict=True):
            assert np.array_equal(chroma, made[number][1:])


def test_sheets_and_clips_are_drawn_with_hints(film: Path, colorizer: Colorizer) -> None:
    rows = [
        [Choice(Variant(colorizer), "1: hints", hints=HINTS), Choice(Variant(colorizer), "2: none")]
    ]
    sheet = tune(film, rows, times=[time_of(GIVEN)])
    both = [replace(choice, hints=None) for choice in rows[0]]
    assert sheet != tune(film, [both], times=[time_of(GIVEN)])
    clip = film.with_name("clip.mkv")
    tune_clip(film, rows, clip, Fraction(1, 5), start=time_of(GIVEN))
    assert len(planes_of(clip)) == 5
    confidence_film(film, film.with_name("sure.mkv"), colorizer, hints=HINTS)
    assert len(planes_of(film.with_name("sure.mkv"))) == 3 * SHOT
    assert confidence_of_film(film, colorizer, count=2, hints=HINTS) != confidence_of_film(
        film, colorizer, count=2
    )


def test_of_photographs_too(tmp_path: Path, colorizer: Colorizer) -> None:
    photo = tmp_path / "photo.png"
    Image.fromarray(np.full((48, 64), 120, np.uint8)).save(photo)
    hints = replace(HINTS, points=(replace(POINT, at=Fraction(0), xy=(0.5, 0.5)),))
    plain = [Choice(Variant(colorizer), "1"), Choice(Variant(colorizer), "2")]
    hinted = [plain[0], replace(plain[1], hints=hints)]
    assert tune(photo, [plain]) != tune(photo, [hinted])
    assert confidence_of_photograph(photo, colorizer) != confidence_of_photograph(
        photo, colorizer, hints
    )
