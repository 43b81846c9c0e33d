"""How long the studio's answers take: suggestions, clicks, the strip of three later frames.

A studio of a copy of each film is served as `vidcolor studio` serves it, and asked by HTTP as its
page does. The shot at --at is opened; then marks of suggested colours are set at places at random,
one after the other. Told are the median and the 95th percentile in seconds, and behind them the
same in processor seconds, which other work on the machine lengthens less, of

    page        from the start of the server until page and film are told
    opened      from there until the first frame of the shot has its colour
    whole       until all frames of the shot have theirs
    suggestion  nine colours for a place
    click       a mark saved, and the frame in its new colours at --size
    strip       then three later frames of the shot, spread up to its end
    beside      a click while *Colorize* makes the film, as often at most

and the memory of the process, in MB, before the clicks and behind them.

    python benchmarks/studio.py FILM... [--at 1] [--clicks 50] [--size 1280] [--job]
"""

import argparse
import http.client
import json
import random
import shutil
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vidcolor.colorize.settings import ColorSettings
from vidcolor.serve.server import Served
from vidcolor.studio.open_studio import studio

STRIP = 240
"""The long side of the later frames, in pixels."""


class Page:
    """Asks a studio as its page does."""

    def __init__(self, served: Served) -> None:
        place = urlsplit(served.fresh_address())
        self.connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=600)
        self.headers = {"Origin": served.address.rstrip("/")}
        self.connection.request("GET", f"/?{place.query}", headers=self.headers)
        answer = self.connection.getresponse()
        answer.read()
        self.headers["Cookie"] = answer.headers["Set-Cookie"].partition(";")[0]

    def ask(self, method: str, path: str, content: Any = None) -> tuple[int, bytes]:
        """Return status and content of an answer."""
        body = None if content is None else json.dumps(content).encode()
        self.connection.request(method, path, body, self.headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def json(self, method: str, path: str, content: Any = None) -> Any:
        """Return an answer in JSON."""
        status, answer = self.ask(method, path, content)
        assert status == 200, answer
        return json.loads(answer)

    def frame(self, at: str, size: int) -> None:
        """Wait for a frame in colour."""
        while self.ask("GET", f"/api/frame?at={at}&view=color&size={size}")[0] != 200:
            time.sleep(0.02)


def memory() -> float:
    """Return the memory that this process has in use, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def now() -> tuple[float, float]:
    """Return the time, and the processor time of this process, in seconds."""
    return time.monotonic(), time.process_time()


def summary(figures: list[float]) -> list[float]:
    """Return the median and the 95th percentile."""
    ordered = sorted(figures)
    return [round(statistics.median(ordered), 3), round(ordered[int(0.95 * len(ordered))], 3)]


def measure(film: Path, at: str, clicks: int, size: int, job: bool) -> dict[str, Any]:
    """Return the figures of a film."""
    times: dict[str, list[float]] = defaultdict(list)
    processor: dict[str, list[float]] = defaultdict(list)
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / film.name
        shutil.copy(film, copy)
        began = now()

        def told(name: str, since: tuple[float, float]) -> None:
            for kind, end, begin in zip((times, processor), now(), since, strict=True):
                kind[name].append(end - begin)

        with studio(copy, copy.with_name("film.hints.toml"), ColorSettings()) as served:
            page = Page(served)
            page.ask("GET", "/")
            page.json("GET", "/api/film")
            told("page", began)
            began = now()
            frames = page.json("POST", "/api/open", {"at": at})["times"]
            here = max(0, sum(float(each) <= float(at) for each in frames) - 1)
            page.frame(frames[here], size)
            told("opened", began)
            left = len(frames) - 1 - here
            later = [frames[here + round(left * part / 3)] for part in (1, 2, 3)]
            for each in (frames[0], later[-1]):
                page.frame(each, STRIP)
            told("whole", began)
            time.sleep(10)  # somebody looks at the frame; steps between frames are found meanwhile
            page.connection.close()  # the server has ended it, as it was idle
            before = memory()

            def click(name: str) -> None:
                xy = [round(chance.uniform(0.1, 0.9), 4) for _ in range(2)]
                began = now()
                status, answer = page.ask("POST", "/api/suggest", {"at": frames[here], "xy": xy})
                if status != 200:  # in black bars
                    return
                told("suggestion", began)
                color = chance.choice(json.loads(answer)["suggestions"])["color"]
                revision = page.json("GET", "/api/hints")["revision"]
                fields = {"at": frames[here], "xy": xy, "color": color}
                edit = {"op": "add", "kind": "point", "fields": fields}
                began = now()
                page.json("POST", "/api/edit", {"revision": revision, "edits": [edit]})
                page.frame(frames[here], size)
                told(name, began)
                for each in later:
                    page.frame(each, STRIP)
                if name == "click":
                    told("strip", began)

            for _ in range(clicks):
                click("click")
            after = memory()
            if job:
                page.json("POST", "/api/job", {})
                while page.json("GET", "/api/job")["line"].startswith("reads"):
                    time.sleep(0.1)
                while page.json("GET", "/api/job")["state"] == "running":
                    if len(times["beside"]) == clicks:
                        break
                    click("beside")
    figures: dict[str, Any] = {
        name: [*summary(each), *summary(processor[name])] for name, each in times.items()
    }
    return {"film": film.name, **figures, "frames": len(frames), "memory": [before, after]}


def main() -> None:
    """Measure the films of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("films", type=Path, nargs="+")
    parser.add_argument("--at", default="1")
    parser.add_argument("--clicks", type=int, default=50)
    parser.add_argument("--size", type=int, default=1280)
    parser.add_argument("--job", action="store_true")
    asked = parser.parse_args()
    for film in asked.films:
        print(json.dumps(measure(film, asked.at, asked.clicks, asked.size, asked.job)), flush=True)


if __name__ == "__main__":
    main()
