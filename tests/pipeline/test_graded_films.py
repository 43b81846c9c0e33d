"""Palettes and saturations: each shot gets the shares asked for, and any part of it the same."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from clips import planes_of
from hint_films import HEIGHT, SHOT, WIDTH, time_of
from PIL import Image

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.multipliers import multiply
from vidcolor.colorize.sampling import draw_multipliers
from vidcolor.errors import InputError, UsageError
from vidcolor.hints.file import Hints
from vidcolor.hints.marks import Palette
from vidcolor.hints.palette import find_shares
from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.film import colorize_file
from vidcolor.pipeline.film_hints import FilmHints
from vidcolor.pipeline.hint_pass import HintPass
from vidcolor.pipeline.shots import Extent
from vidcolor.pipeline.survey import survey_film

FFV1 = EncoderSettings("ffv1")
BLUES = Palette(colors=(("#335577", 0.6), ("#ccaa88", 0.4)))


def learnt(film: Path, colorizer: Colorizer, hints: Hints, extent: Extent) -> FilmHints:
    with Reader(film) as reader:
        stored = survey_film(film, reader.picture).film((HEIGHT // 2, WIDTH // 2))
    return HintPass(film, hints, colorizer, stored, None).within(extent)


def planes(film: Path, colorizer: Colorizer, hints: Hints, **options: object) -> list:
    output = film.with_name("out.mkv")
    colorize_file(
        film, output, colorizer, encoder=FFV1, overwrite=True, hints=hints, **options
    )  # fmt: skip
    return planes_of(output)


def same(some: Sequence[Sequence[np.ndarray]], others: Sequence[Sequence[np.ndarray]]) -> list[int]:
    pairs = enumerate(zip(some, others, strict=True))
    return [n for n, (a, b) in pairs if all(map(np.array_equal, a, b))]


def test_each_shot_gets_the_shares_asked_for(film: Path, colorizer: Colorizer) -> None:
    """In the mean over its first frame, which is all of it that is looked at here."""
    known = learnt(film, colorizer, Hints(palettes=(BLUES,)), Extent())
    wanted = find_shares(BLUES, colorizer.predictor.bins)
    with Reader(film) as reader:
        stored = survey_film(film, reader.picture).film((HEIGHT // 2, WIDTH // 2))
        frames = [frame for frame in reader if isinstance(frame, Frame)]
    begun = colorizer.film(stored)
    multipliers = []
    for first in (0, SHOT, 2 * SHOT):
        grades = [known.grade_at(time_of(number)) for number in range(first, first + SHOT)]
        assert len(set(map(id, grades))) == 1
        assert grades[0] is not None
        assert grades[0].multipliers is not None
        (prediction,) = begun.predict([frames[first].luma])
        shares = multiply(prediction.probabilities, grades[0].multipliers).mean((1, 2))
        assert torch.allclose(shares, wanted, atol=0.01)
        multipliers.append(grades[0].multipliers)
    assert not torch.equal(multipliers[0], multipliers[1])
    assert known.grade_at(time_of(3 * SHOT)) is None


def test_a_palette_reaches_as_far_as_it_says(film: Path, colorizer: Colorizer) -> None:
    """Its shot, its span, or all the film, over which others lie."""
    plain = planes(film, colorizer, Hints())
    colors = BLUES.colors
    for palette, frames in (
        (BLUES, range(3 * SHOT)),
        (Palette(colors=colors, reach="shot", at=time_of(SHOT + 3)), range(SHOT, 2 * SHOT)),
        (Palette(colors=colors, reach=(time_of(4), time_of(14))), range(4, 14)),
    ):
        graded = planes(film, colorizer, Hints(palettes=(palette,)))
        assert set(range(3 * SHOT)) - set(same(plain, graded)) == set(frames)
    greens = Palette(colors=(("green", 1.0),), reach="shot", at=Fraction(0))
    whole = planes(film, colorizer, Hints(palettes=(BLUES,)))
    for order in ((greens, BLUES), (BLUES, greens)):
        both = planes(film, colorizer, Hints(palettes=order))
        assert same(whole, both) == list(range(SHOT, 3 * SHOT))


def test_any_part_is_as_in_the_whole_film(film: Path, colorizer: Colorizer) -> None:
    hints = Hints(
        palettes=(Palette(colors=BLUES.colors, reach=(time_of(15), time_of(100))),),
        like=Palette(colors=(("teal", 2.0), ("tan", 1.0)), strength=0.5),
        saturation=0.3,
    )
    whole = planes(film, colorizer, hints)
    assert len(same(whole, planes(film, colorizer, Hints()))) == 0
    for start, count in ((0, 4), (7, 6), (12, 7), (26, 4)):
        part = planes(film, colorizer, hints, start=time_of(start), duration=time_of(count))
        assert same(part, whole[start : start + count]) == list(range(count))


def test_only_the_shots_asked_for_are_read_and_that_is_said(
    film: Path, colorizer: Colorizer
) -> None:
    known = learnt(film, colorizer, Hints(saturation=0.2), Extent(time_of(12), time_of(13)))
    assert [(part.begin, part.end) for part in known.graded] == [(time_of(SHOT), time_of(2 * SHOT))]
    for span, told in (({}, False), ({"start": time_of(12), "duration": time_of(2)}, True)):
        result = colorize_file(
            film, film.with_name("out.mkv"), colorizer,
            overwrite=True, hints=Hints(saturation=0.2), **span,
        )  # fmt: skip
        lines = [line for line in result.notes if line.startswith("palette: ")]
        assert bool(lines) is told


@pytest.mark.parametrize("saturation", [0.0, 0.1, 0.25])
def test_each_shot_gets_the_saturation_asked_for(
    film: Path, colorizer: Colorizer, saturation: float
) -> None:
    colored = planes(film, colorizer, Hints(saturation=saturation))
    for first in (0, SHOT, 2 * SHOT):
        y, u, v = (plane.astype(float) for plane in colored[first])
        y = (y[::2, ::2] - 16) / 219
        u, v = ((plane - 128) / 224 for plane in (u, v))
        rgb = np.stack([y + 1.5748 * v, y - 0.1873 * u - 0.4681 * v, y + 1.8556 * u]).clip(0, 1)
        mean = ((rgb.max(0) - rgb.min(0)) / rgb.max(0)).mean()
        assert mean == pytest.approx(saturation, abs=0.03)


def test_a_draw_is_one_for_a_shot_and_another_for_the_next(
    film: Path, colorizer: Colorizer
) -> None:
    known = learnt(film, colorizer, Hints(sample=5), Extent())
    centers = colorizer.predictor.bins.centers
    for part, first in zip(known.graded, (0, SHOT, 2 * SHOT), strict=True):
        assert part.grade.multipliers is not None
        drawn = draw_multipliers(5, time_of(first), centers)
        torch.testing.assert_close(part.grade.multipliers, drawn)
    again = FilmHints.from_dict(known.as_dict())
    assert again.as_dict() == known.as_dict()
    plain = planes(film, colorizer, Hints())
    whole = planes(film, colorizer, Hints(sample=5))
    assert same(plain, whole) == []
    assert same(whole, planes(film, colorizer, Hints(sample=6))) == []
    for start, count in ((0, 4), (7, 6), (26, 4)):
        part = planes(
            film, colorizer, Hints(sample=5), start=time_of(start), duration=time_of(count)
        )
        assert same(part, whole[start : start + count]) == list(range(count))


def test_a_draw_goes_with_a_palette(film: Path, colorizer: Colorizer) -> None:
    """The palette's multipliers times the draw's."""
    alone = learnt(film, colorizer, Hints(palettes=(BLUES,)), Extent()).graded
    both = learnt(film, colorizer, Hints(palettes=(BLUES,), sample=2), Extent()).graded
    for one, other in zip(alone, both, strict=True):
        drawn = draw_multipliers(2, one.begin, colorizer.predictor.bins.centers)
        assert one.grade.multipliers is not None
        assert other.grade.multipliers is not None
        torch.testing.assert_close(other.grade.multipliers, one.grade.multipliers * drawn)


def test_the_shares_of_a_picture_are_those_of_its_colors(
    tmp_path: Path, colorizer: Colorizer
) -> None:
    picture = np.zeros((40, 50, 3), np.uint8)
    picture[:, :30], picture[:, 30:] = (0x33, 0x55, 0x77), (0xCC, 0xAA, 0x88)
    Image.fromarray(picture).save(tmp_path / "still.png")
    bins = colorizer.predictor.bins
    found = find_shares(Palette(like=tmp_path / "still.png"), bins)
    assert torch.allclose(found, find_shares(BLUES, bins), atol=0.001)
    assert float(found.sum()) == pytest.approx(1)


def test_what_is_wrong_is_said_before_any_work(film: Path, colorizer: Colorizer) -> None:
    late = Palette(colors=BLUES.colors, reach="shot", at=Fraction(9))
    with pytest.raises(UsageError, match=r"^palette 1: at: 9\.000 s lies behind the end"):
        planes(film, colorizer, Hints(palettes=(late,)))
    with pytest.raises(InputError, match=r"still\.png"):
        planes(film, colorizer, Hints(like=Palette(like=film.with_name("still.png"))))
    assert not film.with_name("out.mkv").exists()
