"""Chroma codes at full size against a slow reference in float64."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from vidcolor.color.yuv import BT709, CodeRange, Matrix, chroma_in, fit_to_luma, yuv_to_rgb
from vidcolor.colorize.chroma_planes import ChromaPlanes
from vidcolor.colorize.film_format import FilmFormat, Rectangle
from vidcolor.colorize.luma_bounds import LumaBounds

BT601 = Matrix(0.299, 0.114)
LIMITED = CodeRange(8, False)
SHAPE = 270, 480


def _picture(codes: CodeRange, shape: tuple[int, int] = SHAPE) -> tuple[np.ndarray, torch.Tensor]:
    """Luma with black, white, darkness, edges and noise, and the vivid chroma of 17 x 30 cells."""
    random = np.random.default_rng(0)
    height, width = shape
    ramp = np.linspace(-0.1, 1.1, width) * np.linspace(0.2, 1, height)[:, None]
    blocks = random.uniform(-0.3, 0.3, (-(-height // 30), -(-width // 30)))
    luma = ramp + blocks.repeat(30, 0).repeat(30, 1)[:height, :width]
    luma += random.normal(0, 0.02, shape)
    planes = codes.black + luma * (codes.white - codes.black)
    uv = torch.from_numpy(random.uniform(-0.3, 0.3, (2, 17, 30)))
    return planes.round().clip(0, codes.peak).astype(codes.dtype), F.avg_pool2d(uv, 3, 1, 1)


def _bounds(luma: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The smallest and the largest of the codes that share each sample, (2, h, w)."""
    down, across = luma.shape[0] // shape[0], luma.shape[1] // shape[1]
    shared = luma.reshape(shape[0], down, shape[1], across)
    return np.stack([shared.min((1, 3)), shared.max((1, 3))])


def _reference(film: FilmFormat, luma: np.ndarray, uv: torch.Tensor) -> np.ndarray:
    """Return codes, not rounded: bicubic to full size, and the factor of each sample by itself."""
    codes, shape = film.codes, film.chroma_shape
    extremes = torch.from_numpy(_bounds(luma, shape).astype(float))
    darkest, brightest = ((extremes - codes.black) / (codes.white - codes.black)).clamp(0, 1)
    full = F.interpolate(uv[None], size=shape, mode="bicubic", antialias=True)[0]
    fitted = fit_to_luma(chroma_in(film.matrix, full), darkest[None], brightest[None], film.matrix)
    return (fitted * codes.chroma_span + codes.neutral).numpy()


FORMATS = {
    "420": FilmFormat(LIMITED, SHAPE, (135, 240)),
    "422": FilmFormat(LIMITED, SHAPE, (270, 240)),
    "444": FilmFormat(LIMITED, SHAPE, SHAPE),
    "full range": FilmFormat(CodeRange(8, True), SHAPE, (135, 240)),
    "10 bits": FilmFormat(CodeRange(10, False), SHAPE, (135, 240)),
    "16 bits": FilmFormat(CodeRange(16, True), SHAPE, SHAPE),
    "BT.601": FilmFormat(LIMITED, SHAPE, (135, 240), matrix=BT601),
    "large": FilmFormat(LIMITED, (1080, 1920), (540, 960)),
    "tiny": FilmFormat(LIMITED, (12, 20), (6, 10)),
    "odd": FilmFormat(LIMITED, (145, 211), (145, 211)),
}


@pytest.mark.parametrize("film", FORMATS.values(), ids=FORMATS)
def test_codes_are_the_references_to_a_fraction_of_a_level(film: FilmFormat) -> None:
    luma, uv = _picture(film.codes, film.shape)
    expected = _reference(film, luma, uv)
    planes = ChromaPlanes()
    for _ in range(2):  # the second time in memory that was used
        made = planes(film, uv.float(), luma)
        assert made.dtype == film.codes.dtype
        apart = np.abs(made - np.rint(expected)) / (1 << film.codes.depth - 8)
        assert apart.mean() < 0.15
        assert apart.max() < 8


IN_BT709 = {name: film for name, film in FORMATS.items() if film.matrix == BT709}


@pytest.mark.parametrize("film", IN_BT709.values(), ids=IN_BT709)
def test_every_colour_made_exists(film: FilmFormat) -> None:
    """But for the rounding of chroma to codes."""
    luma, uv = _picture(film.codes, film.shape)
    made = ChromaPlanes()(film, uv.float(), luma)
    chroma = (made.astype(float) - film.codes.neutral) / film.codes.chroma_span
    for codes in _bounds(luma, film.chroma_shape):
        y = (codes.astype(float) - film.codes.black) / (film.codes.white - film.codes.black)
        rgb = np.stack(yuv_to_rgb(y.clip(0, 1), *chroma))
        assert rgb.min() >= -1 / film.codes.chroma_span
        assert rgb.max() <= 1 + 1 / film.codes.chroma_span


@pytest.mark.parametrize("sampling", [(1, 1), (1, 2), (2, 2)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_bounds_are_those_of_the_samples_that_share_one(
    dtype: type, sampling: tuple[int, int]
) -> None:
    """In planes that are parts of larger ones, too."""
    whole = np.random.default_rng(0).integers(0, 250, (60, 90), dtype)
    bounds = LumaBounds()
    for luma in (whole[:48, :64], whole[1::2, 10:74][:28], whole[12:, 26:]):
        shape = luma.shape[0] // sampling[0], luma.shape[1] // sampling[1]
        assert np.array_equal(bounds(luma, shape), _bounds(luma, shape))


def test_black_bars_are_grey_and_the_rest_as_if_alone() -> None:
    luma, uv = _picture(LIMITED)
    film = replace(FORMATS["420"], active=Rectangle(30, 250, 4, 480))
    inside = film.active_luma.inside
    made = ChromaPlanes()(film, uv.float(), luma)
    alone_film = FilmFormat(LIMITED, (220, 476), (110, 238))
    alone = ChromaPlanes()(alone_film, uv.float(), luma[inside])
    place = made[:, *film.active_chroma.inside]
    assert np.array_equal(place, alone)
    place[:] = LIMITED.neutral
    assert (made == LIMITED.neutral).all()
