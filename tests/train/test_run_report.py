"""The report of a run: complete, and nothing outside itself."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from pages import Page, decoded
from PIL import Image

from vidcolor.color.bins import ColorBins
from vidcolor.draw.bin_charts import bin_histograms, swatches
from vidcolor.errors import TrainingError
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.train.cli import train
from vidcolor.train.data.pack import pack
from vidcolor.train.data.photographs import Photographs
from vidcolor.train.fit.report import loss_curves


def _trained(packed: Path, run: Path, *changes: str) -> Path:
    """A short run of a small network."""
    settings = ["stem=4", "down=[4, 8]", "bottleneck=8", "up=[8]", "bins=8", "batch=4", "steps=8"]
    settings += ["save_every=4", "crop=32", "final_crop=32", "working_size=64", *changes]
    arguments = ["fit", "quick", "--data", str(packed), "-o", str(run), "--device", "cpu"]
    arguments += [part for setting in settings for part in ("--set", setting)]
    CliRunner().invoke(train, arguments, catch_exceptions=False)
    return run


@pytest.fixture(scope="module")
def trained(packed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _trained(packed, tmp_path_factory.mktemp("runs") / "short")


def test_sheets_show_the_same_photographs_at_every_save(trained: Path) -> None:
    sheets = sorted((trained / "sheets").iterdir())
    assert [path.name for path in sheets] == ["step-0000004.png", "step-0000008.png"]
    one, other = (np.asarray(Image.open(path)).astype(int) for path in sheets)
    assert one.shape == other.shape
    assert (one != other).any()
    grey, truth = one.shape[1] // 8, one.shape[1] - one.shape[1] // 8
    assert np.array_equal(one[:, :grey], other[:, :grey])
    assert np.array_equal(one[:, truth:], other[:, truth:])


def test_the_page_is_whole_and_stands_alone(
    packed: Path, trained: Path, tmp_path: Path, vidcolor: Callable
) -> None:
    path = tmp_path / "page.html"
    arguments = ["report", str(trained), "--data", str(packed), "-o", str(path)]
    done = CliRunner().invoke(train, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    page_text = path.read_text()
    page = Page(page_text)
    assert [heading.split()[0].rstrip(",:") for heading in page.texts["h2"]] == [
        "Recipe", "Loss", "Figures", "Bins", "Samples", "Bland", "Worst",
    ]  # fmt: skip
    assert len(page.sources) == 5
    for source in page.sources:
        with decoded(source) as picture:
            assert min(picture.size) > 50
    again = vidcolor("train", *arguments)
    assert (again.code, path.read_text()) == (2, page_text)
    assert "exists already; --overwrite replaces it" in again.err
    assert page.stands_alone()
    rows = {row[0] for row in page.rows}
    assert {"truth", "grey", "quantized", "mean", "accuracy", "defaults"} <= rows


def test_the_page_shows_the_classes_that_the_run_took(folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    pack([folder], data, 0.5)
    photographs = Photographs(data)
    labels = photographs.labels[photographs.validation]
    name = photographs.class_names[labels[0]]
    run = _trained(data, tmp_path / "run", f'classes=["{name}"]', "batch=2")
    CliRunner().invoke(train, ["report", str(run), "--data", str(data)], catch_exceptions=False)
    count = (labels == labels[0]).sum()
    assert count < len(labels)
    assert f"Figures on {count} validation photographs" in (run / "report.html").read_text()


def test_a_run_without_weights_has_no_report(packed: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="holds no trained weights yet"):
        CliRunner().invoke(
            train, ["report", str(tmp_path), "--data", str(packed)], catch_exceptions=False
        )


def test_swatches_have_the_colours_of_their_bins(checkpoint: Checkpoint) -> None:
    colors = swatches(checkpoint.bins)
    assert colors.shape == (8, 3)
    assert colors.min() >= 0
    assert colors.max() <= 1 + 1e-6
    blue, red = checkpoint.bins.centers.argmax(0)
    assert colors[red].argmax() == 0
    assert colors[blue].argmax() == 2


def test_charts_are_pictures() -> None:
    log = [{"step": step, "loss": 1 / step} for step in (10, 20)]
    bins = ColorBins(torch.tensor([[0.0, 0], [0.1, 0]]), torch.tensor([0.75, 0.25]), 0.1)
    shares = {"training": np.array([0.75, 0.25]), "predicted": np.array([1.0, 0])}
    for chart in (loss_curves(log), bin_histograms(bins, shares)):
        with Image.open(io.BytesIO(chart)) as picture:
            assert len(np.unique(np.asarray(picture).reshape(-1, 4), axis=0)) > 10
