"""A maker's sitting: photographs one after the other, and what is kept of each."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from judges_visits import page_of
from judging import RED, write_photographs
from visitors import Visitor, enter

from vidcolor.cli.judged_sources import make_source
from vidcolor.colorize.colorizers import Colorizers
from vidcolor.colorize.settings import ColorSettings
from vidcolor.errors import UsageError
from vidcolor.hints.file import Hints
from vidcolor.serve.events import Events
from vidcolor.studio import making
from vidcolor.studio.session import Session

POINT = {"op": "add", "kind": "point", "fields": {"xy": [0.5, 0.5], "color": "#30c030"}}


@contextmanager
def sitting(
    folder: Path, weights: Path, seconds: float = 60, suggestions: bool = True
) -> Iterator[Visitor]:
    def make(photograph: Path, file: Path, events: Events) -> Session:
        settings = ColorSettings(weights=str(weights))
        return Session(photograph, file, settings, device="cpu", events=events)

    made = folder.with_name("made")
    with making.making(folder, made, seconds, suggestions, make) as served:
        yield enter(served)


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """Three photographs, two of them in a folder of their own."""
    return write_photographs(tmp_path / "photographs", ["c", "sea/a", "sea/b"], RED)


def asked(visitor: Visitor, method: str, path: str, body: object = None) -> tuple[int, dict]:
    status, _, content = visitor(method, path, body)
    return status, json.loads(content)


def click(visitor: Visitor) -> tuple[int, dict]:
    revision = asked(visitor, "GET", "/api/hints")[1]["revision"]
    return asked(visitor, "POST", "/api/edit", {"revision": revision, "edits": [POINT]})


def test_photographs_come_one_after_the_other(photographs: Path, weights: Path) -> None:
    made = photographs.with_name("made")
    with sitting(photographs, weights) as visitor:
        for number, name in enumerate(["c", "sea/a", "sea/b"], 1):
            film = asked(visitor, "GET", "/api/film")[1]
            told = film["sitting"]
            assert film["name"] == f"{name.rpartition('/')[2]}.png"
            assert (told["number"], told["count"], told["left"]) == (number, 3, 60)
            assert click(visitor)[0] == 409  # before the time has begun
            assert asked(visitor, "POST", "/api/sitting/begin")[0] == 200
            if name != "sea/a":
                assert click(visitor)[0] == 200
            done = asked(visitor, "POST", "/api/sitting/next")[1]["done"]
            assert done == (number == 3)
        assert asked(visitor, "GET", "/api/film") == (409, {"error": "all photographs are done"})
    for name in ("c", "sea/a", "sea/b"):
        hints = Hints.load(made / f"{name}.hints.toml", timeless=True)
        assert len(hints.points) == (name != "sea/a")
        lines = [json.loads(s) for s in (made / f"{name}.clicks.jsonl").read_text().splitlines()]
        assert lines[0]["began"] == {"seconds": 60, "suggestions": True}
        assert [line["asked"] for line in lines[1:-1]] == ["POST /api/edit"] * len(hints.points)
        assert lines[-1]["ended"]
        times = [line["at"] for line in lines]
        assert times == sorted(times)
    names = ["c", "sea/a", "sea/b"]
    source = make_source(f"weights={weights},hints={made}", names, Colorizers("cpu"))
    assert len({source.identity(name) for name in names}) == 2  # of two alike, and one without
    with pytest.raises(UsageError, match="all photographs are done"), sitting(photographs, weights):
        pass


def test_what_was_broken_off_is_begun_anew(photographs: Path, weights: Path) -> None:
    with sitting(photographs, weights) as visitor:
        asked(visitor, "POST", "/api/sitting/begin")
        asked(visitor, "POST", "/api/sitting/next")
        asked(visitor, "POST", "/api/sitting/begin")
        assert click(visitor)[0] == 200
    with sitting(photographs, weights) as visitor:
        film = asked(visitor, "GET", "/api/film")[1]
        assert (film["name"], film["sitting"]["number"]) == ("a.png", 2)
        assert not asked(visitor, "GET", "/api/hints")[1]["entries"]


def test_the_time_ends(photographs: Path, weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "GRACE", 0.0)
    with sitting(photographs, weights, seconds=0.2) as visitor:
        asked(visitor, "POST", "/api/sitting/begin")
        time.sleep(0.25)
        assert click(visitor) == (409, {"error": "the time for this photograph is over"})
        assert asked(visitor, "GET", "/api/film")[1]["sitting"]["left"] == 0


def test_nothing_is_suggested_where_nothing_shall_be(photographs: Path, weights: Path) -> None:
    place = {"at": "0", "xy": [0.5, 0.5]}
    for suggestions in (True, False):
        with sitting(photographs, weights, suggestions=suggestions) as visitor:
            asked(visitor, "POST", "/api/sitting/begin")
            while not asked(visitor, "POST", "/api/open", {"at": "0"})[1]["open"]:
                time.sleep(0.05)
            told = asked(visitor, "POST", "/api/suggest", place)[1]
            assert bool(told["suggestions"]) == suggestions


def test_the_page_goes_from_photograph_to_photograph(
    browser: Any, photographs: Path, weights: Path
) -> None:
    """The first one until its time is over, the others until the maker has had enough."""
    options = ("--weights", weights, "--device", "cpu", "--seconds", 8)
    with page_of("studio", "--sitting", photographs, *options) as address:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        for number in (1, 2, 3):
            page.get_by_text(f"Photograph {number} of 3").wait_for()
            page.get_by_text(re.compile("0:0[0-7] left")).wait_for()
            if number == 1:
                box = page.locator("#grey").bounding_box()
                page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
                page.get_by_label("Hex or CSS name").fill("teal")
                page.keyboard.press("Enter")
            else:
                page.get_by_role("button", name="Next photograph").click()
        page.get_by_text("All photographs are done.").wait_for()
        page.close()
    assert not errors
    made = photographs.with_name("photographs.hints")
    (point,) = Hints.load(made / "c.hints.toml", timeless=True).points
    assert point.xy == pytest.approx((0.5, 0.5), abs=0.01)
    ends = {
        name: json.loads((made / f"{name}.clicks.jsonl").read_text().splitlines()[-1])["at"]
        for name in ("c", "sea/a", "sea/b")
    }
    assert ends["c"] >= 8
    assert max(ends["sea/a"], ends["sea/b"]) < 8


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a film, a photograph, or a folder"),
        (["a.png", "--sitting", "folder"], "name a film, a photograph, or a folder"),
        (["a.png", "--no-suggestions"], "--seconds and --no-suggestions are for --sitting"),
        (["a.png", "--seconds", "30"], "--seconds and --no-suggestions are for --sitting"),
        (["--sitting", "folder", "--host", "me"], "--host is for a film"),
    ],
)
def test_wrong_usage_is_one_line(vidcolor: Callable, arguments: list[str], said: str) -> None:
    run = vidcolor("studio", *arguments)
    assert (run.code, run.out, run.err.count("\n")) == (2, "", 1)
    assert said in run.err
