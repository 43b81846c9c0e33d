"""Suggestions for a place: likely, fit for its luma, unlike each other, and near to its hints."""

import numpy as np
import pytest
import torch

from vidcolor.color.bins import ColorBins
from vidcolor.color.metrics import color_differences
from vidcolor.color.yuv import KB, KG, KR, CodeRange, rgb_to_yuv
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.spread import spread_hints
from vidcolor.colorize.suggest import APART, Suggester, Suggestion
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.net.hints import HintMap

SIDE = 0.07
SIZE = (40, 60)
PLACE = (20, 30)


def grid_bins() -> ColorBins:
    """Five by five squares around grey."""
    steps = SIDE * (torch.arange(5) - 2.0)
    return ColorBins(torch.cartesian_prod(steps, steps), torch.full((25,), 1 / 25), SIDE)


def belief(seed: int = 0) -> torch.Tensor:
    """(25, 10, 15), the same in every cell."""
    logits = 2 * torch.randn(25, generator=torch.Generator().manual_seed(seed))
    return logits.softmax(0)[:, None, None].expand(25, 10, 15)


def suggestions(
    luma: float = 0.5, p: torch.Tensor | None = None, hints: HintMap | None = None, count: int = 9
) -> list[Suggestion]:
    p = belief() if p is None else p
    return suggester(torch.full(SIZE, luma), p, hints)(PLACE, count)


def suggester(luma: torch.Tensor, p: torch.Tensor, hints: HintMap | None) -> Suggester:
    automatic = torch.zeros(2, *SIZE)
    known = None if hints is None else spread_hints(luma, p, automatic, hints)
    return Suggester(luma, p, automatic, grid_bins(), known)


def a_hint(place: tuple[int, int], uv: tuple[float, float], weight: float = 1) -> HintMap:
    """Seven by seven pixels around a place."""
    known = torch.zeros(SIZE)
    known[place[0] - 3 : place[0] + 4, place[1] - 3 : place[1] + 4] = weight
    return HintMap(torch.tensor(uv)[:, None, None].expand(2, *SIZE), known, known > 0)


def chroma(suggestion: Suggestion) -> np.ndarray:
    return np.array(rgb_to_yuv(*(code / 255 for code in suggestion.rgb))[1:])


@pytest.mark.parametrize("seed", range(5))
def test_without_hints_they_are_of_the_likeliest_bins(seed: int) -> None:
    p = belief(seed)
    made = suggestions(p=p)
    likeliest = p[:, 0, 0].sort(descending=True).values[:9].tolist()
    assert [each.probability for each in made] == pytest.approx(likeliest)
    for each, bin_ in zip(made, p[:, 0, 0].argsort(descending=True), strict=False):
        assert np.abs(chroma(each) - grid_bins().centers[bin_].numpy()).max() < SIDE / 2


@pytest.mark.parametrize("luma", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_they_have_the_lumas_own_brightness_and_differ(luma: float) -> None:
    made = suggestions(luma)
    codes = np.array([each.rgb for each in made], np.uint8)
    assert codes @ np.array([KR, KG, KB]) == pytest.approx(255 * luma, abs=0.6)
    differences = color_differences(codes[:, None], codes[None])
    assert (differences + 100 * np.eye(len(codes))).min() >= APART


@pytest.mark.parametrize("luma", [0.0, 1.0])
def test_black_and_white_hold_one_color(luma: float) -> None:
    (only,) = suggestions(luma)
    assert only.rgb == (round(255 * luma),) * 3


def test_where_a_bins_neighbours_are_likely_its_color_lies_nearer_to_them() -> None:
    p = torch.full((25,), 1e-6)
    p[12], p[13] = 0.7, 0.3  # grey, and the bin of one side more V
    first = suggestions(p=p[:, None, None].expand(25, 10, 15))[0]
    share = 0.3 * np.exp(-2) / (0.7 + 0.3 * np.exp(-2))
    assert chroma(first) == pytest.approx([0, SIDE * share / 2], abs=0.003)


def test_a_second_look_knows_the_first_answer() -> None:
    """On the hint, and beside it in luma that is all alike, its color comes first."""
    red = (-SIDE, 2 * SIDE)
    p = torch.full((25,), 1 / 25)[:, None, None].expand(25, 10, 15)
    for place in (PLACE, (5, 5)):
        first, second = suggestions(p=p, hints=a_hint(place, red))[:2]
        assert chroma(first) == pytest.approx(red, abs=0.005)
        assert np.abs(chroma(second) - red).max() < 1.5 * SIDE
        assert first.probability > second.probability


def test_hints_that_reach_a_place_half_count_half() -> None:
    """The ratio of two bins' probabilities changes by the Gaussian of σ = side / reach."""
    p, red = belief(3), (0.0, 2 * SIDE)
    plain = suggestions(p=p, count=25)
    half = suggestions(p=p, hints=a_hint(PLACE, red, 0.5), count=25)
    ranks = p[:, 0, 0].argsort(descending=True)
    centers = grid_bins().centers
    said = torch.tensor(red) / 2
    expected = p[:, 0, 0] * torch.exp(-(centers - said).square().sum(1) * (0.5 / SIDE) ** 2 / 2)
    expected = (expected / expected.sum()).sort(descending=True).values
    assert len(plain) == len(ranks)
    assert [each.probability for each in half[:9]] == pytest.approx(expected[:9].tolist(), rel=0.02)


def test_what_does_not_reach_a_place_changes_nothing() -> None:
    luma = torch.full(SIZE, 0.3)
    luma[:, 25:] = 0.7
    hint = a_hint((20, 10), (0.0, 2 * SIDE))
    with_hint, without = (suggester(luma, belief(), each)(PLACE) for each in (hint, None))
    assert [each.rgb for each in with_hint] == [each.rgb for each in without]


def test_a_name_is_what_hints_take() -> None:
    assert Suggestion((140, 28, 9), 0.5).name == "#8c1c09"


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("hint_size", [None, 96])
def test_the_colorizer_suggests_for_a_frame(
    checkpoint: Checkpoint, interlaced: bool, hint_size: int | None
) -> None:
    """From Python, with hints: the color that was given comes first where it was given."""
    colorizer = Colorizer(checkpoint, device="cpu", precision="fp32", hint_size=hint_size)
    film_format = FilmFormat(CodeRange(8, True), (64, 64), (64, 64), interlaced=interlaced)
    film = colorizer.film(film_format, probabilities=True)
    known = torch.zeros(film.hint_shape)
    known[10:20, 10:20] = 1
    center = colorizer.predictor.bins.centers[2]
    hints = HintMap(center[:, None, None] * torch.ones(2, *known.shape), known, known > 0)
    luma = np.full((64, 64), 128, np.uint8)
    (color,) = film([luma]) + film.finish()
    told = film.spread(luma, color.decoded, hints)[0]
    first = colorizer.suggest(film_format, luma, (15, 15), known=told)[0]
    assert chroma(first) == pytest.approx(center.tolist(), abs=0.01)


@pytest.mark.parametrize("code", [0, 255])
def test_what_is_black_or_white_is_shown_colors_that_lighter_or_darker_places_can_hold(
    checkpoint: Checkpoint, code: int
) -> None:
    """Of their chroma; at its own luma all of them would be one color."""
    colorizer = Colorizer(checkpoint, device="cpu", precision="fp32")
    film_format = FilmFormat(CodeRange(8, True), (64, 64), (64, 64))
    suggested = colorizer.suggest(film_format, np.full((64, 64), code, np.uint8), (15, 15))
    assert len(suggested) >= 5
    for each in suggested:
        assert rgb_to_yuv(*(np.array(each.rgb) / 255))[0] == pytest.approx(
            0.9 if code else 0.15, abs=0.01
        )


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_of_a_turned_frame_the_place_is_one_of_the_upright_picture(
    checkpoint: Checkpoint, rotation: int
) -> None:
    """And its own probabilities are taken as its color comes with them: as the film stores it."""
    colorizer = Colorizer(checkpoint, device="cpu", precision="fp32")
    upright = np.random.default_rng(0).integers(60, 200, (48, 64)).astype(np.uint8)
    found = []
    for turns in (0, rotation):
        stored = np.ascontiguousarray(np.rot90(upright, -turns // 90))
        film_format = FilmFormat(CodeRange(8, True), stored.shape, stored.shape, rotation=turns)
        film = colorizer.film(film_format, probabilities=True)
        (color,) = film([stored]) + film.finish()
        assert color.probabilities is not None
        for p in (color.probabilities, None):
            found.append(colorizer.suggest(film_format, stored, (8, 50), probabilities=p))
    assert len({tuple(each.rgb for each in suggested) for suggested in found}) == 1


@pytest.mark.parametrize("interlaced", [False, True])
def test_with_its_own_hints_a_recolored_frame_is_what_it_was(
    checkpoint: Checkpoint, interlaced: bool
) -> None:
    colorizer = Colorizer(checkpoint, device="cpu", precision="fp32", batch_size=1)
    film_format = FilmFormat(
        CodeRange(8, True), (64, 48), (64, 48), rotation=90, interlaced=interlaced
    )
    luma = np.random.default_rng(1).integers(60, 200, (64, 48)).astype(np.uint8)
    film = colorizer.film(film_format, probabilities=True)
    known = torch.zeros(film.hint_shape)
    known[10:20, 10:20] = 1
    hints = HintMap(0.1 * torch.ones(2, *known.shape), known, known > 0)
    (color,) = film([luma], hints=[hints]) + film.finish()
    again = film.recolor(luma, color.decoded, film.spread(luma, color.decoded, hints))
    assert np.array_equal(again, color.chroma)
    without = film.recolor(luma, color.decoded, film.spread(luma, color.decoded, None))
    assert not np.array_equal(without, color.chroma)
