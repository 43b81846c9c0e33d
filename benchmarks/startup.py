"""How long it takes until a film's first frame is written, and what that time goes to.

    python benchmarks/startup.py DATA/clips/color/mountains-1080p.mp4

FILM is colorized in processes of their own until the first frame is written. The parts are timed
one after the other in the same process, with the film's survey made once more by itself. The last
row is the command itself, which surveys the film while it loads, for one frame. Seconds on the
clock and of processor time, medians over the runs. Files are in the cache of the system from the
second run on; the first does not count. The last line is JSON.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

CHILD = """
import json, sys, time
marks = [("", time.perf_counter(), time.process_time())]
def mark(part):
    marks.append((part, time.perf_counter(), time.process_time()))
import torch
mark("import torch")
import pathlib
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.input.reader import Reader
from vidcolor.net.checkpoint import load
from vidcolor.pipeline.film import colorize_file
from vidcolor.pipeline.survey import survey_film
mark("other imports")
checkpoint = load()
mark("weights")
colorizer = Colorizer(checkpoint)
mark("network")
film = pathlib.Path(sys.argv[1])
with Reader(film, thorough=True) as reader:
    mark("opening")
survey_film(film, reader.picture)
mark("survey")
class Enough(Exception): pass
def progress(*done):
    mark("opening, survey and the first frame")
    raise Enough
try:
    colorize_file(film, pathlib.Path(sys.argv[2]), colorizer, progress=progress)
except Enough:
    pass
print(json.dumps([(part, wall - w, cpu - c) for (_, w, c), (part, wall, cpu)
                  in zip(marks, marks[1:])]))
"""
ENVIRONMENT = {
    **{k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
    "OMP_WAIT_POLICY": "PASSIVE",
}
"""As it is for a user of the command, whose modules are compiled once."""
APART = "opening", "survey"
"""Parts that the last one holds again."""


def run(film: Path, output: Path) -> dict[str, tuple[float, float]]:
    """Return the seconds on the clock and of processor time of each part."""
    child = [sys.executable, "-c", CHILD, film, output]
    done = subprocess.run(child, capture_output=True, text=True, check=True, env=ENVIRONMENT)
    parts = {part: (wall, cpu) for part, wall, cpu in json.loads(done.stdout)}
    counted = [seconds for part, seconds in parts.items() if part not in APART]
    wall, cpu = map(sum, zip(*counted, strict=True))
    return {**parts, "all": (wall, cpu), "the command, one frame": command(film, output)}


def command(film: Path, output: Path) -> tuple[float, float]:
    """Return the seconds on the clock and of processor time that one frame takes the command."""
    words = [sys.executable, "-m", "vidcolor", "colorize", film, "-o", output]
    before, began = processor_time(), time.perf_counter()
    subprocess.run([*words, "--duration", "0.001", "-y", "-q"], check=True, env=ENVIRONMENT)
    taken = time.perf_counter() - began, processor_time() - before
    output.unlink()
    return taken


def processor_time() -> float:
    """Return the seconds that processes of this one took, those that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@click.command()
@click.argument("film", type=click.Path(path_type=Path, exists=True))
@click.option("--runs", default=5, show_default=True)
def main(film: Path, runs: int) -> None:
    """Print what FILM's first frame waits for, as a table and as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "coloured.mkv"
        run(film, output)
        every = [run(film, output) for _ in range(runs)]
    print("| part | seconds | of processor time |\n|---|---|---|")
    table = {}
    for part in every[0]:
        wall, cpu = (statistics.median(each[part][kind] for each in every) for kind in (0, 1))
        table[part] = {"wall": wall, "cpu": cpu}
        print(f"| {part} | {wall:.2f} | {cpu:.2f} |")
    print(f"\n{json.dumps(table)}")


if __name__ == "__main__":
    main()
