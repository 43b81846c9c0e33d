"""Encoders leave the scheduling of the process as it was."""

import os
from contextlib import suppress
from pathlib import Path

import av
import pytest

from vidcolor import Colorizer, colorize_file
from vidcolor.output.encoders import EncoderSettings
from vidcolor.output.scheduling import scheduled_as_before

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or not Path("/proc/self/task").exists(),
    reason="only where Linux runs it as root does SVT-AV1 make threads real-time",
)


def policies() -> set[int]:
    """The scheduling policies of the threads of this process."""
    found = set()
    for thread in [int(each.name) for each in Path("/proc/self/task").iterdir()]:
        with suppress(ProcessLookupError):  # it has ended meanwhile
            found.add(os.sched_getscheduler(thread))
    return found


def test_what_makes_threads_real_time_is_taken_back() -> None:
    """The calling thread, and those begun within."""
    context = av.VideoCodecContext.create("libsvtav1", "w")
    context.width = context.height = 64
    context.pix_fmt, context.framerate = "yuv420p", 24
    with scheduled_as_before():
        context.open()
        assert policies() == {os.SCHED_OTHER, os.SCHED_FIFO}
    assert policies() == {os.SCHED_OTHER}


def test_a_film_by_svt_av1_takes_no_precedence(
    film: Path, colorizer: Colorizer, tmp_path: Path
) -> None:
    seen: list[set[int]] = []
    colorize_file(
        film,
        tmp_path / "out.mkv",
        colorizer,
        encoder=EncoderSettings("libsvtav1", preset="12"),
        progress=lambda *_: seen.append(policies()),
    )
    assert seen
    assert set().union(*seen) == {os.SCHED_OTHER}
