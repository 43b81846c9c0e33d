"""A film that was stopped midway: what is left of it, what is said, and how it goes on."""

import json
import pickle
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from children import heed_signals
from clips import make_clip, planes_of, times_of
from orders import FFV1, assert_same_film, assert_same_result, in_one_go, in_segments, order_of

from vidcolor.errors import InputError, OutputError, UsageError
from vidcolor.hints.file import Hints
from vidcolor.hints.marks import Point
from vidcolor.jobs.journal import Journal, tidy_up, work_folder
from vidcolor.jobs.run import Means, colorize_film
from vidcolor.jobs.status import film_status
from vidcolor.net.engine import openvino_version
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.listener import Listener
from vidcolor.pipeline.notes import MEMORY_NOTE
from vidcolor.pipeline.order import Order


class StoppedError(Exception):
    """Ends a run, as a signal or a fault does."""


@pytest.fixture(scope="module")
def reel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five minutes with a frame a second: five segments of the usual length."""
    path = tmp_path_factory.mktemp("reel") / "reel.mkv"
    make_clip(path, times=range(0, 300_000, 1000), gop=10, audio="flac")
    return path


@pytest.fixture
def order(tmp_path: Path, weights: Path) -> Order:
    """A film of four segments of 1 s."""
    make_clip(tmp_path / "a.mkv", times=range(0, 4000, 40), gop=5, audio="flac")
    quick = {"window": 2, "look_ahead": 1, "motion": False}
    return order_of(weights, tmp_path / "a.mkv", tmp_path / "b.mkv", quick)


def stopped(order: Order, frames: int) -> BaseException:
    """What comes out of a run in segments of 1 s that is stopped when so many frames are done."""

    def progress(done: int, seconds: Fraction, length: Fraction | None) -> None:
        if done == frames:
            raise StoppedError

    colorizer = order.settings.make_colorizer(order.device)
    with pytest.raises(StoppedError) as end:
        colorize_film(
            order, colorizer, Means(length=Fraction(1)), listener=Listener(progress=progress)
        )
    return end.value


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("devices", [(), pytest.param(("cpu", "cpu"), marks=pytest.mark.long)])
def test_only_what_is_missing_is_made(
    tmp_path: Path, order: Order, devices: tuple[str, ...]
) -> None:
    end = stopped(order, 65)
    folder = work_folder(order.output)
    assert names(tmp_path) == {"a.mkv", "small.safetensors", folder.name}
    (note,) = end.__notes__
    assert re.fullmatch(
        rf"2 of 4 segments are done: the same command goes on; 'rm -r {folder}' removes them "
        r"\(0\.\d MB\)",
        note,
    )
    made = {name: (folder / name).stat().st_mtime_ns for name in ("0.part", "1.part")}
    stopped(order, 85)
    for name, when in made.items():
        assert (folder / name).stat().st_mtime_ns == when
    result, said = in_segments(order, "1", devices)
    assert said == ["going on: 3 of 4 segments are done", *result.notes]
    assert_same_result(result, in_one_go(order, tmp_path / "whole.mkv"))
    assert_same_film(order.output, tmp_path / "whole.mkv")
    assert names(tmp_path) == {"a.mkv", "b.mkv", "whole.mkv", "small.safetensors"}


def test_with_hints_it_goes_on_while_they_say_the_same(tmp_path: Path, order: Order) -> None:
    """With marks in a segment that is done, in one that is cut short and in one to come."""
    moments = Fraction("0.4"), Fraction("2.4"), Fraction("3.4")
    points = [Point(moment, (0.5, 0.5), "#c03020") for moment in moments]
    order = replace(order, hints=Hints(points=tuple(points)))
    end = stopped(replace(order, keep=True), 65)
    assert end.__notes__[1].startswith("2 of 4 segments are done")
    other = replace(order, hints=Hints(points=tuple(points[:2])))
    with pytest.raises(UsageError, match="hints"):
        in_segments(other, "1")
    _, said = in_segments(order, "1")
    assert said[0] == "going on: 2 of 4 segments are done"
    in_one_go(order, tmp_path / "whole.mkv")
    assert_same_film(order.output, tmp_path / "whole.mkv")
    kept = planes_of(Path(end.__notes__[0].removeprefix("kept: ")))
    whole = planes_of(order.output)
    for one, other in zip(kept, whole, strict=False):
        assert all(map(np.array_equal, one, other))
    in_one_go(replace(order, hints=None), tmp_path / "plain.mkv")
    plain = planes_of(tmp_path / "plain.mkv")
    for frame in (10, 60, 85):
        assert not np.array_equal(whole[frame][2], plain[frame][2])


def test_nothing_is_left_where_nothing_is_done(tmp_path: Path, order: Order) -> None:
    assert not hasattr(stopped(order, 10), "__notes__")
    assert names(tmp_path) == {"a.mkv", "small.safetensors"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"temperature": 0.9}, "temperature 0.5, now 0.9"),
        ({"encoder": EncoderSettings("ffv1", options=(("slices", "4"),))}, "encoder ffv1, now"),
        ({"source": None}, r"\(source\)"),
        pytest.param(
            {"engine": "torch"},
            "engine openvino, now torch",
            marks=pytest.mark.skipif(openvino_version() is None, reason="there is one engine"),
        ),
    ],
)
def test_another_order_is_refused_or_begins_anew(
    tmp_path: Path, order: Order, change: dict[str, Any], words: str
) -> None:
    stopped(order, 65)
    if "source" in change:
        make_clip(order.source, times=range(0, 4000, 40), gop=5, audio="flac")
        other = order
    elif "encoder" in change:
        other = replace(order, **change)
    else:
        other = replace(order, settings=replace(order.settings, **change))
    with pytest.raises(UsageError, match=words) as refused:
        in_segments(other, "1")
    assert "--overwrite" in str(refused.value)
    assert Journal(work_folder(order.output)).record(1)
    result, said = in_segments(other, "1", overwrite=True)
    assert said == list(result.notes)
    in_one_go(other, tmp_path / "whole.mkv")
    assert_same_film(order.output, tmp_path / "whole.mkv")


@pytest.mark.parametrize("devices", [(), ("cpu", "cpu")])
def test_a_source_that_changes_midway_is_no_film(
    tmp_path: Path, order: Order, devices: tuple[str, ...]
) -> None:
    """Another film takes its name while its segments are made; nothing of either is taken over."""
    other = tmp_path / "other.mkv"
    make_clip(other, times=range(0, 4000, 40), gop=5, audio="flac")

    def replace_it(done: int, seconds: Fraction, length: Fraction | None) -> None:
        if other.exists():
            other.replace(order.source)

    colorizer = order.settings.make_colorizer(order.device)
    means, listener = Means(devices, length=Fraction(1)), Listener(progress=replace_it)
    with pytest.raises(InputError, match="has changed while it was being read") as end:
        colorize_film(order, colorizer, means, listener=listener)
    assert not hasattr(end.value, "__notes__")
    assert names(tmp_path) == {"a.mkv", "small.safetensors"}


def test_given_again_with_overwrite_it_goes_on(tmp_path: Path, order: Order) -> None:
    stopped(order, 65)
    order.output.write_text("an older film")
    with pytest.raises(UsageError, match="exists already"):
        in_segments(order, "1")
    _, said = in_segments(order, "1", overwrite=True)
    assert said[0] == "going on: 2 of 4 segments are done"
    assert len(times_of(order.output)) == 100


@pytest.mark.parametrize("harm", ["0.part", "1.json", "journal.json"])
def test_what_a_crash_left_half_written_is_made_anew(
    tmp_path: Path, order: Order, harm: str
) -> None:
    stopped(order, 65)
    file = work_folder(order.output) / harm
    file.write_bytes(file.read_bytes()[:-9])
    _, said = in_segments(order, "1")
    assert [line for line in said if "going on" in line] == (
        [] if harm == "journal.json" else ["going on: 1 of 4 segments are done"]
    )
    in_one_go(order, tmp_path / "whole.mkv")
    assert_same_film(order.output, tmp_path / "whole.mkv")


def test_what_memory_made_of_the_batches_holds_on(order: Order) -> None:
    stopped(order, 65)
    journal = Journal(work_folder(order.output))
    record = journal.record(1)
    assert record
    assert record.batch_size == order.settings.batch_size == 5
    content = replace(record, batch_size=2).as_dict()
    (journal.folder / "1.json").write_text(json.dumps(content))
    sizes: list[int] = []

    def progress(done: int, seconds: Fraction, length: Fraction | None) -> None:
        if made := journal.record(2):
            sizes.append(made.batch_size)

    colorizer = order.settings.make_colorizer(order.device)
    means, listener = Means(length=Fraction(1)), Listener(progress=progress)
    result = colorize_film(order, colorizer, means, listener=listener)
    assert set(sizes) == {2}
    assert MEMORY_NOTE in result.notes


def test_keep_joins_what_is_done(tmp_path: Path, order: Order) -> None:
    end = stopped(replace(order, keep=True), 65)
    assert end.__notes__[1].startswith("2 of 4 segments are done")
    kept = Path(end.__notes__[0].removeprefix("kept: "))
    assert times_of(kept) == times_of(order.source)[: len(times_of(kept))]
    assert 40 < len(times_of(kept)) < 65
    _, said = in_segments(order, "1")
    assert said[0] == "going on: 2 of 4 segments are done"


@contextmanager
def locked_elsewhere(folder: Path) -> Iterator[None]:
    """Within the context another thread, as another process would, works in the folder."""
    began, over = threading.Event(), threading.Event()

    def work() -> None:
        with Journal(folder).locked():
            began.set()
            over.wait(60)

    thread = threading.Thread(target=work)
    thread.start()
    began.wait(60)
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_status(tmp_path: Path, order: Order) -> None:
    with pytest.raises(InputError, match="neither done nor begun"):
        film_status(order.output)
    stopped(order, 65)
    folder = work_folder(order.output)
    line = film_status(order.output)
    assert re.fullmatch(
        rf"{order.output}: 2 of 4 segments are done, about \d+ s of work for one process to go; "
        rf"nobody makes it now: the same command goes on; 'rm -r {folder}' removes \S+ MB",
        line,
    )
    with locked_elsewhere(folder):
        assert film_status(order.output).endswith("; it is being made")
        with pytest.raises(UsageError, match="another vidcolor is making this film"):
            in_segments(order, "1")
    in_segments(order, "1")
    assert film_status(order.output) == f"{order.output}: done"


def test_status_on_a_disk_that_is_read_only(small_disk: Path, order: Order) -> None:
    order = replace(order, output=small_disk / "b.mkv")
    subprocess.run(["mount", "-o", "remount,size=4m", small_disk], check=True)
    stopped(order, 65)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert "2 of 4 segments are done" in film_status(order.output)


def test_a_film_that_can_not_be_given_its_name_needs_no_new_work(
    tmp_path: Path, order: Order
) -> None:
    def occupy(done: int, seconds: Fraction, length: Fraction | None) -> None:
        order.output.write_text("precious")

    colorizer = order.settings.make_colorizer(order.device)
    with pytest.raises(OutputError, match="came to exist meanwhile") as end:
        colorize_film(
            order, colorizer, Means(length=Fraction(1)), listener=Listener(progress=occupy)
        )
    assert end.value.__notes__[0].startswith("4 of 4 segments are done")
    assert order.output.read_text() == "precious"
    order.output.unlink()
    _, said = in_segments(order, "1")
    assert said[0] == "going on: 4 of 4 segments are done"
    assert len(times_of(order.output)) == 100


@pytest.mark.parametrize("late", [True, False])
def test_a_run_killed_at_its_very_end_leaves_nothing_for_long(
    tmp_path: Path, order: Order, vidcolor: Callable[..., Any], late: bool
) -> None:
    """late: the film was there already, and only its work folder was not gone."""
    code = """if True:
        import os, pickle, sys, torch
        from fractions import Fraction
        from vidcolor.files import Target
        from vidcolor.jobs import journal, run
        def end(*_):
            os.kill(os.getpid(), 9)
        if sys.argv[1] == "True":
            journal.Journal.remove = end
        else:
            Target.commit = end
        order = pickle.loads(sys.stdin.buffer.read())
        torch.set_num_threads(1)
        colorizer = order.settings.make_colorizer("cpu")
        run.colorize_film(order, colorizer, run.Means(length=Fraction(1)))
    """
    done = subprocess.run([sys.executable, "-c", code, str(late)], input=pickle.dumps(order))
    assert done.returncode == -9
    folder = work_folder(order.output)
    left = names(tmp_path) - {"a.mkv", "small.safetensors", folder.name}
    assert folder.is_dir()
    assert len(left) == 1
    assert order.output.exists() == late
    if late:
        again = vidcolor("colorize", order.source, "-o", order.output)
        assert again.code == 2
        assert "exists already" in again.err
    else:
        _, said = in_segments(order, "1")
        assert said[0] == "going on: 4 of 4 segments are done"
    assert names(tmp_path) == {"a.mkv", "b.mkv", "small.safetensors"}
    in_one_go(order, tmp_path / "whole.mkv")
    assert_same_film(order.output, tmp_path / "whole.mkv")


@pytest.mark.parametrize("left", [set(), {"output"}, {"output", "1.part", "lock"}])
def test_a_run_killed_while_it_tidies_up_leaves_nothing_for_long(
    tmp_path: Path, left: set[str]
) -> None:
    output = tmp_path / "b.mkv"
    output.write_text("the film")
    journal = Journal(work_folder(output))
    journal.folder.mkdir()
    for name in left:
        (journal.folder / name).write_text(str(output.stat().st_ino))
    tidy_up(output)
    assert names(tmp_path) == {"b.mkv"}


def test_a_long_name_has_a_work_folder_too(tmp_path: Path, order: Order) -> None:
    order = replace(order, output=tmp_path / ("n" * 251 + ".mkv"))
    stopped(order, 65)
    _, said = in_segments(order, "1")
    assert said[0] == "going on: 2 of 4 segments are done"
    assert len(times_of(order.output)) == 100


def test_the_work_folder_may_lie_elsewhere(tmp_path: Path, order: Order) -> None:
    colorizer = order.settings.make_colorizer(order.device)
    means = Means((), tmp_path / "work", Fraction(1))
    seen: list[set[str]] = []

    def progress(done: int, seconds: Fraction, length: Fraction | None) -> None:
        seen.append(names(tmp_path / "work"))

    colorize_film(order, colorizer, means, listener=Listener(progress=progress))
    assert {frozenset(each) for each in seen} == {
        frozenset([work_folder(order.output, tmp_path / "work").name])
    }
    assert not any((tmp_path / "work").iterdir())


def test_a_full_disk(tmp_path: Path, small_disk: Path, order: Order) -> None:
    """What is done stays, and when there is room again, it goes on."""
    ballast = small_disk / "ballast"
    order = replace(order, output=small_disk / "b.mkv")
    colorizer = order.settings.make_colorizer(order.device)

    def fill(done: int, seconds: Fraction, length: Fraction | None) -> None:
        if done == 65:
            ballast.write_bytes(bytes(shutil.disk_usage(small_disk).free - 4096))

    subprocess.run(["mount", "-o", "remount,size=4m", small_disk], check=True)
    with pytest.raises(OutputError, match="the disk is full; free some space") as full:
        colorize_film(order, colorizer, Means(length=Fraction(1)), listener=Listener(progress=fill))
    assert full.value.__notes__[0].startswith("2 of 4 segments are done")
    ballast.unlink()
    _, said = in_segments(order, "1")
    assert said[0] == "going on: 2 of 4 segments are done"
    in_one_go(order, tmp_path / "whole.mkv")
    assert_same_film(order.output, tmp_path / "whole.mkv")


# Processes that are killed


@pytest.fixture
def start(weights: Path, reel: Path, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts `vidcolor colorize reel` in a process of its own."""

    def run(*arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "vidcolor", "colorize", reel, "-o", tmp_path / "b.mkv"]
        options = ["--weights", weights, "--encoder", "ffv1", "--precision", "fp32"]
        return subprocess.Popen(
            [*map(str, [*command, *options, *arguments])],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heed_signals,
        )  # fmt: skip

    return run


def wait_for_segments(folder: Path, count: int, run: subprocess.Popen[str]) -> None:
    while run.poll() is None and len(list(folder.glob("[0-9]*.json"))) < count:
        time.sleep(0.01)


def finished(tmp_path: Path, weights: Path, reel: Path, hints: Hints | None = None) -> None:
    """The film is there and is that of one go, and nothing else is."""
    settings = order_of(weights, reel, reel).settings
    order = Order(reel, tmp_path / "b.mkv", settings, encoder=FFV1, hints=hints)
    order = replace(order, settings=replace(order.settings, working_size=None, batch_size=None))
    in_one_go(order, tmp_path / "whole.mkv")
    assert_same_film(order.output, tmp_path / "whole.mkv")
    assert names(tmp_path) == {"b.mkv", "whole.mkv", "small.safetensors"}


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.long)])
def test_killed_outright_it_goes_on(
    tmp_path: Path,
    weights: Path,
    reel: Path,
    start: Callable[..., subprocess.Popen[str]],
    jobs: int,
) -> None:
    run = start("--jobs", jobs)
    wait_for_segments(work_folder(tmp_path / "b.mkv"), 2, run)
    run.kill()
    run.communicate()
    again = start("--jobs", jobs)
    _, err = again.communicate(timeout=120)
    assert again.returncode == 0, err
    first = err.splitlines()[0]
    assert re.fullmatch(rf"{reel}: going on: [234] of 5 segments are done", first), err
    finished(tmp_path, weights, reel)


@pytest.mark.parametrize("hinted", [False, True])
def test_a_signal_leaves_what_is_done_and_says_so(
    tmp_path: Path,
    weights: Path,
    reel: Path,
    start: Callable[..., subprocess.Popen[str]],
    hinted: bool,
) -> None:
    hints = Hints(points=(Point(Fraction(100), (0.5, 0.5), "#c03020"),)) if hinted else None
    arguments: list[object] = []
    if hinted:
        point = 'at = "1:40"\nxy = [0.5, 0.5]\ncolor = "#c03020"'
        file = reel.with_name("hints.toml")
        file.write_text(f"version = 1\n[[point]]\n{point}\n")
        arguments = ["--hints", file]
    run = start(*arguments)
    folder = work_folder(tmp_path / "b.mkv")
    wait_for_segments(folder, 1, run)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=120)
    assert run.returncode == 130
    *_, last = err.splitlines()
    assert re.fullmatch(r"[1-4] of 5 segments are done: .+ removes them \(\S+ MB\)", last), err
    assert hinted or last == err.strip()
    assert names(tmp_path) == {folder.name, "small.safetensors"}
    again = start(*arguments)
    again.communicate(timeout=120)
    assert again.returncode == 0
    finished(tmp_path, weights, reel, hints)
