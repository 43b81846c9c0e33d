"""Reading reference pictures, and telling a frame's own one from others."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from vidcolor.errors import InputError
from vidcolor.hints.placement import Placement
from vidcolor.hints.reference import (
    LONG_SIDE,
    OWN,
    ColorPicture,
    fit_to_frame,
    read_reference,
    time_of_name,
)

SHAPE = 108, 192


def _picture(seed: int, shape: tuple[int, int] = (216, 384)) -> ColorPicture:
    noise = np.random.default_rng(seed).random((3, *shape)).astype(np.float32)
    planes = np.stack([cv2.GaussianBlur(plane, (0, 0), 12) for plane in noise])
    planes = (planes - planes.min()) / np.ptp(planes)
    return ColorPicture(planes[0], planes[1:] - 0.5, np.ones(shape, np.float32))


@pytest.mark.parametrize(
    ("name", "time"),
    [
        ("film.0-01-12.480.png", "72.48"),
        ("0-00-00.000.jpg", "0"),
        ("film.1-02-03.004 colored (2).png", "3723.004"),
        ("1922-11-04 film.0-00-05.000.png", "5"),
        ("film.png", None),
        ("film 1-2-3.png", None),
    ],
)
def test_a_name_holds_its_time(name: str, time: str | None) -> None:
    assert time_of_name(Path(name)) == (None if time is None else Fraction(time))


def test_planes_are_those_of_bt709(tmp_path: Path) -> None:
    pixels = np.zeros((20, 3 * LONG_SIDE, 3), np.uint8)
    pixels[:, :, 0] = 255
    Image.fromarray(pixels).save(tmp_path / "red.png")
    found = read_reference(tmp_path / "red.png")
    assert max(found.luma.shape) == LONG_SIDE
    assert np.allclose(found.luma, 0.2126, atol=1e-3)
    assert np.allclose(found.chroma[1], 0.5, atol=1e-3)
    assert not found.is_grey


@pytest.mark.parametrize("levels", [(1.0, 0.0), (0.6, 0.0), (0.8, 0.2)])
def test_a_frame_is_its_own_whatever_its_levels(levels: tuple[float, float]) -> None:
    picture = _picture(1)
    luma = picture.resized(SHAPE).luma * levels[0] + levels[1]
    fitted, alike = fit_to_frame(picture, luma, Placement())
    assert alike > 0.999
    assert np.allclose(fitted.chroma, picture.resized(SHAPE).chroma, atol=1e-6)


def _padded(picture: ColorPicture, high: int, wide: int = 0) -> ColorPicture:
    """The picture within black bars."""
    bars = ((high, high), (wide, wide))
    return ColorPicture(
        np.pad(picture.luma, bars),
        np.pad(picture.chroma, ((0, 0), *bars)),
        np.pad(picture.opaque, bars, constant_values=1),
    )


@pytest.mark.parametrize("bars", [(0, 0), (36, 0), (0, 60)])
def test_black_bars_may_be_in_the_picture_or_not(bars: tuple[int, int]) -> None:
    """The film's, or others."""
    inner = _picture(1)
    placement = Placement(left=0, top=0.125, width=1, height=0.75)
    picture = _padded(inner, *bars)
    fitted, alike = fit_to_frame(picture, inner.resized(SHAPE).luma, placement)
    assert alike > 0.98
    assert np.abs(fitted.chroma - inner.resized(SHAPE).chroma).mean() < 0.01


def test_black_bars_are_cut_off_and_nothing_else() -> None:
    inner = _picture(1)
    assert np.array_equal(_padded(inner, 36).without_bars().luma, inner.luma)
    assert np.array_equal(_padded(inner, 30, 50).without_bars().chroma, inner.chroma)
    assert inner.without_bars().luma.shape == inner.luma.shape


def test_what_is_transparent_tells_neither_color_nor_luma(tmp_path: Path) -> None:
    """As programs erase: the color under it stays in the file."""
    rgb = (255 * np.stack([_picture(1).luma] * 3, -1)).round().astype(np.uint8)
    rgb[:, :192] = 255, 0, 255
    alpha = np.full(rgb.shape[:2], 255, np.uint8)
    alpha[:, :192] = 0
    Image.fromarray(np.dstack([rgb, alpha])).save(tmp_path / "erased.png")
    found = read_reference(tmp_path / "erased.png")
    assert found.is_grey
    assert fit_to_frame(found, _picture(1).resized(SHAPE).luma, Placement())[1] > 0.999
    assert fit_to_frame(found, _picture(2).resized(SHAPE).luma, Placement())[1] < OWN


def test_a_picture_that_is_all_transparent_is_refused(tmp_path: Path) -> None:
    Image.new("RGBA", (40, 30), (200, 30, 30, 0)).save(tmp_path / "nothing.png")
    with pytest.raises(InputError, match=r"nothing\.png: all of it is transparent; save it"):
        read_reference(tmp_path / "nothing.png")


def test_a_mirrored_film_is_met_mirrored() -> None:
    picture = _picture(1)
    placement = Placement(mirrored=True)
    fitted, alike = fit_to_frame(picture.mirrored(), picture.resized(SHAPE).luma, placement)
    assert alike > 0.999
    assert np.allclose(fitted.chroma, picture.resized(SHAPE).chroma, atol=1e-6)


def test_another_frame_is_not_its_own() -> None:
    assert fit_to_frame(_picture(2), _picture(1).resized(SHAPE).luma, Placement())[1] < OWN
    flat = np.full(SHAPE, 0.5, np.float32)
    assert fit_to_frame(_picture(2), flat, Placement())[1] == 0
