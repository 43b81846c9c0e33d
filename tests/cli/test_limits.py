"""Limits that the system sets a process: each ends a command in one line."""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import make_clip, times_of

Limited = Callable[..., subprocess.CompletedProcess[str]]

COMMANDS = [
    ["info"],
    ["info", "film.mkv"],
    ["colorize", "film.mkv"],
    ["colorize", "photograph.png"],
    ["preview", "film.mkv"],
    ["tune", "film.mkv"],
    ["confidence", "film.mkv"],
    ["palette", "film.mkv"],
    ["compare", "film.mkv", "film.mkv"],
    ["measure", "film.mkv"],
    ["demo"],
    ["train", "pack", "pictures", "-o", "packed"],
    ["train", "fit", "quick", "--data", "packed", "-o", "run"],
    ["train", "find-lr", "quick", "--data", "packed"],
    ["train", "evaluate", "--data", "packed"],
    ["train", "mix", "film=1", "-o", "mixed.safetensors"],
    ["train", "export", "-o", "film.onnx"],
    ["train", "report", "run", "--data", "packed"],
]


@pytest.fixture
def limited(tmp_path: Path) -> Limited:
    """Runs `vidcolor` in a folder with a film and photographs, under a limit of the system."""
    make_clip(tmp_path / "film.mkv")
    for folder in ("pictures", "packed", "run"):
        (tmp_path / folder).mkdir()
    for place in (tmp_path / "photograph.png", tmp_path / "pictures" / "a.png"):
        cv2.imwrite(str(place), np.full((48, 64, 3), 99, np.uint8))

    def run(kind: int, limit: int, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "vidcolor", *arguments],
            capture_output=True, text=True, check=False, cwd=tmp_path,
            preexec_fn=lambda: resource.setrlimit(kind, (limit, limit)),
        )  # fmt: skip

    return run


def one_line(run: subprocess.CompletedProcess[str], *words: str) -> None:
    """Exit code 1 and one line, with these words."""
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (1, "", 1), run.stderr
    assert run.stderr.startswith("Error: ")
    assert all(word in run.stderr for word in words), run.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_too_little_address_space_is_told_before_libraries_load(
    limited: Limited, command: list[str]
) -> None:
    """Loaded halfway, some of them abort, and OpenBLAS tries for ever."""
    run = limited(resource.RLIMIT_AS, 600 << 20, *command)
    one_line(run, "600 MB", "raise the limit (ulimit -v unlimited)")


@pytest.mark.parametrize(
    ("kind", "letter"), [(resource.RLIMIT_AS, "v"), (resource.RLIMIT_DATA, "d")]
)
def test_each_limit_of_memory_is_told(limited: Limited, kind: int, letter: str) -> None:
    one_line(limited(kind, 200 << 20, "measure", "film.mkv"), f"(ulimit -{letter} unlimited)")


def test_help_and_wrong_usage_need_little_memory(limited: Limited) -> None:
    assert limited(resource.RLIMIT_AS, 200 << 20, "colorize", "--help").returncode == 0
    assert limited(resource.RLIMIT_AS, 200 << 20, "colorize", "--crf").returncode == 2


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_closed_stream_of_the_three_harms_no_film(tmp_path: Path, number: int) -> None:
    make_clip(tmp_path / "film.mkv")
    run = subprocess.run(
        [sys.executable, "-m", "vidcolor", "colorize", "film.mkv", "--preset", "ultrafast"],
        cwd=tmp_path, check=False, preexec_fn=lambda: os.close(number),
    )  # fmt: skip
    assert run.returncode == 0
    assert len(times_of(tmp_path / "film.color.mkv")) == 12


def test_too_few_threads_to_decode_are_told_as_that() -> None:
    """Root has no such limit: another user runs it, with root's right to read all files."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root may become another user")
    rights = "+dac_override,+dac_read_search"
    user = ["setpriv", "--reuid=65533", "--inh-caps", rights, "--ambient-caps", rights]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        make_clip(Path(folder, "film.mkv"))
        run = subprocess.run(
            [*user, sys.executable, "-c", _FEW_THREADS],
            capture_output=True, text=True, check=False, cwd=folder,
        )  # fmt: skip
    assert run.stdout == "True\n", run.stderr


_FEW_THREADS = """
import resource
from pathlib import Path
from vidcolor.errors import is_out_of_threads
from vidcolor.input.source import Source
source = Source(Path("film.mkv"))
source.video.codec_context.thread_count = 8
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
try:
    list(source.items())
except BlockingIOError as error:
    print(is_out_of_threads(error))
"""
