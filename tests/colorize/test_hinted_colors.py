"""What the colorizer makes of hints: nothing without them, and the color that was asked for."""

from fractions import Fraction

import numpy as np
import pytest
import torch

from vidcolor.color.yuv import CodeRange
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.controls import Controls
from vidcolor.colorize.film_format import FilmFormat, Rectangle
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.net.hints import HintMap

FULL = CodeRange(8, True)
RED = (-0.1, 0.25)


def lumas(count: int, shape: tuple[int, int] = (48, 64)) -> list[np.ndarray]:
    """Frames of mid-grey with some texture, which any moderate color fits."""
    random = np.random.default_rng(0)
    return [random.integers(110, 150, shape).astype(np.uint8) for _ in range(count)]


def a_spot(
    shape: tuple[int, int], rows: slice, columns: slice, uv: tuple[float, float] = RED
) -> HintMap:
    """One rectangle of a color."""
    exact = torch.zeros(shape, dtype=torch.bool)
    exact[rows, columns] = True
    chroma = exact * torch.tensor(uv)[:, None, None]
    return HintMap(chroma, exact.float(), exact)


def codes_of(uv: tuple[float, float]) -> np.ndarray:
    """(2, 1, 1), as `FULL` has them."""
    return np.array(uv)[:, None, None] * 255 + 128


@pytest.fixture
def colorizer(checkpoint: Checkpoint) -> Colorizer:
    """In fp32, three frames a batch."""
    return Colorizer(checkpoint, device="cpu", precision="fp32", batch_size=3)


def test_frames_without_hints_are_as_they_were(colorizer: Colorizer) -> None:
    """Also beside frames with hints, in their batch and in their shot."""
    film_format = FilmFormat(FULL, (48, 64), (24, 32))
    planes = lumas(8)
    made = []
    for hinted in ((), (3,)):
        film = colorizer.film(film_format)
        spot = a_spot(film.hint_shape, slice(10, 20), slice(10, 20))
        hints = [spot if number in hinted else None for number in range(8)] if hinted else None
        made.append([c.chroma for c in film(planes, hints=hints) + film.finish()])
    for number, (plain, with_hints) in enumerate(zip(*made, strict=True)):
        assert np.array_equal(plain, with_hints) == (number != 3)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("fields", [False, True])
def test_the_color_asked_for_is_where_it_was_asked_for(
    colorizer: Colorizer, rotation: int, fields: bool
) -> None:
    """On a thing of another luma: on it within a code, and nowhere else."""
    film_format = FilmFormat(FULL, (128, 128), (128, 128), rotation=rotation, interlaced=fields)
    film = colorizer.film(film_format)
    assert film.hint_shape == (64, 64)
    thing = np.full((128, 128), 90, np.uint8)
    thing[16:48, 64:112] = 150
    plane = np.ascontiguousarray(np.rot90(thing, -film_format.quarter_turns))
    hints = a_spot((64, 64), slice(8, 24), slice(32, 56))
    (color,) = film([plane], hints=[hints]) + film.finish()
    away = np.abs(np.rot90(color.chroma, film_format.quarter_turns, (-2, -1)) - codes_of(RED))
    assert away[:, 20:44, 68:108].max() <= 1
    assert away[:, 64:].max(0).min() > 20


def test_black_bars_stay_grey(colorizer: Colorizer) -> None:
    active = Rectangle(8, 40, 0, 64)
    film = colorizer.film(FilmFormat(FULL, (48, 64), (48, 64), active=active))
    assert film.hint_shape == (32, 64)
    hints = a_spot((32, 64), slice(0, 32), slice(0, 64))
    (color,) = film(lumas(1), hints=[hints]) + film.finish()
    assert np.abs(color.chroma[:, 8:40] - codes_of(RED)).max() <= 1
    assert (color.chroma[:, :8] == 128).all()
    assert (color.chroma[:, 40:] == 128).all()


def test_controls_leave_the_color_asked_for(checkpoint: Checkpoint) -> None:
    """Where nothing was asked for, they act."""
    colorizer = Colorizer(checkpoint, controls=Controls(saturation=0), precision="fp32")
    film = colorizer.film(FilmFormat(FULL, (64, 64), (64, 64)))
    plane = np.full((64, 64), 90, np.uint8)
    plane[:, 32:] = 160
    hints = a_spot(film.hint_shape, slice(20, 40), slice(4, 24))
    (color,) = film([plane], hints=[hints]) + film.finish()
    assert np.abs(color.chroma[:, 22:38, 6:22] - codes_of(RED)).max() <= 1
    assert np.abs(color.chroma[:, :, 40:].astype(int) - 128).max() <= 2


@pytest.mark.parametrize("pixel_aspect", [Fraction(2), Fraction(1, 2)])
def test_hints_have_the_shape_that_a_player_shows(
    colorizer: Colorizer, pixel_aspect: Fraction
) -> None:
    film = colorizer.film(FilmFormat(FULL, (64, 64), (64, 64), pixel_aspect, rotation=90))
    assert film.hint_shape == ((64, 32) if pixel_aspect == 2 else (32, 64))
