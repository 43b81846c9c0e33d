"""Shared by all tests: a small untrained network with real bins, and runs of the program."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from vidcolor.bins import ColorBins
from vidcolor.checkpoint import Checkpoint, Decoding
from vidcolor.cli import main
from vidcolor.model import ColorUNet, ColorUNetDims

torch.set_num_threads(1)  # a network this small only waits for further threads

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


@dataclass(frozen=True)
class Run:
    """What a run of the program left: its exit code and what it printed."""

    code: object
    out: str
    err: str


@pytest.fixture
def vidcolor(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Run]:
    """Runs `vidcolor` with the arguments given, within this process for speed."""

    def run(*arguments: object) -> Run:
        monkeypatch.setattr(sys, "argv", ["vidcolor", *map(str, arguments)])
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        handlers = [signal.getsignal(number) for number in numbers]
        try:
            with pytest.raises(SystemExit) as end:
                main()
        finally:
            for number, handler in zip(numbers, handlers, strict=True):
                signal.signal(number, handler)
        return Run(end.value.code, *capsys.readouterr())

    return run


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 100 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", folder]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)
