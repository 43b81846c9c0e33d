"""`vidcolor studio` as a process: its address, its end, and what it refuses."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from children import heed_signals


@contextmanager
def running(tmp_path: Path, *arguments: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Runs it; the process, and the line with the address."""
    command = [sys.executable, "-m", "vidcolor", "studio", *map(str, arguments), "--no-browser"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_signals,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")},
    ) as process:
        assert process.stdout
        try:
            yield process, process.stdout.readline()
        finally:
            process.kill()


def test_it_serves_a_page_and_ends_by_a_signal(film: Path, weights: Path, tmp_path: Path) -> None:
    with running(tmp_path, film, "--weights", weights, "--device", "cpu") as (process, line):
        address = re.fullmatch(rf"{film}: open (http://127\.0\.0\.1:\d+/\?token=\S+)\n", line)
        assert address
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        assert b"<!doctype html>" in opener.open(address[1]).read().lower()
        second = subprocess.run(
            [sys.executable, "-m", "vidcolor", "studio", film, "--no-browser"],
            capture_output=True, text=True,
        )  # fmt: skip
        assert second.returncode == 2
        fresh = re.search(r"is open already at (http://\S+)\n", second.stderr)
        assert fresh
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        assert opener.open(fresh[1]).status == 200
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 130
        assert errors == ""
    assert {each.name for each in film.parent.iterdir()} <= {film.name, weights.name, "cache"}


def test_a_signal_stops_the_job_too(film: Path, weights: Path, tmp_path: Path) -> None:
    with running(tmp_path, film, "--weights", weights, "--device", "cpu") as (process, line):
        address = line.split(" open ")[1].strip()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        opener.open(address).read()
        origin = address.partition("/?")[0]
        asked = urllib.request.Request(
            f"{origin}/api/job", b"{}", {"Origin": origin}, method="POST"
        )
        opener.open(asked).read()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 143
        assert errors == ""
    assert not film.with_name("film.color.mkv").exists()
    assert not [each for each in film.parent.iterdir() if each.suffix == ".mkv" and each != film]


@pytest.mark.parametrize("content", [None, b"", b"no film at all"])
def test_an_unreadable_film_is_told_before_the_browser_opens(
    content: bytes | None, tmp_path: Path, vidcolor: Callable[..., Any]
) -> None:
    path = tmp_path / "film.mkv"
    if content is not None:
        path.write_bytes(content)
    done = vidcolor("studio", path)
    assert done.code == 1
    assert re.fullmatch(rf"Error: {path}: .*\n", done.err)
    assert not (tmp_path / ".film.mkv.studio").exists()


def test_other_machines_are_let_in_with_a_warning(
    film: Path, weights: Path, tmp_path: Path
) -> None:
    options = "--weights", weights, "--host", "film-room"
    with running(tmp_path, film, *options) as (process, line):
        assert "http://film-room:" in line
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert errors.startswith("Warning: other machines can reach the page")
    assert errors.count("\n") == 1
