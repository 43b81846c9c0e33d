"""Revealing true colors: the simulated user, Levin's method, global hints, table and plot."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data as samples

from vidcolor.net.checkpoint import Checkpoint, load
from vidcolor.net.decoding import Decoding
from vidcolor.net.predictor import Predictor
from vidcolor.train.data.pack import pack
from vidcolor.train.data.photographs import Photographs
from vidcolor.train.evaluate import global_hints
from vidcolor.train.evaluate.candidates import Candidate, Photograph
from vidcolor.train.evaluate.evaluate import evaluate
from vidcolor.train.evaluate.levin import levin
from vidcolor.train.evaluate.reveal import GREY, LEVIN, reveal


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
    assert list(curves) == [GREY, LEVIN, "small"]
    assert curves[GREY] == [curves[LEVIN][0]] * 4
    for name in (LEVIN, "small"):
        assert curves[name] == sorted(curves[name])
        assert curves[name][-1] > curves[name][0] + 2


def test_when_all_is_revealed_only_the_working_size_is_lost(
    photographs: list[Photograph], candidate: Candidate
) -> None:
    """Both methods then have the true chroma of 64 pixels, resized to the 96 of the photographs."""
    curves = reveal(photographs, {"small": candidate}, (2, "all"), quiet=True)
    assert curves[LEVIN][1] > curves[LEVIN][0] + 10
    assert curves["small"][1] == pytest.approx(curves[LEVIN][1], abs=0.05)


def test_all_of_a_photograph_of_working_size_counts_as_60_db(
    photographs: list[Photograph], candidate: Candidate
) -> None:
    """Its PSNR would be infinite, which no mean and no JSON survives."""
    whole = replace(candidate, settings={"accuracy": Decoding(1.0, 0.0, 96)})
    curves = reveal(photographs, {"small": whole}, ("all",), quiet=True)
    assert curves["small"] == curves[LEVIN] == [60]


def test_what_is_told_brings_pictures_nearer(photographs: list[Photograph]) -> None:
    film = {"film": Candidate.of(load("film"), torch.device("cpu"))}
    told = global_hints.measure(photographs, film, ("saturation", "histogram"), quiet=True)
    (plain,) = reveal(photographs, film, (0,), quiet=True)["film"]
    assert told["film"]["automatic"] == pytest.approx(plain)
    assert told["film"]["saturation"] > plain + 0.2
    assert told["film"]["histogram"] > plain + 1


def test_with_nothing_revealed_it_is_what_evaluation_finds(
    photographs: list[Photograph], candidate: Candidate
) -> None:
    curves = reveal(photographs, {"small": candidate}, (0,), quiet=True)
    measured = evaluate(photographs, {"small": candidate}, ["grey"], quiet=True)
    grey = [each.baselines["grey"].psnr for each in measured]
    plain = [each.networks["small"].pictures["accuracy"].psnr for each in measured]
    assert curves[GREY] == curves[LEVIN] == pytest.approx([np.mean(grey)])
    assert curves["small"] == pytest.approx([np.mean(plain)])


def test_an_error_seeking_user_needs_fewer_places(
    photographs: list[Photograph], candidate: Candidate
) -> None:
    random, seeking = (
        reveal(photographs, {"small": candidate}, (12,), by, quiet=True)
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


def test_the_command_tells_it(
    vidcolor: Callable, folder: Path, weights: Path, tmp_path: Path
) -> None:
    """As a table with the published figures, as JSON and as a plot."""
    arguments = ["train", "evaluate", "--weights", weights, "--data", folder, "--device", "cpu"]
    plot = tmp_path / "reveal.png"
    run = vidcolor(*arguments, "--reveal", "all,4,histogram,0", "--reveal-plot", plot)
    assert run.code == 0, run.err
    lines = run.out.splitlines()
    begin = next(n for n, line in enumerate(lines) if "by number of places" in line)
    table = lines[begin : begin + 5]
    assert table[0].strip() == "PSNR dB by number of places of true color"
    assert table[1].split() == ["0", "4", "all"]
    assert [line.split()[0] for line in table[2:]] == [GREY, LEVIN, str(weights)]
    assert lines[begin + 7].split() == ["automatic", "saturation", "histogram", "all"]
    own = lines[begin + 8].split()
    assert own[0] == str(weights)
    assert own[2] == "-"
    assert own[4] == table[4].split()[3]
    published = {line.rstrip()[:18]: line.split()[-4:] for line in lines[begin + 9 :]}
    assert published["Zhang 2017, local "] == ["24.43", "-", "-", "37.70"]
    assert published["Zhang 2017, global"] == ["25.65", "-", "28.57", "-"]  # of SUN, the last
    with Image.open(plot) as drawn:
        assert drawn.size[0] > 1000
    json_run = vidcolor(*arguments, "--reveal", "0,4,all,histogram", "--json")
    told = json.loads(json_run.out)["reveal"]
    assert (told["by"], told["counts"]) == ("random", [0, 4, "all"])
    for line, curve in zip(table[2:], told["psnr"].values(), strict=True):
        assert [float(part) for part in line.split()[1:]] == pytest.approx(curve, abs=0.006)
    assert set(json.loads(json_run.out)["told"][str(weights)]) == {"automatic", "histogram", "all"}


@pytest.mark.parametrize("given", ["1,x", "1,,2", "some", "-1", "all,1e3"])
def test_counts_that_are_none_are_refused(vidcolor: Callable, folder: Path, given: str) -> None:
    run = vidcolor("train", "evaluate", "--data", folder, f"--reveal={given}")
    assert run.code == 2
    assert f"'{given}' is not understood; write 1,10,50 or all, saturation, histogram" in run.err


def test_a_plot_of_nothing_is_refused(vidcolor: Callable, folder: Path, tmp_path: Path) -> None:
    plot = tmp_path / "reveal.png"
    run = vidcolor("train", "evaluate", "--data", folder, "--reveal-plot", plot)
    assert run.code == 2
    assert "--reveal" in run.err
    assert not plot.exists()
