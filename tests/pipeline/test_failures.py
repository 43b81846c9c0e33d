"""Faults injected into runs of the program: what is left, what is said, and the exit code."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from children import ENDING, files_of_at_most, heed_signals
from clips import make_clip, times_of
from copying import copy

from vidcolor.errors import OutputError
from vidcolor.output.encoders import EncoderSettings

FULL = "the disk is full; free some space or write elsewhere"


@pytest.fixture(scope="module")
def reel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film that takes seconds to colorize."""
    path = tmp_path_factory.mktemp("reel") / "reel.mkv"
    make_clip(path, times=range(0, 48_000, 40))
    return path


@pytest.fixture
def start(weights: Path) -> Callable[..., subprocess.Popen]:
    """Starts `vidcolor colorize` with the small weights in a process of its own."""

    def run(*arguments: object, **settings: object) -> subprocess.Popen:
        command = [sys.executable, "-m", "vidcolor", "colorize", "--weights", weights]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        given = {"preexec_fn": heed_signals} | streams | settings
        return subprocess.Popen([*command, *map(str, arguments)], **given)

    return run


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def temporary(folder: Path, run: subprocess.Popen, size: int = 0) -> Path:
    """The file that the run is writing, with `size` bytes or more in it; the run stands still."""
    while run.poll() is None:
        for path in folder.glob(".*"):
            if path.stat().st_size >= size:
                time.sleep(0.1)
                run.send_signal(signal.SIGSTOP)
                return path
        time.sleep(0.01)
    raise AssertionError(run.communicate())


def fails(run: subprocess.Popen, *words: object) -> None:
    """The run goes on to its end, exit code 1, and says one line of these words."""
    run.send_signal(signal.SIGCONT)
    out, err = run.communicate(timeout=120)
    assert (run.returncode, out) == (1, "")
    assert re.fullmatch(r"Error: .+\n", err), err
    for word in words:
        assert str(word) in err


# The place of the output


@pytest.mark.parametrize("name", ["film.mkv", "film.mp4", "photograph.png"])
@pytest.mark.parametrize("room", [0, 1, 8, "no names"])
def test_a_full_disk(tmp_path, small_disk, vidcolor, weights, name, room):
    noise = np.random.default_rng(1).integers(16, 235, (30, 48, 64), np.uint8)
    make_clip(tmp_path / "film.mkv", times=range(0, 1200, 40), pictures=list(noise))
    cv2.imwrite(str(tmp_path / "photograph.png"), noise.reshape(240, -1))
    if room == "no names":
        for number in range(1000):
            try:
                (small_disk / str(number)).touch()
            except OSError:
                break
    else:
        (small_disk / "full").write_bytes(bytes(shutil.disk_usage(small_disk).free - room * 1024))
    before = names(small_disk)
    source = tmp_path / ("photograph.png" if name == "photograph.png" else "film.mkv")
    options = [] if source.suffix == ".png" else ["--encoder-option", "qp=0"]
    run = vidcolor("colorize", source, "-o", small_disk / name, "--weights", weights, *options)
    assert (run.code, run.out) == (1, "")
    *warnings, error = run.err.splitlines()
    assert error == f"Error: {small_disk / name}: {FULL}"
    assert all(": the disk may fill up: " in line for line in warnings)
    assert names(small_disk) == before


def test_a_file_that_grows_too_large(tmp_path, reel, vidcolor, weights):
    """As a disk of the FAT kind has it at 4 GB."""
    options = ["--weights", weights, "--duration", 8]
    with files_of_at_most(5_000):
        run = vidcolor("colorize", reel, "-o", tmp_path / "out.mp4", *options)
    assert (run.code, run.out) == (1, "")
    words = "too large for its file system; write elsewhere"
    assert re.fullmatch(rf"Error: {tmp_path / 'out.mp4'}: .*{words}\n", run.err), run.err
    assert names(tmp_path) == ["small.safetensors"]


@pytest.mark.parametrize("moved", [pytest.param(False, marks=pytest.mark.long), True])
def test_a_folder_that_vanishes_midway(tmp_path, reel, start, moved):
    (tmp_path / "out").mkdir()
    run = start(reel, "--duration", 8, "-o", tmp_path / "out/film.mkv")
    written = temporary(tmp_path / "out", run)
    if moved:
        (tmp_path / "out").rename(tmp_path / "elsewhere")
    else:
        shutil.rmtree(tmp_path / "out")
    fails(run, tmp_path / "out/film.mkv", "its folder or disk is gone; write elsewhere")
    if moved:
        assert names(tmp_path / "elsewhere") == [written.name]
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may take a disk away")
def test_a_disk_that_is_pulled_out(tmp_path, small_disk, reel, start):
    run = start(reel, "--duration", 8, "-o", small_disk / "film.mkv")
    temporary(small_disk, run)
    subprocess.run(["umount", "--lazy", small_disk], check=True)
    fails(run, small_disk / "film.mkv", "its folder or disk is gone; write elsewhere")
    assert names(small_disk) == []
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", small_disk], check=True)


def test_a_file_that_came_to_lie_there_meanwhile_is_kept(tmp_path, reel, start):
    (tmp_path / "out").mkdir()
    run = start(reel, "--duration", 8, "-o", tmp_path / "out/film.mkv")
    temporary(tmp_path / "out", run)
    (tmp_path / "out/film.mkv").write_text("precious")
    fails(run, tmp_path / "out/film.mkv", "came to exist meanwhile", "--overwrite")
    assert names(tmp_path / "out") == ["film.mkv"]
    assert (tmp_path / "out/film.mkv").read_text() == "precious"


def test_a_source_that_is_cut_while_it_is_read_gives_what_was_there(tmp_path, start):
    source = tmp_path / "film.mkv"
    make_clip(source, times=range(0, 32_000, 40))
    (tmp_path / "out").mkdir()
    run = start(source, "-o", tmp_path / "out/film.mkv")
    temporary(tmp_path / "out", run)
    os.truncate(source, source.stat().st_size // 2)
    run.send_signal(signal.SIGCONT)
    out, err = run.communicate(timeout=120)
    assert run.returncode == 0
    assert re.fullmatch(r".+: the file is damaged at [\d.]+ s: reading ended there\n", err), err
    frames = re.search(r": (\d+) frames", out)
    assert 100 < int(frames[1]) < 800
    assert len(times_of(tmp_path / "out/film.mkv")) == int(frames[1])


# The process


@pytest.mark.parametrize(
    ("name", "number", "code"),
    [
        ("film.mkv", signal.SIGINT, 130),
        ("film.mp4", signal.SIGTERM, 143),
        ("film.mkv", signal.SIGHUP, 129),
        pytest.param("film.mp4", signal.SIGINT, 130, marks=pytest.mark.long),
        pytest.param("film.mkv", signal.SIGTERM, 143, marks=pytest.mark.long),
        pytest.param("film.mp4", signal.SIGHUP, 129, marks=pytest.mark.long),
    ],
)
def test_a_signal_leaves_nothing_behind(tmp_path, reel, start, name, number, code):
    run = start(reel, "-o", tmp_path / name)
    temporary(tmp_path, run)
    run.send_signal(number)
    run.send_signal(signal.SIGCONT)
    run.send_signal(number)
    out, err = run.communicate(timeout=120)
    assert (run.returncode, out, err) == (code, "", "")
    assert names(tmp_path) == ["small.safetensors"]


@pytest.mark.parametrize(
    "number",
    [signal.SIGHUP, *(pytest.param(n, marks=pytest.mark.long) for n in ENDING[:2])],
)
def test_a_signal_that_is_ignored_from_the_start_stays_so(tmp_path, reel, start, number):
    """As nohup has it of SIGHUP, and a shell of SIGINT for what runs in the background."""
    run = start(
        reel, "--duration", 8, "-o", tmp_path / "film.mkv",
        preexec_fn=lambda: signal.signal(number, signal.SIG_IGN),
    )  # fmt: skip
    temporary(tmp_path, run)
    run.send_signal(number)
    run.send_signal(signal.SIGCONT)
    _, err = run.communicate(timeout=120)
    assert (run.returncode, err) == (0, "")
    assert len(times_of(tmp_path / "film.mkv")) == 200


def test_killed_outright_it_leaves_a_hidden_file_which_the_next_run_removes(
    tmp_path, reel, start, vidcolor, weights
):
    output = tmp_path / "film.mkv"
    run = start(reel, "-o", output)
    left = temporary(tmp_path, run)
    run.kill()
    run.communicate()
    assert run.returncode == -signal.SIGKILL
    assert names(tmp_path) == [left.name, "small.safetensors"]
    assert re.fullmatch(r"\.\w{8}-\w+-\w{4}\.mkv", left.name)
    other = start(reel, "-o", output)
    while left.exists() and other.poll() is None:
        time.sleep(0.01)
    in_use = temporary(tmp_path, other)
    again = vidcolor("colorize", reel, "--duration", "0.4", "-o", output, "--weights", weights)
    assert (again.code, again.err) == (0, "")
    assert len(times_of(output)) == 10
    assert names(tmp_path) == [in_use.name, "film.mkv", "small.safetensors"]
    other.kill()
    other.communicate()


def test_an_encoder_that_does_not_open(tmp_path, reel, vidcolor, weights):
    options = ["--encoder", "dnxhd", "--weights", weights]
    run = vidcolor("colorize", reel, "-o", tmp_path / "film.mov", *options)
    assert (run.code, run.out) == (1, "")
    assert re.fullmatch(r"Error: .+\n", run.err), run.err
    for words in (str(tmp_path / "film.mov"), "dnxhd does not start", "'vidcolor info'"):
        assert words in run.err
    assert names(tmp_path) == ["small.safetensors"]


@pytest.mark.parametrize(
    ("form", "profile", "other"),
    [
        ({}, "dnxhr_hq", "dnxhr_hqx"),
        ({"pixels": "yuv422p10le", "depth": 10}, "dnxhr_hqx", "dnxhr_hq"),
        ({"pixels": "yuv444p10le", "depth": 10, "size": (257, 120)}, "dnxhr_444", "dnxhr_hq"),
    ],
)
def test_dnxhd_tells_which_profile_it_needs(tmp_path, form, profile, other):
    make_clip(tmp_path / "a.mkv", **{"size": (256, 120), "times": range(0, 120, 40)} | form)

    def write(options):
        settings = EncoderSettings("dnxhd", options=tuple(options.items()))
        return copy(tmp_path / "a.mkv", tmp_path / "a.mov", settings, overwrite=True)

    with pytest.raises(OutputError, match=f"give it --encoder-option profile={profile}, or "):
        write({})
    with pytest.raises(OutputError, match=r"\(pixel format is incompatible .*\); check"):
        write({"profile": other})
    write({"profile": profile})
    assert len(times_of(tmp_path / "a.mov")) == 3


# Memory


SHORT_OF_MEMORY = """
import os, resource, sys
import cv2, torch
import vidcolor.pipeline.photograph
from vidcolor.errors import OutputError
from vidcolor.output.encoders import EncoderSettings
from vidcolor.cli import main
torch.set_num_threads(1), cv2.setNumThreads(1)
taken = int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
limit = taken + {room} * 1_000_000
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
main()
"""


@pytest.fixture
def short_of_memory(weights: Path) -> Callable[..., subprocess.CompletedProcess]:
    """Runs `vidcolor colorize` with so many megabytes beyond what loading the program takes."""
    if not Path("/proc/self/statm").exists():
        pytest.skip("this system does not tell how much memory is taken")

    def run(room: int, *arguments: object) -> subprocess.CompletedProcess:
        command = [sys.executable, "-c", SHORT_OF_MEMORY.format(room=room), "colorize"]
        return subprocess.run(
            [*command, "--weights", weights, *map(str, arguments)], capture_output=True, text=True
        )

    return run


@pytest.mark.parametrize(
    "room",
    [45, pytest.param(15, marks=pytest.mark.long), pytest.param(75, marks=pytest.mark.long)],
)
def test_wherever_memory_ends_it_is_one_line(tmp_path, short_of_memory, room):
    """Within OpenCV, NumPy or PyTorch."""
    cv2.imwrite(str(tmp_path / "a.png"), np.full((1000, 1000, 3), 40_000, np.uint16))
    run = short_of_memory(room, tmp_path / "a.png")
    assert (run.returncode, run.stdout) == (1, "")
    assert re.fullmatch(r"Error: .*out of memory; free some, or try a smaller .+\n", run.stderr)
    assert names(tmp_path) == ["a.png", "small.safetensors"]


@pytest.mark.parametrize(
    "name", ["film.mkv", pytest.param("photograph.png", marks=pytest.mark.long)]
)
def test_a_batch_that_memory_does_not_hold_is_quartered(tmp_path, short_of_memory, name):
    if name == "film.mkv":
        make_clip(tmp_path / name)
    else:
        cv2.imwrite(str(tmp_path / name), np.full((48, 64), 99, np.uint8))
    options = ["--batch-size", 1024, "--working-size", 512, "--window", 0]
    run = short_of_memory(900, tmp_path / name, *options)
    note = "out of memory: from here on in smaller batches"
    assert (run.returncode, run.stderr) == (0, f"{tmp_path / name}: {note}\n")


# What is kept


def kept(err: str, folder: Path, words: str = "kept: ") -> Path:
    """The file that the last line names; nothing else of the film lies in `folder`."""
    place = Path(err.splitlines()[-1].removeprefix(words))
    assert err.endswith(f"\n{words}{place}\n") or err == f"{words}{place}\n", err
    assert re.fullmatch(r"\.\w{12}\.\w+", place.name)
    assert set(names(folder)) - {"small.safetensors"} == {place.name}
    return place


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("film.mkv", signal.SIGINT),
        ("film.mp4", signal.SIGTERM),
        pytest.param("film.mp4", signal.SIGINT, marks=pytest.mark.long),
        pytest.param("film.mkv", signal.SIGTERM, marks=pytest.mark.long),
    ],
)
def test_keep_leaves_a_playable_part_of_a_film_that_is_stopped(tmp_path, reel, start, name, number):
    run = start(reel, "-o", tmp_path / name, "--keep", "--encoder-option", "qp=0")
    temporary(tmp_path, run, size=1000)
    run.send_signal(number)
    run.send_signal(signal.SIGCONT)
    out, err = run.communicate(timeout=120)
    assert (run.returncode, out) == (128 + number, "")
    times = times_of(kept(err, tmp_path))
    assert 10 < len(times) < 1200
    assert times == times_of(reel)[: len(times)]


@pytest.mark.parametrize(
    ("name", "words"), [("film.mkv", "kept, without its end: "), ("film.mp4", "kept, without")]
)
def test_keep_on_a_full_disk(tmp_path, small_disk, reel, vidcolor, weights, name, words):
    options = ["--weights", weights, "--keep", "--encoder-option", "qp=0"]
    run = vidcolor("colorize", reel, "-o", small_disk / name, *options)
    assert run.code == 1
    assert run.err.splitlines()[-2] == f"Error: {small_disk / name}: {FULL}"
    if name == "film.mkv":
        assert len(times_of(kept(run.err, small_disk, words))) > 10
    else:
        assert words in run.err.splitlines()[-1]


def test_keep_saves_a_whole_film_that_may_not_have_its_name(tmp_path, reel, start):
    (tmp_path / "out").mkdir()
    run = start(reel, "--duration", 8, "-o", tmp_path / "out/film.mkv", "--keep")
    temporary(tmp_path / "out", run)
    (tmp_path / "out/film.mkv").mkdir()
    run.send_signal(signal.SIGCONT)
    _, err = run.communicate(timeout=120)
    assert run.returncode == 1
    (tmp_path / "out/film.mkv").rmdir()
    assert len(times_of(kept(err, tmp_path / "out"))) == 200


def test_keep_keeps_nothing_of_what_has_not_begun(tmp_path, vidcolor, weights):
    (tmp_path / "bad.mkv").write_text("no film\n" * 99)
    run = vidcolor("colorize", tmp_path / "bad.mkv", "--weights", weights, "--keep")
    assert run.err.startswith("Error: ") and run.err.count("\n") == 1
    assert names(tmp_path) == ["bad.mkv", "small.safetensors"]
    run = vidcolor("colorize", tmp_path / "bad.mkv", "-o", "-", "--keep")
    assert (run.code, run.err) == (
        2, "Error: --keep is for files; leave it out with standard output\n"
    )  # fmt: skip


# Space


@pytest.mark.parametrize("size", ["100k", "10m"])
def test_a_disk_that_will_not_hold_the_film_is_foretold(
    tmp_path, small_disk, vidcolor, weights, size
):
    noise = np.random.default_rng(1).integers(16, 235, (40, 48, 64), np.uint8)
    make_clip(tmp_path / "a.mkv", times=range(0, 40_000, 1000), pictures=list(noise))
    subprocess.run(["mount", "-o", f"remount,size={size}", small_disk], check=True)
    options = [
        "--weights",
        weights,
        "--encoder-option",
        "qp=0",
        "--encoder-option",
        "rc-lookahead=0",
    ]
    run = vidcolor("colorize", tmp_path / "a.mkv", "-o", small_disk, *options)
    foretold = (
        r".+a.mkv: the disk may fill up: about \d+ kB more are needed and \d+ kB are free; "
        r".+ elsewhere\n"
    )
    if size == "10m":
        assert (run.code, run.err) == (0, "")
    else:
        assert run.code == 1
        beforehand_and_again = 2 * f"(?:{foretold})"
        assert re.fullmatch(beforehand_and_again + f"Error: .+: {FULL}\n", run.err), run.err
