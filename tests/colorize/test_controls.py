"""Colour controls: off they change nothing, on they do what their formulas say."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from clips import make_clip, planes_of, tags_of

from vidcolor.color.yuv import CodeRange
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.controls import OFF, Controls
from vidcolor.colorize.film_format import FilmFormat, Rectangle
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.film import colorize_file

FILM = FilmFormat(CodeRange(10, False), (48, 64), (24, 32), active=Rectangle(4, 44, 0, 64))


def network_output() -> tuple[torch.Tensor, torch.Tensor]:
    """UV (2, 2, 6, 8) and probabilities (2, 5, 6, 8)."""
    random = torch.Generator().manual_seed(1)
    uv = torch.rand(2, 2, 6, 8, generator=random) - 0.5
    return uv, (3 * torch.randn(2, 5, 6, 8, generator=random)).softmax(1)


def chroma_of(checkpoint: Checkpoint, controls: Controls) -> np.ndarray:
    """(2, 24, 32) codes of a mid-grey picture's chroma, far from where luma limits it."""
    colorizer = Colorizer(checkpoint, controls=controls, device="cpu", precision="fp32")
    luma = np.random.default_rng(0).integers(400, 600, (48, 64)).astype(np.uint16)
    film = colorizer.film(FILM)
    (color,) = film([luma]) + film.finish()
    return color.chroma


def test_off_they_are_the_identity() -> None:
    uv, probabilities = network_output()
    assert torch.equal(OFF(uv, probabilities.amax(1)), uv)


def test_the_fade_is_the_formula() -> None:
    uv, probabilities = network_output()
    made = Controls(1.5, 0.8)(uv, probabilities.amax(1))
    places = np.ndindex(2, 6, 8)
    likeliest = {place: float(probabilities[place[0], :, *place[1:]].max()) for place in places}
    for (b, y, x), p in likeliest.items():
        s = min(p / 0.8, 1)
        for component in (0, 1):
            expected = float(uv[b, component, y, x]) * 1.5 * (3 * s**2 - 2 * s**3)
            assert float(made[b, component, y, x]) == pytest.approx(expected, abs=1e-6)
    assert min(likeliest.values()) < 0.4 < 0.8 < max(likeliest.values())


def test_of_finer_chroma_the_fade_is_interpolated() -> None:
    """From left to right it goes over from one half to the other."""
    sure = torch.tensor([0.2, 0.4]).expand(1, 3, 2)
    made = Controls(min_confidence=0.4)(torch.ones(1, 2, 12, 8), sure)
    assert torch.allclose(made, made[:, :1, :1])
    assert made[0, 0, 0, [0, 1, 6, 7]].tolist() == pytest.approx([0.5, 0.5, 1, 1])
    assert made[0, 0, 0, 2:6].tolist() == pytest.approx([0.5625, 0.6875, 0.8125, 0.9375])


def test_without_saturation_all_is_neutral(checkpoint: Checkpoint) -> None:
    assert (chroma_of(checkpoint, Controls(saturation=0)) == 512).all()


def test_saturation_is_a_factor(checkpoint: Checkpoint) -> None:
    """But for the rounding of the codes."""
    plain, half, more = (
        chroma_of(checkpoint, Controls(saturation=factor)).astype(int) - 512
        for factor in (1, 0.5, 1.25)
    )
    assert np.abs(plain).max() > 60
    assert np.abs(half - 0.5 * plain).max() <= 0.75
    assert np.abs(more - 1.25 * plain).max() <= 1.125


def test_what_is_too_unsure_fades_and_the_rest_is_as_it_was(checkpoint: Checkpoint) -> None:
    """The likeliest bin has between 0.16 and 0.24."""
    plain, all_sure, some, none_sure = (
        np.abs(chroma_of(checkpoint, Controls(min_confidence=least)).astype(int) - 512)
        for least in (0, 0.1, 0.3, 1)
    )
    assert np.array_equal(all_sure, plain)
    assert plain.mean() > some.mean() > none_sure.mean()
    assert none_sure.mean() < 0.2 * plain.mean()


def test_a_film_and_a_photograph_obey(vidcolor: Callable, weights: Path, tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv")
    cv2.imwrite(str(tmp_path / "a.png"), np.arange(48 * 64, dtype=np.uint8).reshape(48, 64))
    for name in ("a.mkv", "a.png"):
        path = tmp_path / name
        run = vidcolor("colorize", path, "--weights", weights, "--saturation", 0, "--quiet")
        assert (run.code, run.err) == (0, "")
    for _, u, v in planes_of(tmp_path / "a.color.mkv"):
        assert (u == 128).all()
        assert (v == 128).all()
    bgr = cv2.imread(str(tmp_path / "a.color.png"))
    assert bgr is not None
    assert (bgr == bgr[..., :1]).all()
    assert "saturation=0 min-confidence=0" in tags_of(tmp_path / "a.color.mkv")["comment"]


def test_fields_and_drift_go_with_them(tmp_path: Path, checkpoint: Checkpoint) -> None:
    """An interlaced film in two passes; luma this even limits no chroma."""
    pictures = [np.random.default_rng(i).integers(90, 150, (48, 64), np.uint8) for i in range(6)]
    make_clip(tmp_path / "a.mkv", pictures=pictures, times=range(0, 240, 40), fields="tff")
    made = []
    for factor in (1, 0.5):
        output = tmp_path / f"{factor}.mkv"
        controls = Controls(saturation=factor)
        colorize_file(
            tmp_path / "a.mkv",
            output,
            Colorizer(checkpoint, controls=controls, precision="fp32"),
            encoder=EncoderSettings("ffv1"),
            two_pass=True,
        )
        made.append(np.array([planes[1:] for planes in planes_of(output)]).astype(int) - 128)
    plain, half = made
    assert np.abs(plain).max() > 15
    assert np.abs(half - 0.5 * plain).max() <= 0.75
