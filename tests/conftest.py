"""Shared by all tests: a small untrained network with real bins, a film, photographs to train on,
and runs of the program."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from children import heeded_signals
from hint_films import make_shots
from PIL import Image
from skimage import data as samples

from vidcolor.cli.main import main
from vidcolor.color.bins import ColorBins
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.net.decoding import Decoding
from vidcolor.net.model import ColorUNet, ColorUNetDims
from vidcolor.output.scheduling import scheduled_as_before
from vidcolor.train.data.pack import pack

torch.set_num_threads(1)  # a network this small only waits for further threads

CHROMIUM = "chromium", "chromium-browser", "google-chrome"
"""What the browser's program may be called."""

SMALL = ColorUNetDims(bins=8, stem=4, down=(4, 8), bottleneck=8, up=(8,))


def small_checkpoint() -> Checkpoint:
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
def checkpoint() -> Checkpoint:
    """An untrained network."""
    return small_checkpoint()


@pytest.fixture(autouse=True)
def scheduling() -> Iterator[None]:
    """Tests that make clips by SVT-AV1 leave no real-time threads to those that follow."""
    with scheduled_as_before():
        yield


@pytest.fixture
def colorizer(checkpoint: Checkpoint) -> Colorizer:
    """One with this network, in batches of four."""
    return Colorizer(checkpoint, device="cpu", precision="fp32", batch_size=4)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Of three shots; see `hint_films`."""
    make_shots(tmp_path / "film.mkv")
    return tmp_path / "film.mkv"


@pytest.fixture
def weights(checkpoint: Checkpoint, tmp_path: Path) -> Path:
    """The same, saved."""
    path = tmp_path / "small.safetensors"
    checkpoint.save(path)
    return path


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photographs in three classes, one of them turned by its EXIF tag, and a broken file."""
    folder = tmp_path_factory.mktemp("photographs")
    for name, picture in {
        "sky/rocket": samples.rocket(),
        "table/coffee": samples.coffee(),
        "animals/chelsea": samples.chelsea(),
    }.items():
        (folder / name).parent.mkdir()
        for part, columns in enumerate(np.array_split(picture, 4, axis=1)):
            Image.fromarray(columns).save(folder / f"{name}-{part}.png")
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(samples.coffee()[:160, :80]).save(folder / "table/turned.jpg", exif=exif)
    (folder / "sky/broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no photograph")
    (folder / "sky/notes.txt").write_text("not an image")
    return folder


@pytest.fixture(scope="session")
def packed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those of `folder`, packed."""
    target = tmp_path_factory.mktemp("packed")
    summary = pack([folder], target, 0.2)
    assert summary.training + summary.validation == 13
    assert summary.validation > 0
    assert summary.left_out == {"unreadable": 1}
    return target


@dataclass(frozen=True)
class Run:
    """What a run of the program left: its exit code and what it printed."""

    code: object
    out: str
    err: str


@pytest.fixture
def vidcolor(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Run]:
    """Runs `vidcolor` with the arguments given, within this process for speed.

    What libraries print past Python counts as printed.
    """

    def run(*arguments: object) -> Run:
        monkeypatch.setattr(sys, "argv", ["vidcolor", *map(str, arguments)])
        with heeded_signals(), pytest.raises(SystemExit) as end:
            main()
        return Run(end.value.code, *capfd.readouterr())

    return run


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium: a build of its own, as Playwright has, can't be had everywhere.

    Tests of pages are skipped without it.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if chromium is None:
        pytest.skip("there is no Chromium; on Debian: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        # As root, as in CI, Chromium runs only without its sandbox; it visits nobody but us.
        found = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 100 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", folder]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)
