"""Revealing true colors: the simulated user, Levin's method, and the table."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data as samples

from vidcolor.net.checkpoint import Checkpoint, Decoding
from vidcolor.net.predictor import Predictor
from vidcolor.train.data.pack import pack
from vidcolor.train.data.photographs import Photographs
from vidcolor.train.evaluate.evaluate import Candidate, Photograph, evaluate
from vidcolor.train.evaluate.levin import levin
from vidcolor.train.evaluate.reveal import LEVIN, reveal


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two photographs."""
    raw, packed = tmp_path_factory.mktemp("raw"), tmp_path_factory.mktemp("packed")
    (raw / "things").mkdir()
    Image.fromarray(samples.coffee()[:96, 100:196]).save(raw / "things" / "coffee.png")
    Image.fromarray(samples.chelsea()[100:196, 100:196]).save(raw / "things" / "chelsea.png")
    pack([raw], packed, 1.0)
    return packed


@pytest.fixture
def photographs(folder: Path) -> list[Photograph]:
    packed = Photographs(folder)
    return [Photograph(packed, int(index)) for index in packed.validation]


@pytest.fixture
def candidate(checkpoint: Checkpoint) -> Candidate:
    predictor = Predictor(checkpoint.model, checkpoint.bins, torch.device("cpu"), torch.float32)
    return Candidate(predictor, {"accuracy": Decoding(1.0, 0.0, 64)})


@pytest.mark.parametrize("by", ["random", "error"])
def test_the_more_is_revealed_the_nearer_it_comes(
    photographs: list[Photograph], candidate: Candidate, by: str
) -> None:
    counts = (0, 3, 12, 40)
    curves = reveal(photographs, {"small": candidate}, counts, by, quiet=True)
    assert list(curves) == [LEVIN, "small"]
    for curve in curves.values():
        assert curve == sorted(curve)
        assert curve[-1] > curve[0] + 2


def test_with_nothing_revealed_it_is_what_evaluation_finds(
    photographs: list[Photograph], candidate: Candidate
) -> None:
    curves = reveal(photographs, {"small": candidate}, (0,), quiet=True)
    measured = evaluate(photographs, {"small": candidate}, ["grey"], quiet=True)
    grey = [each.baselines["grey"].psnr for each in measured]
    plain = [each.networks["small"].pictures["accuracy"].psnr for each in measured]
    assert curves[LEVIN] == pytest.approx([np.mean(grey)])
    assert curves["small"] == pytest.approx([np.mean(plain)])


def test_an_error_seeking_user_needs_fewer_places(
    photographs: list[Photograph], candidate: Candidate
) -> None:
    random, seeking = (
        reveal(photographs, {"small": candidate}, (6,), by, quiet=True)
        for by in ("random", "error")
    )
    for name in (LEVIN, "small"):
        assert seeking[name][0] > random[name][0]


def test_of_more_places_than_there_are_all_that_fit_are_shown(
    photographs: list[Photograph], candidate: Candidate
) -> None:
    """In 64 x 64 pixels, 81 at most."""
    curves = reveal(photographs[:1], {"small": candidate}, (81, 10_000), quiet=True)
    for enough, more in curves.values():
        assert enough == more


def test_levins_solution_is_the_weighted_mean_of_its_neighbours() -> None:
    """On every pixel that is not known, as the published code weighs them."""
    random = np.random.default_rng(0)
    luma = random.random((7, 9)).astype(np.float32)
    known = random.random((7, 9)) < 0.2
    uv = random.uniform(-0.4, 0.4, (2, 7, 9)).astype(np.float32)
    made = levin(luma, uv, known)
    assert np.allclose(made[:, known], uv[:, known], atol=1e-6)
    for y, x in np.argwhere(~known):
        rows, columns = slice(max(0, y - 1), y + 2), slice(max(0, x - 1), x + 2)
        window, here = luma[rows, columns].astype(float), float(luma[y, x])
        apart = (window - here) ** 2
        others = np.ones(window.shape, bool)
        others[y - rows.start, x - columns.start] = False
        spread = max(0.6 * window.var(), apart[others].min() / -np.log(0.01), 2e-6)
        weights = np.exp(-apart / spread) * others
        mean = (weights / weights.sum() * made[:, rows, columns]).sum((1, 2))
        assert made[:, y, x] == pytest.approx(mean, abs=1e-5)


def test_the_command_tells_it(vidcolor: Callable, folder: Path, weights: Path) -> None:
    arguments = ["train", "evaluate", "--weights", weights, "--data", folder, "--device", "cpu"]
    run = vidcolor(*arguments, "--reveal", "4,0")
    assert run.code == 0, run.err
    table = run.out.splitlines()[-4:]
    assert table[0].strip() == "PSNR dB by number of places of true color"
    assert table[1].split() == ["0", "4"]
    assert [line.split()[0] for line in table[2:]] == [LEVIN, str(weights)]
    told = json.loads(vidcolor(*arguments, "--reveal", "0,4", "--json").out)["reveal"]
    assert (told["by"], told["counts"]) == ("random", [0, 4])
    for line, curve in zip(table[2:], told["psnr"].values(), strict=True):
        assert [float(part) for part in line.split()[1:]] == pytest.approx(curve, abs=0.006)


def test_counts_that_are_none_are_refused(vidcolor: Callable, folder: Path) -> None:
    run = vidcolor("train", "evaluate", "--data", folder, "--reveal", "1,x")
    assert run.code == 2
    assert "'1,x' are no numbers; write 1,10,50" in run.err
