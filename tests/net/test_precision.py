"""Rounded numbers in the network hardly change the colour."""

import pytest
import torch

from vidcolor.net.checkpoint import Checkpoint, load
from vidcolor.net.device import is_native
from vidcolor.net.engine import openvino_version
from vidcolor.net.predictor import Predictor

CPU = torch.device("cpu")


@pytest.fixture(scope="module", params=["film", "landscape"])
def weights(request: pytest.FixtureRequest) -> Checkpoint:
    return load(request.param)


def pictures() -> torch.Tensor:
    """Return luma (4, 1, 108, 192) as rough as photographs are: its spectrum falls as 1 / f."""
    generator = torch.Generator().manual_seed(3)
    noise = torch.fft.rfft2(torch.randn(4, 1, 108, 192, generator=generator))
    down, across = torch.fft.fftfreq(108)[:, None], torch.fft.rfftfreq(192)
    falling = 1 / torch.hypot(down, across).clamp_min(1 / 192)
    luma = torch.fft.irfft2(noise * falling, s=(108, 192))
    return (0.5 + 0.2 * luma / luma.std((2, 3), keepdim=True)).clamp(0, 1)


def chroma(weights: Checkpoint, precision: torch.dtype, engine: str) -> torch.Tensor:
    predictor = Predictor(weights.model, weights.bins, CPU, precision, engine)
    return predictor.chroma(predictor.probabilities(pictures()), weights.decoding)


@pytest.mark.parametrize("engine", ["torch", "openvino"])
def test_bf16_moves_chroma_by_less_than_an_eighth_of_a_code(
    weights: Checkpoint, engine: str
) -> None:
    if engine == "openvino" and not (openvino_version() and is_native(torch.bfloat16, CPU)):
        pytest.skip("no OpenVINO, or no bf16 here")
    exact = chroma(weights, torch.float32, "torch")
    moved = 255 * (chroma(weights, torch.bfloat16, engine) - exact).abs().mean((1, 2, 3))
    assert moved.min() > 0
    assert moved.max() < 0.125, moved


def test_float32_is_the_same_with_openvino(weights: Checkpoint) -> None:
    if not openvino_version():
        pytest.skip("no OpenVINO")
    exact = chroma(weights, torch.float32, "torch")
    torch.testing.assert_close(chroma(weights, torch.float32, "openvino"), exact, atol=1e-3, rtol=0)
