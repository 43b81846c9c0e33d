"""Folders of films and photographs: what is found, what is made of it, and by which run."""

import csv
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from children import heed_signals
from clips import make_clip, tags_of
from orders import FFV1, order_of
from PIL import Image
from sequences import make_sequence

from vidcolor.frame_sequence import FrameSequence
from vidcolor.jobs.folder import Item, find_items
from vidcolor.jobs.folder_run import FolderPlan, make_folder
from vidcolor.jobs.ledger import Entry, Ledger
from vidcolor.jobs.run import Means
from vidcolor.pipeline.film import Result
from vidcolor.pipeline.listener import Listener
from vidcolor.pipeline.order import Order

SHORT = range(0, 400, 40)
POINT = """version = 1
[[point]]
at = "0.1"
xy = [0.5, 0.5]
color = "#a04038"
"""


def make_archive(folder: Path) -> Path:
    """Films of equal names, frames beside a film of their name, a photograph, and what is none."""
    (folder / "sub/deep").mkdir(parents=True)
    make_clip(folder / "a.mkv", times=SHORT)
    make_clip(folder / "a.mp4", codec="libx264", times=SHORT)
    make_clip(folder / "a.avi", codec="mpeg4", times=SHORT)
    make_clip(folder / "sub/deep/a.mkv", times=SHORT, audio="flac")
    make_sequence(folder / "sub/reel", numbers=range(12))
    make_clip(folder / "sub/reel.mkv", times=SHORT)
    Image.new("L", (64, 48), 90).save(folder / "sub/a.png")
    (folder / "a.hints.toml").write_text(POINT)
    (folder / "notes.txt").write_text("no film")
    (folder / "bad.mkv").write_bytes(bytes(3000))
    (folder / ".hidden.mkv").write_bytes(bytes(3000))
    (folder / "gone.mkv").symlink_to(folder / "nothing")
    (folder / "again").symlink_to(folder / "sub")
    return folder


MADE = {
    "a.avi": "a.avi.color.mkv",
    "a.mkv": "a.color.mkv",
    "a.mp4": "a.color.mp4",
    "sub/a.png": "sub/a.color.png",
    "sub/deep/a.mkv": "sub/deep/a.color.mkv",
    "sub/reel": "sub/reel/reel.color.mkv",
    "sub/reel.mkv": "sub/reel.color.mkv",
}
PASSED_OVER = {
    "a.hints.toml": "hints",
    "again": "a link to a folder, which is not followed",
    "notes.txt": "no film or photograph",
}


def outputs(out: Path) -> set[str]:
    """The outputs in a folder, without its ledger and logs."""
    files = (path.relative_to(out) for path in out.rglob("*") if path.is_file())
    return {str(f) for f in files if f.parts[0] != ".vidcolor" and f.stem != "vidcolor"}


def test_what_is_found(tmp_path: Path) -> None:
    folder = make_archive(tmp_path / "archive")
    out = folder / "out"
    (out / "sub").mkdir(parents=True)
    make_clip(out / "sub/b.mkv", times=SHORT)
    items = find_items(folder, out, Fraction(24))
    assert {i.name: str(i.output.relative_to(out)) for i in items if i.reason is None} == {
        **MADE, "bad.mkv": "bad.color.mkv", "notes.txt": "notes.txt.color.mkv"
    }  # fmt: skip
    assert {i.name: i.reason for i in items if i.reason is not None} == {
        name: reason for name, reason in PASSED_OVER.items() if name != "notes.txt"
    } | {"gone.mkv": "a link that leads nowhere"}
    (sequence,) = (item.source for item in items if isinstance(item.source, FrameSequence))
    assert sequence.rate == 24
    (named,) = (item for item in find_items(folder, out, None) if item.name == "sub/reel")
    assert named.reason == "12 numbered frames: with --rate they are a film"


def test_files_that_would_become_one_are_refused(tmp_path: Path) -> None:
    folder, out = tmp_path / "archive", tmp_path / "out"
    folder.mkdir()
    for name in ("a.avi", "a.avi.mkv", "B.mkv", "b.mkv"):
        (folder / name).touch()
    reasons = {item.name: item.reason for item in find_items(folder, out, None)}
    assert [name for name, reason in reasons.items() if reason] == ["a.avi", "a.avi.mkv"]
    assert "rename one of them" in str(reasons["a.avi"])
    assert all(item.reason for item in find_items(folder, out, None, folds_case=True))


@pytest.fixture
def run(weights: Path, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts `vidcolor colorize archive -o out --recursive` in a process of its own."""

    def start(*arguments: object) -> subprocess.Popen[str]:
        words = [tmp_path / "archive", "-o", tmp_path / "out", "--recursive", "--weights", weights]
        options = ["--encoder", "ffv1", "--precision", "fp32", *arguments]
        return subprocess.Popen(
            [sys.executable, "-m", "vidcolor", "colorize", *map(str, [*words, *options])],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heed_signals,
        )  # fmt: skip

    return start


def test_a_folder(tmp_path: Path, run: Callable[..., subprocess.Popen[str]]) -> None:
    folder = make_archive(tmp_path / "archive")
    (folder / "a.mp4").unlink()  # ffv1 does not go into it
    long = "b" * 248 + ".mkv"  # with .color it is too long
    make_clip(folder / long, times=SHORT)
    out, err = (first := run("--rate", 24)).communicate(timeout=120)
    assert first.returncode == 1, err
    made = {name: output for name, output in MADE.items() if name != "a.mp4"}
    assert outputs(tmp_path / "out") == set(made.values())
    with (tmp_path / "out/vidcolor.csv").open(newline="") as table:
        rows = {row["input"]: row for row in csv.DictReader(table)}
    logged = {row["input"]: row for row in json.loads((tmp_path / "out/vidcolor.json").read_text())}
    assert rows.keys() == logged.keys()
    colored = {name: row for name, row in rows.items() if row["outcome"] == "colorized"}
    assert {name: row["output"] for name, row in colored.items()} == made
    for name, reason in PASSED_OVER.items():
        assert (logged[name]["outcome"], logged[name]["reason"]) == ("passed over", reason)
        assert f"passed over: {folder / name}: {reason}" in err.splitlines()
    assert {name for name, row in logged.items() if row["outcome"] == "failed"} == {
        "bad.mkv", "gone.mkv", long
    }  # fmt: skip
    assert "the name is too long" in logged[long]["reason"]
    assert err.splitlines()[-1] == f"Error: 3 of 12 failed: gone.mkv, bad.mkv, {long}"
    assert out.splitlines()[-4].split()[:2] == ["colorized", "6"]
    assert " hints=" in tags_of(tmp_path / "out/a.color.mkv")["comment"]
    assert " hints=" not in tags_of(tmp_path / "out/sub/reel.color.mkv")["comment"]

    for name in ("gone.mkv", "bad.mkv", long):
        (folder / name).unlink()
    (folder / "b.color.mkv").write_bytes((tmp_path / "out/a.color.mkv").read_bytes())
    before = {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in made.values()}
    out, err = (second := run("--rate", 24)).communicate(timeout=120)
    assert second.returncode == 0, err
    assert {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in before} == before
    assert f"passed over: {folder / 'b.color.mkv'}: vidcolor 0.1.0 made it" in err.splitlines()
    assert [line.split()[:3] for line in out.splitlines()[:-1]] == [
        ["passed", "over", "4"], ["there", "already", "6"]
    ]  # fmt: skip


@pytest.mark.long
def test_two_runs_share_a_folder(tmp_path: Path, run: Callable[..., subprocess.Popen[str]]) -> None:
    (tmp_path / "archive").mkdir()
    names = [f"{n}.mkv" for n in range(8)]
    for name in names:
        make_clip(tmp_path / "archive" / name, times=range(0, 2000, 40))
    made = []
    for each in [run("--json"), run("--json")]:
        out, err = each.communicate(timeout=120)
        assert each.returncode == 0, err
        made += [json.loads(line)["input"] for line in out.splitlines()]
        assert not err or "left for later" not in err
    assert sorted(made) == [str(tmp_path / "archive" / name) for name in names]
    assert outputs(tmp_path / "out") == {f"{n}.color.mkv" for n in range(8)}


def test_what_another_run_tried_meanwhile_is_left_at_that_whatever_the_clocks(
    tmp_path: Path, weights: Path
) -> None:
    """A failure of an earlier run is tried again, even one that is stamped with times to come."""
    (tmp_path / "archive").mkdir()
    for name in ("a.mkv", "b.mkv"):
        make_clip(tmp_path / "archive" / name, times=SHORT)
    told = Told(tmp_path, weights)
    ledger = Ledger(told.plan.out)
    ledger.enter(Entry("a.mkv", "a.color.mkv", "failed", "an early one", ended=4e9))

    def fail_elsewhere(item: Item) -> None:
        ledger.enter(Entry("b.mkv", "b.color.mkv", "failed", "by another run", ended=1.0))

    entries = told.make(fail_elsewhere)
    assert (entries["a.mkv"].outcome, entries["b.mkv"].reason) == ("colorized", "by another run")


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_stopped_it_goes_on(
    tmp_path: Path, run: Callable[..., subprocess.Popen[str]], number: int
) -> None:
    (tmp_path / "archive").mkdir()
    for n in range(4):
        make_clip(tmp_path / f"archive/{n}.mkv", times=range(0, 8000, 40))
    first = run()
    while first.poll() is None and not (tmp_path / "out/0.color.mkv").exists():
        time.sleep(0.01)
    first.send_signal(number)
    first.communicate(timeout=60)
    assert first.returncode == (-9 if number == signal.SIGKILL else 143)
    early = outputs(tmp_path / "out")
    second = run("--json")
    out, err = second.communicate(timeout=120)
    assert second.returncode == 0, err
    made = {Path(json.loads(line)["output"]).name for line in out.splitlines()}
    assert made == {f"{n}.color.mkv" for n in range(4)} - early
    assert outputs(tmp_path / "out") == {f"{n}.color.mkv" for n in range(4)}


# Films that stop, and processes that die


class Told:
    """What is told of a folder that is made in this process, with a small network."""

    def __init__(self, tmp_path: Path, weights: Path, patience: float = 600) -> None:
        self.entries: dict[str, Entry] = {}
        settings = order_of(weights, tmp_path, tmp_path).settings
        self.plan = FolderPlan(
            tmp_path / "archive", tmp_path / "out", Fraction(24),
            lambda source, output, note: Order(source, output, self.plan.settings, "cpu", FFV1),
            settings, ("cpu",), Means(), patience,
        )  # fmt: skip

    def make(self, progress: Callable[[Item], None] = lambda item: None) -> dict[str, Entry]:
        @contextmanager
        def show(item: Item) -> Iterator[Listener]:
            yield Listener(progress=lambda *_: progress(item))

        def tell(item: Item, entry: Entry, result: Result | None) -> None:
            self.entries[item.name] = entry

        items = find_items(self.plan.folder, self.plan.out, self.plan.rate)
        make_folder(self.plan, items, Ledger(self.plan.out), show, tell)
        return self.entries


def test_a_film_that_stops_is_passed_over(tmp_path: Path, weights: Path) -> None:
    """Reading from a pipe into which nobody writes takes for ever."""
    (tmp_path / "archive").mkdir()
    make_sequence(tmp_path / "archive/a", numbers=range(200))
    (tmp_path / "archive/a/000190.dpx").unlink()
    os.mkfifo(tmp_path / "archive/a/000190.dpx")
    make_clip(tmp_path / "archive/b.mkv", times=SHORT)
    entries = Told(tmp_path, weights, patience=2).make()
    assert (entries["a"].outcome, entries["b.mkv"].outcome) == ("failed", "colorized")
    assert entries["a"].reason.startswith("no progress for 2 s: ended and passed over")
    assert outputs(tmp_path / "out") == {"b.color.mkv"}
    assert not multiprocessing.active_children()


@pytest.mark.long
def test_a_film_whose_process_dies_is_passed_over(tmp_path: Path, weights: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "archive").mkdir(exist_ok=True)
        make_clip(tmp_path / f"archive/{name}.mkv", times=range(0, 8000, 40))

    def kill(item: Item) -> None:
        if item.name == "a.mkv":
            for child in multiprocessing.active_children():
                child.kill()

    told = Told(tmp_path, weights)
    assert told.make(kill)["a.mkv"].reason.startswith("the process that made it ended with code -9")
    assert told.entries["b.mkv"].outcome == "colorized"
    assert told.make()["a.mkv"].outcome == "colorized"
    assert told.entries["b.mkv"].outcome == "there already"
    assert outputs(tmp_path / "out") == {"a.color.mkv", "b.color.mkv"}


def test_only_what_was_asked_for_otherwise_is_made_anew(tmp_path: Path, weights: Path) -> None:
    (tmp_path / "archive").mkdir()
    make_clip(tmp_path / "archive/a.mkv", times=SHORT)
    told = Told(tmp_path, weights)
    told.make()
    otherwise = replace(told.plan.settings, decay=0.5)
    for settings, outcome in [(told.plan.settings, "there already"), (otherwise, "colorized")]:
        told.plan = replace(told.plan, settings=settings, remake=True)
        assert told.make()["a.mkv"].outcome == outcome


def test_a_film_of_the_same_name_is_not_taken_for_done(tmp_path: Path, weights: Path) -> None:
    (tmp_path / "archive").mkdir()
    make_clip(tmp_path / "archive/a.mkv", times=SHORT)
    told = Told(tmp_path, weights)
    assert told.make()["a.mkv"].outcome == "colorized"
    make_clip(tmp_path / "archive/a.mkv", times=range(0, 1000, 40))
    entry = told.make()["a.mkv"]
    assert (entry.outcome, "made of another file" in entry.reason) == ("failed", True)
    told.plan = replace(told.plan, remake=True)
    entry = told.make()["a.mkv"]
    assert (entry.outcome, entry.frames) == ("colorized", 25)
