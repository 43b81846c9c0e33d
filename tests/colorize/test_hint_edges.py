"""Where hints stop and where they don't, with the film weights: edges, seams and an odd color."""

from collections.abc import Sequence
from fractions import Fraction

import cv2
import numpy as np
import pytest
from skimage import data as samples

from vidcolor.color.yuv import CodeRange, rgb_to_yuv
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.hints.marks import Place, Point
from vidcolor.hints.named_colors import chroma_of
from vidcolor.hints.placement import Placement
from vidcolor.hints.rasterize import rasterize
from vidcolor.net.checkpoint import load

GREEN = "#30a030"


@pytest.fixture(scope="module")
def colorizer() -> Colorizer:
    return Colorizer(load("film"), device="cpu", precision="fp32")


def colored(
    colorizer: Colorizer, luma: np.ndarray, points: Sequence[tuple[Place, str]]
) -> np.ndarray:
    """UV (2, H, W) in 8-bit codes away from grey."""
    film = colorizer.film(FilmFormat(CodeRange(8, True), luma.shape, luma.shape))
    marks = [Point(Fraction(0), place, color) for place, color in points]
    hints = rasterize(marks, Placement(), film.hint_shape)
    (made,) = film([luma], hints=[hints]) + film.finish()
    return made.chroma.astype(int) - 128


def halves(step: float, size: tuple[int, int] = (144, 192), edge: int = 96) -> np.ndarray:
    """Of luma .4, and that much more from the column `edge` on.

    The size is that at which the network sees it, unless another one is given.
    """
    luma = np.full(size, round(255 * 0.4), np.uint8)
    luma[:, edge:] = round(255 * (0.4 + step))
    return luma


@pytest.mark.parametrize(
    ("size", "edge"),
    [
        ((144, 192), 96),
        ((108, 144), 73),
        ((240, 320), 161),
        ((270, 480), 241),
        ((480, 640), 321),
        ((360, 1280), 643),
    ],
)
def test_one_click_in_the_left_of_two_halves_leaves_the_right(
    colorizer: Colorizer, size: tuple[int, int], edge: int
) -> None:
    """Also where the edge lies amid a cell of the network's."""
    luma = halves(0.2, size, edge)
    plain = colored(colorizer, luma, [])
    clicked = np.abs(colored(colorizer, luma, [((0.25, 0.5), "red")]) - plain)
    assert clicked[1, :, :edge].min() > 80
    assert clicked[:, :, edge:].max() <= 2


@pytest.mark.parametrize(("brightness", "most"), [(0.85, 0.01), (0.7, 0.05)])
def test_a_click_on_a_thing_leaves_the_even_ground_around_it(
    colorizer: Colorizer, brightness: float, most: float
) -> None:
    """Its rim is soft, as in a film; the ground, of luma .5, is ten times as large."""
    disc = np.full((144, 192), 0.5, np.float32)
    cv2.circle(disc, (70, 72), 14, brightness, -1)
    luma = (255 * cv2.GaussianBlur(disc, (0, 0), 1.5)).round().astype(np.uint8)
    plain = colored(colorizer, luma, [])
    change = np.abs(colored(colorizer, luma, [((70 / 192, 0.5), "#c040a0")]) - plain).max(0)
    assert change[100:].mean() < most * change[72, 70]


def test_a_faint_step_does_not_hold_a_lone_click(colorizer: Colorizer) -> None:
    """Two σ of luma: the right half gets nearly all of it. Between two clicks, one on each side,
    more of the change lies at the step than would without it."""
    luma = halves(0.06)
    plain = colored(colorizer, luma, [])
    lone = colored(colorizer, luma, [((0.25, 0.5), "red")]) - plain
    assert lone[1, :, 96:].min() > 0.8 * lone[1, :, :96].max()
    at_step = []
    for step in (0.06, 0.0):
        both = colored(colorizer, halves(step), [((0.25, 0.5), "red"), ((0.75, 0.5), "teal")])[1]
        beside = both[:, 88].mean() - both[:, 103].mean()
        at_step.append((both[:, 94].mean() - both[:, 97].mean()) / beside)
    assert at_step[0] > 1.5 * at_step[1]


@pytest.mark.parametrize("pair", [("green", "hotpink"), ("#2040c0", "#c02020")])
def test_two_colors_in_one_flat_square_are_kept_and_meet_smoothly(
    colorizer: Colorizer, pair: tuple[str, str]
) -> None:
    """Each within a code at its point; between them the one turns into the other without a jump."""
    luma = np.full((192, 192), 128, np.uint8)
    made = colored(colorizer, luma, [((0.35, 0.5), pair[0]), ((0.65, 0.5), pair[1])])
    for x, color in ((0.35, pair[0]), (0.65, pair[1])):
        asked = 255 * np.array(chroma_of(color))
        assert np.abs(made[:, 96, int(192 * x)] - asked).max() <= 1
    seam = made[:, 96, int(192 * 0.35) : int(192 * 0.65) + 1]
    for component in seam:
        steps = np.diff(component) * np.sign(component[-1] - component[0])
        assert steps.min() >= -1
        assert steps.max() < 0.4 * np.ptp(component)


def test_a_face_made_green_by_three_points_is_green(colorizer: Colorizer) -> None:
    """And a point on the wall keeps the wall."""
    photograph = samples.astronaut()[:256, 96:352]
    luma = rgb_to_yuv(*(photograph / 255).transpose(2, 0, 1))[0]
    luma = (255 * luma).round().astype(np.uint8)
    face = slice(84, 170), slice(100, 160)
    plain = colored(colorizer, luma, [])
    assert np.median(plain[1][face]) > 5  # skin
    points = [((0.5, 0.33), GREEN), ((0.42, 0.5), GREEN), ((0.58, 0.5), GREEN)]
    walls = [((0.1, 0.3), "#9a9890"), ((0.9, 0.3), "#9a9890")]
    asked = 255 * np.array(chroma_of(GREEN))
    for given in (points, points + walls):
        green = colored(colorizer, luma, given)
        of_face = np.stack([component[face].ravel() for component in green])
        assert np.linalg.norm(np.median(of_face, 1) - asked) < 12
        assert (of_face[1] < -10).mean() > 0.95
    assert np.abs(np.median(green[:, 20:100, 5:60], (1, 2))).max() < 12
