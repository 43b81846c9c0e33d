"""A film whose process is killed outright, at random moments of all that it does."""

import random
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from clips import make_clip
from orders import assert_same_film, in_one_go, order_of

from vidcolor.jobs.journal import Journal, work_folder
from vidcolor.pipeline.order import Order

PHASES = {
    "planning": 0.2,
    "beginning": 0.2,
    "coloring": 3.0,
    "finishing": 0.01,
    "joining": 0.3,
    "moving": 0.003,
    "removing": 0.003,
}
"""What a run does, by name, and about how many seconds it takes."""
COUNT = 5
"""Segments of the film."""
ANNOUNCED = """
import os
from vidcolor.files import Target
from vidcolor.jobs import journal, run
from vidcolor.cli.main import main

def announce(owner, name, phase):
    ordinary = getattr(owner, name)
    def announced(*given, **named):
        os.write(1, f"{phase}\\n".encode())
        return ordinary(*given, **named)
    setattr(owner, name, announced)

if __name__ == "__main__":
    announce(run, "work_folder", "planning")
    announce(run._Film, "make", "beginning")
    announce(run._Film, "_make_missing", "coloring")
    announce(journal.Journal, "finish", "finishing")
    announce(run, "join", "joining")
    announce(Target, "commit", "moving")
    announce(journal.Journal, "remove", "removing")
    main()
"""


@pytest.fixture
def reel(tmp_path: Path, weights: Path) -> Order:
    """Five minutes with a frame a second, five segments of the usual length; and it in one go."""
    make_clip(tmp_path / "reel.mkv", times=range(0, 300_000, 1000), gop=10, audio="flac")
    order = order_of(weights, tmp_path / "reel.mkv", tmp_path / "whole.mkv")
    order = replace(order, settings=replace(order.settings, working_size=None, batch_size=None))
    in_one_go(order, order.output)
    return order


@dataclass
class Film:
    """A film that is made, killed, and made again; `kills`: in which phase it was."""

    order: Order
    output: Path
    moments: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    finished: int = 0

    def start(self, jobs: int) -> subprocess.Popen[str]:
        script = self.output.parent / "announced.py"
        script.write_text(ANNOUNCED)
        options = ["--weights", self.order.settings.weights, "--encoder", "ffv1"]
        command = ["colorize", self.order.source, "-o", self.output, "--precision", "fp32"]
        return subprocess.Popen(
            [sys.executable, script, *map(str, [*command, *options, "--jobs", jobs])],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def kill_in(self, phase: str, jobs: int) -> None:
        """Start it, and kill it at a random moment of a phase; look whether all is well."""
        before = self.segments()
        run = self.start(jobs)
        assert run.stdout is not None
        assert run.stderr is not None
        said: list[str] = []
        listening = threading.Thread(target=said.extend, args=(run.stderr,))
        listening.start()
        missing = max(COUNT - len(before), 1)
        turn = self.moments.randrange(missing) if phase == "finishing" else 0
        at = ""
        for at in map(str.strip, run.stdout):
            turn -= at == phase
            if at == phase and turn < 0:
                break
        time.sleep(self.moments.uniform(0, PHASES[phase]))
        if run.poll() is None:
            run.kill()
        at = [at, *map(str.strip, run.stdout)][-1]
        listening.join()
        with run:  # closes the pipes
            run.wait()
        self.look(run.returncode, "".join(said), before, at)

    def look(self, code: int, err: str, before: set[int], at: str) -> None:
        """Hold what a run has said and left against what is promised."""
        if before:
            first = err.splitlines()[0] if err else ""
            going_on = re.search(rf"going on: (\d) of {COUNT} segments are done", first)
            assert going_on or code == -9, err
            assert going_on is None or int(going_on[1]) == len(before)
        if code == -9:
            self.kills[at] += 1
            if not self.output.exists():
                assert self.segments() >= before
                return
        else:
            assert code == 0, err
        assert_same_film(self.output, self.order.output)
        if code == -9:  # only tidying up is left, and the next run does that
            again = self.start(1)
            _, err = again.communicate(timeout=120)
            assert again.returncode == 2, err
            assert "exists already" in err
        assert {path.name for path in self.output.parent.iterdir()} == {
            self.output.name, "announced.py"
        }  # fmt: skip
        self.finished += 1
        self.output.unlink()

    def segments(self) -> set[int]:
        """The segments that are done."""
        journal = Journal(work_folder(self.output))
        return {index for index in range(COUNT) if journal.record(index)}

    def finish(self) -> None:
        """Make it to its end."""
        before = self.segments()
        run = self.start(1)
        _, err = run.communicate(timeout=120)
        self.look(run.returncode, err, before, "")


@pytest.mark.parametrize(
    ("seed", "kills"),
    [(0, 3), *(pytest.param(seed, 10, marks=pytest.mark.long) for seed in range(1, 6))],
)
def test_killed_at_random_moments_it_always_finishes(
    tmp_path: Path, reel: Order, seed: int, kills: int
) -> None:
    """Five times ten kills, in all phases, with one process and with two."""
    folder = tmp_path / "out"
    folder.mkdir()
    film = Film(reel, folder / "b.mkv", random.Random(seed))
    phases = list(PHASES)
    turn = 0
    while film.kills.total() < kills:
        film.kill_in(phases[(turn + seed) % len(phases)], 1 + turn % 2)
        turn += 1
    film.finish()
    assert film.kills.total() == kills
    print(f"seed {seed}: killed in {dict(film.kills)}; finished {film.finished} times")
