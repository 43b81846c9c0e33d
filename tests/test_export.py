"""The network as ONNX, against torch and against the chroma that vidcolor itself makes of it."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from vidcolor.bins import ColorBins
from vidcolor.checkpoint import Checkpoint, Decoding
from vidcolor.errors import TrainingError
from vidcolor.model import ColorUNet, ColorUNetDims
from vidcolor.target import Target
from vidcolor.train import export as module
from vidcolor.train.export import export

LAYOUTS = {
    "compact": ColorUNetDims(bins=6, stem=4, down=(4, 8), bottleneck=8, up=(8, 4), context=3),
    "with blocks": ColorUNetDims(6, down=(4, 8), bottleneck=8, up=(8, 4), blocks=(1, 2)),
    "published": ColorUNetDims(bins=6, down=(4, 4, 8), up=(8, 4, 4)),
    "without skips": ColorUNetDims(bins=6, down=(4, 8), up=(8, 4), skips=False),
    "with an encoder": ColorUNetDims(
        6, 0, (), 8, (8, 4), context=3, blocks=(1, 1), encoder="efficientnet-lite0"
    ),
    "flat": ColorUNetDims(bins=6, down=(), bottleneck=8, up=()),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_torchs_probabilities_at_every_size(layout: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = ColorUNet(LAYOUTS[layout])
    for _ in range(3):
        network(torch.rand(4, 1, 32, 32))
    bins = ColorBins(torch.rand(6, 2) - 0.5, torch.full((6,), 1 / 6), 0.1)
    checkpoint = Checkpoint("some", network.eval(), bins, Decoding(0.5, 0.25, 64))
    export(checkpoint, Target(tmp_path / "some.onnx", tmp_path, overwrite=False))

    session = onnxruntime.InferenceSession(tmp_path / "some.onnx")
    for batch, height, width in ((1, 1, 1), (1, 8, 8), (2, 7, 30), (3, 33, 16), (1, 50, 51)):
        luma = torch.rand(batch, 1, height, width)
        (given,) = session.run(["probabilities"], {"luma": luma.numpy()})
        with torch.inference_mode():
            wanted = network(luma).softmax(1).numpy()
        assert given.shape == wanted.shape
        assert given == pytest.approx(wanted, abs=1e-5)


def test_the_file_says_how_to_decode(
    vidcolor: Callable, checkpoint: Checkpoint, weights: Path, tmp_path: Path
) -> None:
    """By the formula in its description, from its metadata alone."""
    output = tmp_path / "small.onnx"
    done = vidcolor("train", "export", "--weights", weights, "-o", output)
    assert (done.code, done.err) == (0, "")
    assert done.out == f"{output}: 0.0 MB\n"
    model = onnx.load(output)
    onnx.checker.check_model(model, full_check=True)
    assert "rebalancing_weight^rebalance" in model.doc_string
    said = {entry.key: json.loads(entry.value) for entry in model.metadata_props}
    assert (said["weights"], said["output_stride"], said["working_size"]) == ("small", 4, 64)

    session = onnxruntime.InferenceSession(output)
    luma = torch.rand(2, 1, 24, 32)
    (probabilities,) = session.run(None, {"luma": luma.numpy()})
    z = probabilities * np.reshape(said["rebalancing_weights"], (1, -1, 1, 1)) ** said["rebalance"]
    shares = z ** (1 / said["temperature"])
    uv = np.einsum("bnhw,nc->bchw", shares / shares.sum(1, keepdims=True), said["centers"])
    with torch.inference_mode():
        wanted = checkpoint.bins.decode(checkpoint.model(luma).softmax(1), 0.5, 0.25)
    assert uv == pytest.approx(wanted.numpy(), abs=1e-4)


def test_the_file_tells_nothing_of_the_machine(weights: Path, checkpoint: Checkpoint) -> None:
    output = weights.with_suffix(".onnx")
    export(checkpoint, Target(output, weights, overwrite=False))
    assert str(Path(module.__file__).parents[1]).encode() not in output.read_bytes()
    assert b".py" not in output.read_bytes()


def test_what_differs_from_torch_is_not_left(
    checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TOLERANCE", -1.0)
    with pytest.raises(TrainingError, match="small: exported, its probabilities for 1 x 1 pixels"):
        export(checkpoint, Target(tmp_path / "small.onnx", tmp_path, overwrite=False))
    assert not list(tmp_path.iterdir())


def test_existing_files_are_kept(vidcolor: Callable, weights: Path, tmp_path: Path) -> None:
    output = tmp_path / "small.onnx"
    output.write_text("precious")
    done = vidcolor("train", "export", "--weights", weights, "-o", output)
    assert (done.code, output.read_text()) == (2, "precious")
    assert "--overwrite replaces it" in done.err
    assert vidcolor("train", "export", "--weights", weights, "-o", output, "--overwrite").code == 0
    assert onnx.load(output).graph.name == "vidcolor"
    refused = vidcolor("train", "export", "--weights", weights, "-o", weights, "--overwrite")
    assert (refused.code, "is the input itself" in refused.err) == (2, True)


@pytest.mark.parametrize("package", ["onnx", "onnxruntime", "onnxscript"])
def test_a_missing_package_is_named(
    package: str, checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(TrainingError, match=rf"export needs {package}; pip install .*\[export\]"):
        export(checkpoint, Target(tmp_path / "small.onnx", tmp_path, overwrite=False))
