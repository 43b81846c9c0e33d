"""How often suggestions are near the truth: against the plain bins, and once colors are known."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from vidcolor.color.metrics import color_differences
from vidcolor.net.checkpoint import Checkpoint, load
from vidcolor.net.decoding import Decoding
from vidcolor.net.predictor import Predictor
from vidcolor.train.data.photographs import Photographs
from vidcolor.train.evaluate.candidates import Candidate, Photograph
from vidcolor.train.evaluate.suggestions import K_MEANS, LIKELIEST, NEAR, SUGGESTED, measure


@pytest.fixture
def photographs(packed: Path) -> list[Photograph]:
    every = Photographs(packed)
    return [Photograph(every, int(index)) for index in every.validation]


@pytest.fixture
def candidate(checkpoint: Checkpoint) -> Candidate:
    predictor = Predictor(checkpoint.model, checkpoint.bins, torch.device("cpu"), torch.float32)
    return Candidate(predictor, {"accuracy": Decoding(1.0, 0.0, 64)})


def test_known_colors_bring_suggestions_nearer(photographs: list[Photograph]) -> None:
    """Only ours hear of them."""
    film = {"film": Candidate.of(load("film"), torch.device("cpu"))}
    shares = measure(photographs, film, (0, 10, "all"), quiet=True)["film"]
    assert list(shares) == [LIKELIEST, K_MEANS, SUGGESTED]
    for way in (LIKELIEST, K_MEANS):
        assert len(set(shares[way])) == 1
    assert shares[SUGGESTED] == sorted(shares[SUGGESTED])
    assert shares[SUGGESTED][0] > max(shares[LIKELIEST][0], shares[K_MEANS][0])
    assert shares[SUGGESTED][-1] > shares[SUGGESTED][0] + 0.03


def test_as_many_means_as_bins_are_the_bins(
    photographs: list[Photograph], candidate: Candidate
) -> None:
    shares = measure(photographs, {"small": candidate}, (0,), quiet=True)["small"]
    assert shares[K_MEANS] == shares[LIKELIEST]


def test_every_pixel_of_a_flat_picture_is_near_or_none_is(
    photographs: list[Photograph], candidate: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the color of a bin all are, of one far from all bins none."""
    centers = candidate.predictor.bins.centers
    for uv, share in ((centers[0], 1.0), (torch.zeros(2), 0.0)):
        luma = 0.5
        red, blue = luma + 1.5748 * uv[1], luma + 1.8556 * uv[0]
        green = (luma - 0.2126 * red - 0.0722 * blue) / 0.7152
        pixels = np.array([[[red, green, blue]]]) * np.full((32, 32, 1), 255)
        monkeypatch.setattr(Photograph, "pixels", pixels.round().astype(np.uint8))
        shares = measure(photographs[:1], {"small": candidate}, (0,), quiet=True)["small"]
        assert shares[LIKELIEST] == shares[K_MEANS] == [share]
    grey, bins = np.full((1, 1, 3), 128, np.uint8), np.array([[[178, 128, 128]]], np.uint8)
    assert color_differences(grey, bins) > NEAR


def test_the_command_tells_it(vidcolor: Callable, packed: Path, weights: Path) -> None:
    arguments = ["train", "evaluate", "--weights", weights, "--data", packed, "--device", "cpu"]
    run = vidcolor(*arguments, "--suggestions", "--reveal", "3")
    assert run.code == 0, run.err
    table = run.out.splitlines()[-4:]
    assert table[0].split() == ["0", "3"]
    for line, way in zip(table[1:], (LIKELIEST, K_MEANS, SUGGESTED), strict=True):
        assert line.startswith(f"{weights} {way} ")
    told = json.loads(vidcolor(*arguments, "--suggestions", "--json").out)["suggestions"]
    assert told["counts"] == [0]
    own = told["near"][str(weights)][SUGGESTED]
    assert 100 * own[0] == pytest.approx(float(table[3].split()[-2]), abs=0.06)
