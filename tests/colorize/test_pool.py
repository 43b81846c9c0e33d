"""Pooling over places of like luma: the formula, what it leaves alone, and films made with it."""

from dataclasses import replace
from fractions import Fraction
from math import exp
from pathlib import Path

import numpy as np
import pytest
import torch
from clips import make_clip, planes_of

from vidcolor.color.yuv import CodeRange
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.pool import RADIUS, SIGMA, pool
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.film import colorize_file


def shown(batch: int, height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Probabilities (batch, 5, height, width) and luma of four times the height and width."""
    random = torch.Generator().manual_seed(height * width)
    logits = 3 * torch.randn(batch, 5, height, width, generator=random)
    luma = torch.rand(batch, 1, 1, 1, generator=random) + 0.3 * torch.rand(
        batch, 1, 4 * height, 4 * width, generator=random
    )
    return logits.softmax(1), luma


def along_lines(values: np.ndarray, luma: np.ndarray) -> np.ndarray:
    """The definition along the rows of (n, h, w), a cell at a time, in double precision."""
    pooled = np.zeros_like(values)
    _, height, width = values.shape
    for y in range(height):
        for x in range(width):
            near = range(max(0, x - RADIUS), min(width, x + RADIUS + 1))
            alike = [exp(-((luma[y, x] - luma[y, s]) ** 2) / (2 * SIGMA**2)) for s in near]
            for s, weight in zip(near, alike, strict=True):
                pooled[:, y, x] += values[:, y, s] * weight / sum(alike)
    return pooled


@pytest.mark.parametrize("size", [(7, 16), (20, 13), (1, 9), (3, 1), (1, 1)])
def test_it_is_the_formula_along_rows_and_then_columns(size: tuple[int, int]) -> None:
    probabilities, luma = shown(2, *size)
    for made, values, picture in zip(
        pool(probabilities, luma), probabilities, luma[:, 0].double().numpy(), strict=True
    ):
        cells = picture.reshape(size[0], 4, size[1], 4).mean((1, 3))
        rows = along_lines(values.double().numpy(), cells)
        expected = along_lines(rows.swapaxes(1, 2), cells.T).swapaxes(1, 2)
        assert np.abs(made.numpy() - expected).max() < 1e-5


def test_flat_places_share_alike_and_unlike_ones_share_nothing() -> None:
    probabilities, _ = shown(1, 11, 22)
    luma = torch.zeros(1, 1, 44, 88)
    luma[..., 44:] = 1
    made = pool(probabilities, luma)
    for side in (slice(0, 11), slice(11, 22)):
        half = probabilities[0, :, :, side]
        middle = made[0, :, 5, side.start + 5]
        assert middle.numpy() == pytest.approx(half.mean((1, 2)).numpy(), abs=1e-6)


def test_what_it_gives_is_a_distribution_and_the_same_in_any_batch() -> None:
    probabilities, luma = shown(5, 27, 48)
    made = pool(probabilities, luma)
    assert (made >= 0).all()
    assert torch.allclose(made.sum(1), torch.ones(5, 27, 48), atol=1e-5)
    for number in range(5):
        alone = pool(probabilities[number : number + 1].clone(), luma[number : number + 1].clone())
        assert torch.equal(made[number : number + 1], alone)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_gives_the_same() -> None:
    probabilities, luma = shown(2, 27, 48)
    made = pool(probabilities.cuda(), luma.cuda())
    assert torch.allclose(made.cpu(), pool(probabilities, luma), atol=1e-5)


def test_colour_is_calmer_where_luma_is_even(checkpoint: Checkpoint) -> None:
    """Noise of four codes, in a film whose chroma has the luma's size."""
    luma = (120 + np.random.default_rng(0).integers(-4, 5, (96, 128))).astype(np.uint8)
    film_format = FilmFormat(CodeRange(8, False), luma.shape, luma.shape)
    spread = []
    for pooled in (False, True):
        decoding = replace(checkpoint.decoding, working_size=128, pool=pooled)
        film = Colorizer(checkpoint, decoding=decoding, precision="fp32").film(film_format)
        (color,) = film([luma]) + film.finish()
        spread.append(float(np.hypot(*color.chroma.std((1, 2)))))
    assert spread[0] > 1
    assert spread[1] < 0.5 * spread[0]


@pytest.mark.parametrize("fields", [None, "tff"])
def test_a_span_is_that_of_the_whole_film(
    tmp_path: Path, checkpoint: Checkpoint, fields: str | None
) -> None:
    coarse = np.random.default_rng(0).integers(60, 200, (30, 6, 8))
    pictures = list(coarse.repeat(8, 1).repeat(8, 2).astype(np.uint8))
    make_clip(tmp_path / "a.mkv", pictures=pictures, times=range(0, 1200, 40), fields=fields)
    decoding = replace(checkpoint.decoding, pool=True, saturation=1.3)
    made = []
    for name, batch, span in (
        ("whole.mkv", 3, {}),
        ("part.mkv", 3, {"start": Fraction("0.52"), "duration": Fraction("0.2")}),
        ("plain.mkv", 3, {}),
    ):
        own = checkpoint.decoding if name == "plain.mkv" else decoding
        colorizer = Colorizer(checkpoint, decoding=own, precision="fp32", batch_size=batch)
        colorize_file(
            tmp_path / "a.mkv",
            tmp_path / name,
            colorizer,
            encoder=EncoderSettings("ffv1"),
            **span,
        )
        made.append(np.array([planes[1:] for planes in planes_of(tmp_path / name)]))
    whole, part, plain = made
    assert np.array_equal(whole[13:18], part)
    assert not np.array_equal(whole, plain)
