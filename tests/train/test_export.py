"""The network as ONNX, against torch and against the chroma that vidcolor itself makes of it."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from conftest import small_checkpoint

from vidcolor.color.bins import ColorBins
from vidcolor.colorize.pool import RADIUS, SIGMA
from vidcolor.errors import TrainingError
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.net.decoding import Decoding
from vidcolor.net.model import ColorUNet, ColorUNetDims
from vidcolor.train import export as module
from vidcolor.train.export import export

LAYOUTS = {
    "compact": ColorUNetDims(bins=6, stem=4, down=(4, 8), bottleneck=8, up=(8, 4), context=3),
    "with blocks": ColorUNetDims(6, down=(4, 8), bottleneck=8, up=(8, 4), blocks=(1, 2), context=3),
    "published": ColorUNetDims(bins=6, down=(4, 4, 8), up=(8, 4, 4)),
    "without skips": ColorUNetDims(bins=6, down=(4, 8), up=(8, 4), skips=False),
    "with an encoder": ColorUNetDims(
        6, 0, (), 8, (8, 4), context=3, blocks=(1, 1), encoder="efficientnet-lite0"
    ),
    "flat": ColorUNetDims(bins=6, down=(), bottleneck=8, up=()),
    "pairs": ColorUNetDims(bins=9, down=(4, 8), up=(8, 4), pairs="independent"),
    "hypercolumn": ColorUNetDims(9, 4, (4, 8), 8, (8, 4), hypercolumn=5, pairs="chained"),
}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The untrained network, exported."""
    folder = tmp_path_factory.mktemp("exported")
    (folder / "small.onnx").write_bytes(export(small_checkpoint()))
    return folder / "small.onnx"


@pytest.mark.parametrize(
    "layout",
    [
        "with blocks",
        "flat",
        "hypercolumn",
        pytest.param("pairs", marks=pytest.mark.long),
        pytest.param("published", marks=pytest.mark.long),
        pytest.param("compact", marks=pytest.mark.long),
        pytest.param("without skips", marks=pytest.mark.long),
    ],
)
def test_every_layout_gives_torchs_probabilities_at_every_size(layout: str) -> None:
    torch.manual_seed(0)
    network = ColorUNet(LAYOUTS[layout])
    for _ in range(3):
        network(torch.rand(4, 1, 32, 32))
    n = network.dims.bins
    bins = ColorBins(torch.rand(n, 2) - 0.5, torch.full((n,), 1 / n), 0.1)
    checkpoint = Checkpoint("some", network.eval(), bins, Decoding(0.5, 0.25, 64))
    session = onnxruntime.InferenceSession(export(checkpoint))
    for batch, height, width in ((1, 1, 1), (1, 8, 8), (2, 7, 30), (3, 33, 16), (1, 50, 51)):
        luma = torch.rand(batch, 1, height, width)
        (given,) = session.run(["probabilities"], {"luma": luma.numpy()})
        with torch.inference_mode():
            wanted = network(luma).softmax(1).numpy()
        assert given.shape == wanted.shape
        assert given == pytest.approx(wanted, abs=1e-5)


def test_the_file_says_how_to_decode(checkpoint: Checkpoint, tmp_path: Path) -> None:
    """By the formula in its description, from its metadata alone."""
    decoding = replace(checkpoint.decoding, saturation=1.4)
    exported = tmp_path / "saturated.onnx"
    exported.write_bytes(export(replace(checkpoint, decoding=decoding)))
    model = onnx.load(exported)
    onnx.checker.check_model(model, full_check=True)
    assert "rebalancing_weight^rebalance" in model.doc_string
    said = {entry.key: json.loads(entry.value) for entry in model.metadata_props}
    assert (said["weights"], said["output_stride"], said["working_size"]) == ("small", 4, 64)

    session = onnxruntime.InferenceSession(exported)
    luma = torch.rand(2, 1, 24, 32)
    (probabilities,) = session.run(None, {"luma": luma.numpy()})
    z = probabilities * np.reshape(said["rebalancing_weights"], (1, -1, 1, 1)) ** said["rebalance"]
    shares = z ** (1 / said["temperature"])
    uv = np.einsum("bnhw,nc->bchw", shares / shares.sum(1, keepdims=True), said["centers"])
    with torch.inference_mode():
        wanted = checkpoint.bins.decode(checkpoint.model(luma).softmax(1), 0.5, 0.25)
    assert uv * said["saturation"] == pytest.approx(1.4 * wanted.numpy(), abs=1e-4)
    assert (said["pool"], said["pool_radius"], said["pool_sigma"]) == (False, RADIUS, SIGMA)


def test_the_file_tells_nothing_of_the_machine(exported: Path) -> None:
    assert str(Path(module.__file__).parents[1]).encode() not in exported.read_bytes()
    assert b".py" not in exported.read_bytes()


def test_what_differs_from_torch_is_not_left(
    vidcolor: Callable, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TOLERANCE", -1.0)
    output = weights.with_suffix(".onnx")
    done = vidcolor("train", "export", "--weights", weights, "-o", output)
    assert (done.code, done.out) == (1, "")
    assert "small: exported, its probabilities for 1 x 1 pixels are off" in done.err
    assert list(output.parent.iterdir()) == [weights]


def test_on_a_full_disk_it_is_one_line_and_nothing_is_left(
    vidcolor: Callable, weights: Path, small_disk: Path
) -> None:
    (small_disk / "other").write_bytes(bytes(90_000))
    output = small_disk / "small.onnx"
    done = vidcolor("train", "export", "--weights", weights, "-o", output)
    words = "the disk is full; free some space or write elsewhere"
    assert (done.code, done.out, done.err) == (1, "", f"Error: {output}: {words}\n")
    assert [path.name for path in small_disk.iterdir()] == ["other"]


def test_existing_files_are_kept(vidcolor: Callable, weights: Path, tmp_path: Path) -> None:
    output = tmp_path / "small.onnx"
    output.write_text("precious")
    done = vidcolor("train", "export", "--weights", weights, "-o", output)
    assert (done.code, output.read_text()) == (2, "precious")
    assert "--overwrite replaces it" in done.err
    done = vidcolor("train", "export", "--weights", weights, "-o", output, "--overwrite")
    assert (done.code, done.out, done.err) == (0, f"{output}: 0.0 MB\n", "")
    assert onnx.load(output).graph.name == "vidcolor"
    refused = vidcolor("train", "export", "--weights", weights, "-o", weights, "--overwrite")
    assert (refused.code, "is the input itself" in refused.err) == (2, True)


@pytest.mark.parametrize("package", ["onnx", "onnxruntime", "onnxscript"])
def test_a_missing_package_is_named(
    package: str, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(TrainingError, match=rf"export needs {package}; pip install .*\[export\]"):
        export(checkpoint)
