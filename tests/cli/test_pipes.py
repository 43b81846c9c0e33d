"""Films through pipes: `-` for standard input and standard output."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from children import heed_signals
from clips import make_clip, packets_of, planes_of, times_of


@pytest.fixture
def start(weights: Path, tmp_path: Path) -> Callable[..., subprocess.Popen]:
    """Starts `vidcolor colorize` with the small weights, ffv1 and three pipes, in `tmp_path`.

    One thread, as in the tests' own process, so that colours are the same to the bit.
    """
    command = [sys.executable, "-m", "vidcolor", "colorize", "--weights", weights]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}

    def run(*arguments: object, **streams: object) -> subprocess.Popen:
        return subprocess.Popen(
            [*command, "--encoder", "ffv1", *map(str, arguments)],
            cwd=tmp_path,
            preexec_fn=heed_signals,
            **({"env": os.environ | {"OMP_NUM_THREADS": "1"}} | pipes | streams),
        )

    return run


def ended(run: subprocess.Popen, given: bytes | None = None) -> tuple[int, bytes, str]:
    """Exit code, what came to standard output, and what was said."""
    out, err = run.communicate(given, timeout=120)
    return run.returncode, out, err.decode()


def refused(run: subprocess.Popen, code: int, *words: str, given: bytes | None = None) -> None:
    """It sent nothing, said one line of these words and ended with this code."""
    returncode, out, err = ended(run, given)
    assert (returncode, out) == (code, b"")
    assert re.fullmatch(r"Error: .+\n", err), err
    for word in words:
        assert word in err


def test_a_film_goes_through_pipes_as_it_goes_through_files(tmp_path, start, vidcolor, weights):
    source = tmp_path / "film.mkv"
    make_clip(source, audio="flac", subtitles=[(40, 200, "hello")], metadata={"title": "Waves"})
    code, film, err = ended(start("-", "-o", "-"), source.read_bytes())
    assert code == 0
    assert re.fullmatch(r"-: 12 frames in .+\n", err)
    (tmp_path / "piped.mkv").write_bytes(film)
    assert vidcolor("colorize", "--weights", weights, "--encoder", "ffv1", source).code == 0
    piped, filed = tmp_path / "piped.mkv", tmp_path / "film.color.mkv"
    assert times_of(piped) == times_of(filed) == times_of(source)
    assert [[p.tolist() for p in planes] for planes in planes_of(piped)] == [
        [p.tolist() for p in planes] for planes in planes_of(filed)
    ]
    for kind in ("audio", "subtitle"):
        assert packets_of(piped, kind) == packets_of(source, kind)
    with av.open(str(piped)) as film, av.open(str(filed)) as expected:
        assert film.metadata["title"] == "Waves"
        assert [s.type for s in film.streams] == [s.type for s in expected.streams]


def test_what_can_t_be_read_front_to_back_and_spans_come_through_pipes_too(tmp_path, start):
    make_clip(tmp_path / "film.mp4", codec="libx264")
    content = (tmp_path / "film.mp4").read_bytes()
    assert content.index(b"moov") > content.index(b"mdat")
    run = start("-", "-o", "out.mkv", "--start", "0.2", "--json")
    code, out, err = ended(run, content)
    assert (code, err) == (0, "")
    assert json.loads(out)["frames"] == 7
    assert len(times_of(tmp_path / "out.mkv")) == 7


def test_a_file_that_is_redirected_is_read_where_it_lies(tmp_path, start):
    make_clip(tmp_path / "film.mkv")
    before = (tmp_path / "film.mkv").read_bytes()
    with (tmp_path / "film.mkv").open("rb") as film:
        refused(start("-", "-o", "film.mkv", "-y", stdin=film), 2, "is the input itself")
        assert ended(start("-", "-o", "out.mkv", stdin=film))[0] == 0
    assert (tmp_path / "film.mkv").read_bytes() == before
    assert len(times_of(tmp_path / "out.mkv")) == 12


def test_the_film_can_be_watched_while_it_is_made(tmp_path, start):
    make_clip(tmp_path / "film.mkv", times=range(0, 16_000, 40))
    with start("film.mkv", "-o", "-", "-q") as run:
        with av.open(run.stdout, format="matroska") as film:
            frames = film.decode(video=0)
            seen = [next(frames).pts for _ in range(12)]
            assert run.poll() is None
            seen += [frame.pts for frame in frames]
        assert seen == list(range(0, 16_000, 40))
        assert run.wait(timeout=120) == 0
        assert run.stderr.read() == b""


# Refused


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-"], "--output"),
        (["-", "-o", "."], "--output"),
        (["-", "film.mkv", "-o", "out"], "one film"),
        (["film.mkv", "film.avi", "-o", "-"], "one film"),
        (["photograph.png", "-o", "-"], "a photograph is written as"),
    ],
)
def test_what_a_pipe_can_t_stand_for(tmp_path, start, arguments, words):
    make_clip(tmp_path / "film.mkv")
    before = sorted(tmp_path.iterdir())
    refused(start(*arguments), 2, "-: ", words)
    assert sorted(tmp_path.iterdir()) == before


def test_terminals_are_no_films(tmp_path, start):
    make_clip(tmp_path / "film.mkv")
    ours, theirs = pty.openpty()
    refused(start("-", "-o", "out.mkv", stdin=theirs), 2, "-: nothing is piped")
    run = start("film.mkv", "-o", "-", stdout=theirs)
    _, err = run.communicate(timeout=120)
    assert run.returncode == 2
    assert err.startswith(b"Error: -: standard output is no pipe")
    os.close(theirs)
    os.close(ours)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no film\n" * 99, "not a film"),
        pytest.param(b"", "empty", marks=pytest.mark.long),
    ],
)
def test_what_is_piped_in_and_is_no_film(start, content, words):
    refused(start("-", "-o", "-"), 1, "/dev/stdin", words, given=content)


def test_no_room_for_what_is_piped_in(tmp_path, small_disk, start):
    make_clip(tmp_path / "film.mkv")
    run = start("-", "-o", "-", env={**os.environ, "TMPDIR": str(small_disk)})
    refused(run, 1, str(small_disk), "No space left", "TMPDIR", given=bytes(1 << 20))
    assert list(small_disk.iterdir()) == []


# Failures


@pytest.fixture
def reel(tmp_path: Path) -> Path:
    """A film of which a pipe holds but a part."""
    make_clip(tmp_path / "reel.mkv", times=range(0, 24_000, 40))
    return tmp_path / "reel.mkv"


def test_a_pipe_that_breaks(reel, start):
    with start(reel, "-o", "-") as run:
        assert run.stdout.read(1000)
        run.stdout.close()
        err = run.stderr.read().decode()
        assert run.wait(timeout=120) == 1
    assert re.fullmatch("Error: -: what it is piped into has ended; .+\n", err)


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGINT,
        pytest.param(signal.SIGTERM, marks=pytest.mark.long),
        pytest.param(signal.SIGHUP, marks=pytest.mark.long),
    ],
)
def test_a_stalled_pipe_does_not_keep_a_signal_waiting(reel, start, number):
    """Nobody takes the film, or nobody brings it."""
    with start(reel, "-o", "-") as taken, start("-", "-o", "out.mkv") as brought:
        assert taken.stdout.read(1000)
        brought.stdin.write(b"the beginning")
        brought.stdin.flush()
        time.sleep(1)
        for run in (taken, brought):
            assert run.poll() is None
            run.send_signal(number)
            assert run.wait(timeout=120) == 128 + number
            assert run.stderr.read() == b""
    assert sorted(path.name for path in reel.parent.iterdir()) == ["reel.mkv", "small.safetensors"]
