"""Black bars: found where a film has them, and not where it is merely dark."""

from collections.abc import Iterator

import numpy as np
import pytest
from skimage import data
from skimage.color import rgb2gray

from vidcolor.color.yuv import CodeRange
from vidcolor.colorize.bars import FEW, active_picture
from vidcolor.colorize.film_format import Rectangle

LIMITED = CodeRange(8, False)
SHAPE = (120, 160)
WHOLE = Rectangle(0, 120, 0, 160)
LETTERBOX = Rectangle(16, 104, 0, 160)


def _pictures(shape: tuple[int, int], count: int = 8) -> Iterator[np.ndarray]:
    """Parts of a photograph, 0 to 1, float."""
    whole = data.camera() / 255
    for index in range(count):
        y, x = 20 * index, 25 * index
        yield whole[y : y + shape[0], x : x + shape[1]]


def _film(
    active: Rectangle,
    codes: CodeRange = LIMITED,
    *,
    level: float = 0,
    noise: float = 0,
    pictures: list[np.ndarray] | None = None,
) -> list[np.ndarray]:
    """Pictures within bars that lie `level` above black; that and noise are in steps of 8 bits."""
    random = np.random.default_rng(0)
    black, white = (0, 255) if codes.full else (16, 235)
    film = []
    for picture in pictures or _pictures(active.shape):
        plane = np.full(SHAPE, black + level)
        plane[active.inside] = black + (white - black) * picture
        plane = (plane + random.normal(0, noise, SHAPE)) * (1 << (codes.depth - 8))
        film.append(
            plane.round().clip(0, codes.peak).astype(np.uint8 if codes.depth == 8 else np.uint16)
        )
    return film


def _found(film: list[np.ndarray], codes: CodeRange = LIMITED, multiples=(2, 2)) -> Rectangle:
    return active_picture(film, film[0].shape, codes, multiples)


@pytest.mark.parametrize(
    "active",
    [
        LETTERBOX,
        Rectangle(0, 120, 20, 140),
        Rectangle(16, 104, 20, 140),
        Rectangle(6, 94, 0, 160),
        Rectangle(0, 120, 54, 106),
        Rectangle(0, 120, 12, 160),
    ],
    ids=["letterbox", "pillarbox", "both", "off-centre", "upright film", "one side"],
)
@pytest.mark.parametrize(
    ("codes", "level", "noise"),
    [
        (LIMITED, 0, 0),
        (LIMITED, 20, 2),
        (CodeRange(8, True), 3, 1),
        (CodeRange(10, False), 1, 0.5),
        (CodeRange(10, True), 12, 3),
    ],
)
def test_bars_are_found(active: Rectangle, codes: CodeRange, level: float, noise: float) -> None:
    assert _found(_film(active, codes, level=level, noise=noise), codes) == active


@pytest.mark.parametrize(
    ("multiples", "expected"),
    [
        ((1, 1), Rectangle(15, 105, 21, 139)),
        ((2, 2), Rectangle(14, 106, 20, 140)),
        ((4, 2), Rectangle(12, 108, 20, 140)),
    ],
)
def test_edges_fall_on_chroma_samples_and_keep_the_picture(
    multiples: tuple[int, int], expected: Rectangle
) -> None:
    film = _film(Rectangle(15, 105, 21, 139))
    assert _found(film, multiples=multiples) == expected


def test_a_frame_s_odd_end_is_an_edge() -> None:
    film = [plane[:119, :159] for plane in _film(Rectangle(16, 119, 0, 160))]
    film = [np.vstack([plane[8:], plane[:8]]) for plane in film]
    assert _found(film) == Rectangle(8, 112, 0, 159)


def test_a_rim_about_the_bars_does_not_matter() -> None:
    film = _film(LETTERBOX, level=10)
    for plane in film:
        plane[0], plane[-2:] = 16, 70
    assert _found(film) == LETTERBOX


def test_a_rim_alone_is_no_bar() -> None:
    assert _found(_film(Rectangle(2, 118, 3, 158))) == WHOLE


def test_rounded_corners_belong_to_the_picture() -> None:
    film = _film(LETTERBOX, level=4)
    y, x = np.ogrid[:120, :160]
    beyond = np.maximum(abs(y - 59.5) - 32, 0) ** 2 + np.maximum(abs(x - 79.5) - 68, 0) ** 2 > 144
    for plane in film:
        plane[beyond] = 20
    assert _found(film) == LETTERBOX


def test_ringing_at_the_edge_belongs_to_the_picture() -> None:
    film = _film(LETTERBOX)
    for plane in film:
        plane[15] = 24
    assert _found(film) == Rectangle(14, 104, 0, 160)


def test_a_subtitle_now_and_then_does_not_end_a_bar() -> None:
    film = _film(LETTERBOX)
    for plane in film[::2]:
        plane[108:116, 40:120:3] = 235
    assert _found(film) == LETTERBOX


def test_dark_frames_and_a_fade_say_nothing() -> None:
    bright = list(_pictures(LETTERBOX.shape))
    faded = [0.02 * part * bright[0] for part in range(8)]
    assert _found(_film(LETTERBOX, pictures=bright + faded)) == LETTERBOX
    assert _found(_film(LETTERBOX, pictures=bright[: FEW - 1] + faded)) == WHOLE
    assert _found(_film(WHOLE, pictures=[0 * picture for picture in _pictures(SHAPE)])) == WHOLE


def test_without_a_sample_all_is_picture() -> None:
    assert active_picture([], SHAPE, LIMITED) == WHOLE


@pytest.mark.parametrize("shape", [(2, 2), (1, 160), (120, 6)])
def test_a_frame_of_a_few_lines_has_no_bars(shape: tuple[int, int]) -> None:
    film = [plane[: shape[0], : shape[1]] for plane in _film(WHOLE)]
    assert _found(film, multiples=(1, 1)) == Rectangle(0, shape[0], 0, shape[1])


def test_one_wide_shot_proves_that_there_are_none() -> None:
    film = _film(LETTERBOX) + _film(WHOLE, pictures=list(_pictures(SHAPE, 1)))
    assert _found(film) == WHOLE


def test_no_more_samples_are_taken_than_it_needs() -> None:
    film = iter(_film(WHOLE))
    assert active_picture(film, SHAPE, LIMITED) == WHOLE
    assert len(list(film)) >= 6


@pytest.mark.parametrize("count", [1, 8])
@pytest.mark.parametrize("sky", [0.0, 0.05, 0.1])
@pytest.mark.parametrize("share", [0.2, 0.45, 0.7])
def test_a_night_sky_is_no_bar(sky: float, share: float, count: int) -> None:
    """In every frame, flat, and with grain, over a bright ground."""
    horizon = round(share * SHAPE[0])
    night = []
    for picture in _pictures(SHAPE, count):
        night.append(picture.copy())
        night[-1][:horizon] = sky
    assert _found(_film(WHOLE, pictures=night, noise=1.5)) == WHOLE


def test_a_title_card_s_margins_are_no_bars() -> None:
    film = []
    for index in range(8):
        plane = np.full(SHAPE, 16, np.uint8)
        plane[50:70, 40 + index : 120 : 3] = 235
        film.append(plane)
    assert _found(film) == WHOLE


def test_a_vignette_is_no_bar() -> None:
    y, x = np.ogrid[-1:1:120j, -1:1:160j]
    round_mask = x**2 + y**2 < 0.8
    film = [picture * round_mask for picture in _pictures(SHAPE)]
    assert _found(_film(WHOLE, pictures=film)) == WHOLE


@pytest.mark.parametrize("count", range(1, FEW))
def test_a_film_of_few_frames_has_bars_where_they_are_alike(count: int) -> None:
    pair = Rectangle(16, 104, 0, 160)
    dark = np.full(SHAPE, 16, np.uint8)
    for bright in range(1, count + 1):
        assert _found(_film(pair)[:bright] + [dark] * (count - bright)) == pair
    for unlike in (Rectangle(6, 94, 0, 160), Rectangle(0, 120, 12, 160)):
        assert _found(_film(unlike)[:count]) == WHOLE


@pytest.mark.parametrize("count", [1, FEW])
@pytest.mark.parametrize(
    "name", ["camera", "astronaut", "coffee", "chelsea", "rocket", "moon", "hubble_deep_field"]
)
def test_photographs_have_no_bars(name: str, count: int) -> None:
    """Shown still; a bar needs no motion."""
    picture = getattr(data, name)()
    grey = picture / 255 if picture.ndim == 2 else rgb2gray(picture)
    plane = (16 + 219 * grey).round().astype(np.uint8)
    whole = Rectangle(0, plane.shape[0], 0, plane.shape[1])
    assert _found([plane] * count, multiples=(1, 1)) == whole
