"""The network computed by OpenVINO, against torch's."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage import data as samples

from vidcolor.color.bins import ColorBins
from vidcolor.color.yuv import rgb_to_yuv
from vidcolor.errors import DeviceError
from vidcolor.net.bundled import bundled
from vidcolor.net.checkpoint import load
from vidcolor.net.device import is_native
from vidcolor.net.engine import resolve_engine
from vidcolor.net.model import COMPACT, PUBLISHED, ColorUNet, ColorUNetDims, folded
from vidcolor.net.predictor import Predictor, resize, working_shape

pytest.importorskip("openvino", reason="the extra 'fast' is not installed")

from vidcolor.net import openvino_network
from vidcolor.net.openvino_network import OpenVinoNetwork

CPU = torch.device("cpu")
PRETRAINED = ColorUNetDims(
    32, 0, (), 320, (224, 112, 64), context=256, blocks=(2, 1), encoder="efficientnet-lite0"
)
NATIVE = [each for each in (torch.float32, torch.bfloat16) if is_native(each, CPU)]


def predictors(model: ColorUNet, precision: torch.dtype) -> tuple[Predictor, Predictor]:
    """Return torch's, in single precision, and OpenVINO's."""
    count = model.dims.bins
    bins = ColorBins(torch.rand(count, 2) - 0.5, torch.full((count,), 1 / count), 0.1)
    return (
        Predictor(model, bins, CPU, torch.float32),
        Predictor(model, bins, CPU, precision, "openvino"),
    )


def trained(dims: ColorUNetDims) -> ColorUNet:
    """Return a network whose norms have statistics, and whose every layer has an effect."""
    torch.manual_seed(0)
    model = ColorUNet(dims)
    for name, parameter in model.named_parameters():
        if parameter.ndim == 1 and name.endswith("weight"):
            torch.nn.init.uniform_(parameter, 0.5, 1.5)
        elif name.startswith("context"):
            torch.nn.init.normal_(parameter, std=0.1)
    output = [layer for layer in model.modules() if isinstance(layer, torch.nn.Conv2d)][-1]
    output.weight.data *= 20
    for _ in range(3):
        model(torch.rand(4, 1, 64, 64))
    return model.eval()


@pytest.mark.parametrize(
    "dims",
    [
        PUBLISHED,
        replace(COMPACT, context=16, blocks=(1, 2)),
        PRETRAINED,
        ColorUNetDims(8, down=(), bottleneck=4, up=()),
        replace(PRETRAINED, up=(8, 8, 8, 8), skips=False),
        ColorUNetDims(8, 4, (4, 8), 0, (8, 4, 4), skips=False),
    ],
)
@pytest.mark.parametrize("size", [(1, 1), (37, 50), (64, 64), (121, 3)])
def test_every_layout_says_at_every_size_what_it_says_in_torch(
    dims: ColorUNetDims, size: tuple[int, int]
) -> None:
    reference, ours = predictors(trained(dims), torch.float32)
    luma = torch.rand(2, 1, *size)
    expected = reference.probabilities(luma)
    assert expected.std() > 1e-3
    torch.testing.assert_close(ours.probabilities(luma), expected, atol=1e-5, rtol=1e-3)
    if min(size) > 1:  # of a single place there is nothing to tell from the mean
        given, expected = ours.features(luma), reference.features(luma)
        torch.testing.assert_close(given, expected, atol=1e-4, rtol=1e-3)


@pytest.fixture
def threads() -> Iterator[Callable[[int], None]]:
    """Sets how many threads compute, until the test ends."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.mark.parametrize("precision", NATIVE)
def test_neither_batch_nor_threads_change_a_bit_of_the_logits(
    precision: torch.dtype, threads: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvino_network, "_PIXELS_A_THREAD", 1)  # so that all of them compute
    luma = torch.rand(8, 1, 108, 192)
    model = folded(load("film").model)
    whole = OpenVinoNetwork(model, precision)(luma)
    for count, size in ((1, 1), (1, 3), (2, 8), (2, 3), (3, 1)):
        threads(count)
        network = OpenVinoNetwork(model, precision)
        parts = torch.cat([network(part) for part in luma.split(size)])
        assert torch.equal(parts, whole), (count, size)


@pytest.mark.parametrize("size", [3, 5])
def test_a_picture_is_the_same_wherever_it_stands_in_a_batch(
    size: int, threads: Callable[[int], None]
) -> None:
    threads(2)
    _, ours = predictors(load("film").model, torch.float32)
    luma = torch.rand(size, 1, 108, 192)
    given = ours.probabilities(luma)
    for places in range(1, size):
        assert torch.equal(ours.probabilities(luma.roll(places, 0)), given.roll(places, 0))


@pytest.mark.parametrize("precision", NATIVE)
@pytest.mark.parametrize("weights", bundled())
def test_the_chroma_is_that_of_torch_in_single_precision(
    weights: str, precision: torch.dtype
) -> None:
    """As promised, to less than a quarter of a code of 8 bits in the mean."""
    checkpoint = load(weights)
    reference, ours = predictors(checkpoint.model, precision)
    reference.bins = ours.bins = checkpoint.bins
    differences = []
    for picture in (samples.astronaut(), samples.coffee(), samples.chelsea(), samples.rocket()):
        y, _, _ = rgb_to_yuv(*torch.from_numpy(picture / np.float32(255)).unbind(2))
        stride, size = checkpoint.model.dims.output_stride, checkpoint.decoding.working_size
        shape = working_shape(*y.shape, 1, size, stride)
        luma = resize(y[None, None].float(), shape).clamp(0, 1)
        chroma = [
            each.chroma(each.probabilities(luma), checkpoint.decoding) for each in (reference, ours)
        ]
        differences.append(255 * float((chroma[0] - chroma[1]).abs().mean()))
    assert np.mean(differences) < 0.25


def test_a_fifth_shape_displaces_none_in_use() -> None:
    """Each compiled network takes memory, so that few are kept."""
    reference, ours = predictors(trained(PUBLISHED), torch.float32)
    for side in (16, 20, 24, 28, 32, 36, 16, 20):
        luma = torch.rand(1, 1, side, side)
        given, expected = ours.probabilities(luma), reference.probabilities(luma)
        torch.testing.assert_close(given, expected, atol=1e-5, rtol=1e-3)


def test_who_computes() -> None:
    cuda = torch.device("cuda")
    assert resolve_engine("auto", CPU, torch.float32) == "openvino"
    assert resolve_engine("torch", CPU, torch.float32) == "torch"
    assert resolve_engine("auto", cuda, torch.float16) == "torch"
    with pytest.raises(DeviceError, match="not on cuda; add --device cpu"):
        resolve_engine("openvino", cuda, torch.float16)
    if not is_native(torch.bfloat16, CPU):
        assert resolve_engine("auto", CPU, torch.bfloat16) == "torch"
        with pytest.raises(DeviceError, match="add --precision fp32"):
            resolve_engine("openvino", CPU, torch.bfloat16)


def test_nothing_is_reported_to_anyone(tmp_path: Path) -> None:
    """OpenVINO's own import would say so over the network, and make a folder at home."""
    code = (
        "import sys, vidcolor.net.openvino_network\n"
        "print('openvino' in sys.modules, 'openvino_telemetry' in sys.modules, "
        "'openvino.tools.ovc' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={**os.environ, "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.stdout.split() == ["True", "False", "False"]
    assert not any(tmp_path.iterdir())


def test_running_out_of_memory_is_known_as_that() -> None:
    """So that batches shrink, or one line tells of it."""
    done = subprocess.run(
        [sys.executable, "-c", _LITTLE_MEMORY], capture_output=True, text=True, check=False
    )
    assert done.stdout == "True\n", done.stderr


_LITTLE_MEMORY = """
import resource, torch
from pathlib import Path
from vidcolor.errors import is_out_of_memory
from vidcolor.net.checkpoint import load
from vidcolor.net.model import folded
from vidcolor.net import openvino_network
from vidcolor.net.openvino_network import OpenVinoNetwork
network = OpenVinoNetwork(folded(load().model), torch.float32)
network(torch.rand(1, 1, 32, 32))
luma = torch.rand(1, 1, 8000, 8000)
taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + (500 << 20), -1))
try:
    network(luma)
except RuntimeError as error:
    print(is_out_of_memory(error))
"""
