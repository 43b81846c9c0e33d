"""Shared by all tests: a small untrained network with real bins."""

from pathlib import Path

import pytest
import torch

from vidcolor.bins import ColorBins
from vidcolor.checkpoint import Checkpoint, Decoding
from vidcolor.model import ColorUNet, ColorUNetDims

SMALL = ColorUNetDims(bins=8, stem=4, down=(4, 8), bottleneck=8, up=(8,))


@pytest.fixture
def checkpoint() -> Checkpoint:
    """Untrained, but with statistics and weights that give every pixel its own distribution."""
    torch.manual_seed(1)
    model = ColorUNet(SMALL)
    for _ in range(5):
        model(torch.rand(4, 1, 32, 32))
    model.up[-1].after.weight.data *= 20
    angles = torch.arange(8) * torch.pi / 4
    centers = 0.2 * torch.stack([angles.cos(), angles.sin()], 1)
    frequencies = torch.arange(1, 9) / 36
    bins = ColorBins(centers, frequencies, 0.1)
    return Checkpoint("small", model.eval(), bins, Decoding(0.5, 0.25, 64))


@pytest.fixture
def weights(checkpoint: Checkpoint, tmp_path: Path) -> Path:
    """The same, saved."""
    path = tmp_path / "small.safetensors"
    checkpoint.save(path)
    return path
