"""Several inputs, made by a process that is watched over."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from children import heed_signals
from clips import make_clip
from sequences import make_sequence

from vidcolor.jobs.journal import work_folder


def stuck_reel(folder: Path) -> Path:
    """Frames of which one is a pipe into which nobody writes: reading it takes for ever."""
    make_sequence(folder, numbers=range(200))
    (folder / "000190.dpx").unlink()
    os.mkfifo(folder / "000190.dpx")
    return folder


def test_a_film_that_stands_still_stops_no_other(
    tmp_path: Path, weights: Path, vidcolor: Callable[..., Any]
) -> None:
    inputs = [stuck_reel(tmp_path / "a"), tmp_path / "b"]
    make_sequence(inputs[1], numbers=range(3))
    again = vidcolor(
        "colorize", *inputs, "-o", tmp_path / "out", "--rate", 24, "--patience", 3,
        "--weights", weights, "--precision", "fp32",
    )  # fmt: skip
    assert again.code == 1
    assert f"Error: {inputs[0]}: no progress for 3 s: ended and passed over" in again.err
    assert again.err.splitlines()[-1] == f"Error: 1 of 2 inputs failed: {inputs[0]}"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b.color.mkv"]


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.long)])
def test_stopped_it_says_what_is_done(tmp_path: Path, weights: Path, jobs: int) -> None:
    """As with a single film; and no process is left."""
    make_clip(tmp_path / "a.mkv", times=range(0, 300_000, 1000), gop=10)
    make_clip(tmp_path / "b.mkv")
    command = [sys.executable, "-m", "vidcolor", "colorize", tmp_path / "a.mkv", tmp_path / "b.mkv"]
    options = ["--weights", weights, "--encoder", "ffv1", "--jobs", jobs]
    run = subprocess.Popen(
        list(map(str, [*command, *options])), stderr=subprocess.PIPE, text=True,
        preexec_fn=heed_signals, start_new_session=True,
    )  # fmt: skip
    folder = work_folder(tmp_path / "a.color.mkv")
    while run.poll() is None and not (folder / "0.json").exists():
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 130, err
    assert " of 5 segments are done: the same command goes on" in err
    left = ["ps", "-o", "pid=,args=", "-g", str(run.pid)]
    until = time.monotonic() + 10
    while (found := subprocess.run(left, capture_output=True, text=True).stdout) and (
        time.monotonic() < until
    ):
        time.sleep(0.1)
    assert not found
