"""Palettes: the bins that the colours of a film or photograph are made of."""

import io
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import make_clip
from PIL import Image

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.draw.bin_charts import TRAINING, palette_chart, swatches
from vidcolor.input.reader import Reader
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.preview.colored_frames import preview_frames
from vidcolor.preview.palette import shares


@pytest.fixture
def film(tmp_path: Path) -> Path:
    make_clip(tmp_path / "film.mkv", gop=1)
    return tmp_path / "film.mkv"


@pytest.fixture
def run(vidcolor: Callable, weights: Path) -> Callable:
    """Runs `vidcolor palette` with the small weights."""
    return lambda *arguments: vidcolor("palette", "--weights", weights, *arguments)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_shares_are_mean_probabilities_and_those_of_the_colours(
    film: Path, checkpoint: Checkpoint, temperature: float
) -> None:
    decoding = replace(checkpoint.decoding, temperature=temperature, rebalance=0)
    colorizer = Colorizer(checkpoint, decoding=decoding, precision="fp32")
    with Reader(film) as reader:
        times = [Fraction(0), Fraction(1, 5)]
        frames = list(preview_frames(film, reader.picture, times, colorizer, None, True))
    training, believed, made = shares(frames, colorizer).values()
    assert np.array_equal(training, checkpoint.bins.frequencies)
    each = np.stack([frame.probabilities for frame in frames])
    assert believed == pytest.approx(each.mean((0, 2, 3)), abs=1e-6)
    centres = checkpoint.bins.centers.numpy()
    colors = (
        centres[each.argmax(1)] if temperature == 0 else np.einsum("bnhw,nc->bhwc", each, centres)
    )
    nearest = ((colors[..., None, :] - centres) ** 2).sum(-1).argmin(-1)
    counted = np.bincount(nearest.ravel(), minlength=8) / nearest.size
    assert made == pytest.approx(counted, abs=0.03 * temperature + 1e-6)


def test_the_chart_shows_every_bin_in_its_colour(checkpoint: Checkpoint) -> None:
    bins = checkpoint.bins
    even = np.full(len(bins), 1 / len(bins))
    chart = palette_chart(bins, {TRAINING: bins.frequencies.numpy(), "even": even}, "title")
    pixels = np.asarray(Image.open(io.BytesIO(chart)).convert("RGB")).astype(int)
    for color in (255 * swatches(bins)).round():
        assert (np.abs(pixels - color).max(2) <= 1).sum() > 1000


def test_the_chart_lies_beside_the_film(film: Path, run: Callable) -> None:
    chart = film.with_name("film.palette.png")
    first = run(film, "-n", 2)
    assert (first.code, first.out, first.err) == (0, f"{chart}\n", "")
    before = chart.read_bytes()
    again = run(film, "-n", 2, "--temperature", "1")
    assert (again.code, again.out) == (2, "")
    assert f"{chart}: exists already; --overwrite replaces it" in again.err
    assert run(film, "-n", 2, "--temperature", "1", "-y", "--show").out == f"{chart}\n"
    assert chart.read_bytes() != before


def test_a_photograph_has_one_too(tmp_path: Path, run: Callable) -> None:
    cv2.imwrite(str(tmp_path / "a.jpg"), np.tile(np.arange(0, 240, 4, np.uint8), (50, 1)))
    made = run(tmp_path / "a.jpg", "-o", tmp_path / "b.png")
    assert (made.code, made.out, made.err) == (0, f"{tmp_path / 'b.png'}\n", "")
    with Image.open(tmp_path / "b.png") as chart:
        assert chart.width > 1000


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (("film.mkv", "-o", "a.mkv"), 2, "a.mkv: the sheet is a PNG; name it .png"),
        (("none.mkv",), 1, "none.mkv"),
        (("none.jpg",), 1, "none.jpg: can't be read"),
    ],
)
def test_what_can_t_be_is_said(
    film: Path, run: Callable, arguments: tuple[str, ...], code: int, problem: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(film.parent)
    wrong = run(*arguments)
    assert (wrong.code, wrong.out) == (code, "")
    assert problem in wrong.err
    assert sorted(p.name for p in film.parent.iterdir()) == ["film.mkv", "small.safetensors"]
