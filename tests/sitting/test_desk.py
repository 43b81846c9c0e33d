"""What stands behind the page, asked by real requests."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from judging import BLUE, RED, photograph, write_photographs
from PIL import Image
from visitors import Visitor, enter

from vidcolor.serve.server import serving
from vidcolor.sitting.desk import Desk
from vidcolor.sitting.pictures import FOLDER, Pictures, make_pictures
from vidcolor.sitting.results import read_results
from vidcolor.sitting.schedule import Part
from vidcolor.sitting.sources import Folder
from vidcolor.sitting.study import Ask, Study

NAMES = ["c", "sea/a", "sea/b"]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Pictures]:
    """A folder with the pictures of three photographs, and their names."""
    folder = tmp_path_factory.mktemp("prepared")
    write_photographs(folder / "truths", NAMES, RED)
    write_photographs(folder / "made", NAMES, BLUE)
    truths = {name: folder / f"truths/{name}.png" for name in NAMES}
    sources = [Folder("made", folder / "made", truths)]
    return folder, make_pictures(truths, sources, folder, lambda *_: None)


@pytest.fixture(params=list(Ask))
def visitor(
    request: pytest.FixtureRequest, prepared: tuple[Path, Pictures], tmp_path: Path
) -> Iterator[Visitor]:
    """A visitor of the desk, whose results lie in results/, asked in one of both ways."""
    folder, files = prepared
    results = tmp_path / "results"
    results.mkdir()
    (results / FOLDER).symlink_to(folder / FOLDER)
    study = Study(tuple(NAMES), ("made",), request.param)
    with serving(Desk(study, files, results).site()) as served:
        yield enter(served)


def asked(visitor: Visitor, method: str, path: str, body: object = None) -> tuple[int, dict]:
    status, _, content = visitor(method, path, body)
    return status, json.loads(content)


def judge(visitor: Visitor, path: str, chosen: int = 0, seconds: float = 1.0) -> tuple[int, dict]:
    which = asked(visitor, "GET", "/api/study")[1]["ask"] == "which"
    shown = [seconds] * (2 if which else 1)
    return asked(visitor, "POST", path, {"shown": shown, "chosen": chosen, "seconds": 0.7})


def test_a_judge_sits_stops_and_goes_on(visitor: Visitor, tmp_path: Path) -> None:
    study = asked(visitor, "GET", "/api/study")[1]
    assert (study["truths"], study["next_name"], study["unfinished"]) == (3, "judge 1", [])
    status, begun = asked(visitor, "POST", "/api/sitting", {"judge": "  anna  b "})
    assert (status, begun["judge"], begun["remaining"]) == (200, "anna b", list(range(4 + 3 + 3)))
    place = f"/api/sitting/{begun['sitting'].replace(' ', '%20')}"
    for trial in range(5):
        assert judge(visitor, f"{place}/{trial}")[0] == 200
    study = asked(visitor, "GET", "/api/study")[1]
    assert study["unfinished"] == [{"sitting": "anna b", "judge": "anna b", "done": 5, "count": 10}]
    again = asked(visitor, "POST", "/api/sitting", {"judge": "anna b"})[1]
    assert again["remaining"] == list(range(5, 10))
    for trial in again["remaining"]:
        assert judge(visitor, f"{place}/{trial}")[0] == 200
    assert asked(visitor, "GET", "/api/study")[1]["finished"] == 1
    second = asked(visitor, "POST", "/api/sitting", {"judge": "anna b"})[1]
    assert (second["sitting"], second["done"]) == ("anna b-2", 0)
    assert [s.beginning.number for s in read_results(tmp_path / "results")] == [0, 1]


def test_what_is_judged_is_what_was_shown(visitor: Visitor, tmp_path: Path) -> None:
    """Whoever always takes what is red for the photograph is never fooled, and blue always."""
    known = {
        photograph(seed, uv).astype(np.int64).sum().item(): uv
        for uv in (RED, BLUE)
        for seed in range(len(NAMES))
    }
    begun = asked(visitor, "POST", "/api/sitting", {"judge": "anna"})[1]
    taken = {}
    for trial in begun["remaining"]:
        place, found = f"/api/sitting/anna/{trial}", []
        while (answer := visitor("GET", f"{place}/{len(found)}"))[0] == 200:
            assert answer[1]["content-type"] == "image/png"
            with Image.open(io.BytesIO(answer[2])) as picture:
                found.append(np.asarray(picture).astype(np.int64).sum().item())
        colors = [
            next((uv for total, uv in known.items() if abs(total - each) < 6000), None)
            for each in found
        ]
        chosen = colors.index(BLUE) if BLUE in colors and len(found) == 2 else 0
        taken[trial] = (colors, chosen)
        assert judge(visitor, place, chosen)[0] == 200
    (sitting,) = read_results(tmp_path / "results")
    for judgement in sitting.judgements:
        colors, chosen = taken[judgement.trial]
        if judgement.part is Part.COUNTS:
            assert None not in colors
            assert judgement.fooled == (colors[chosen] == BLUE if len(colors) == 2 else False)
            assert (judgement.source == "made") == (BLUE in colors)
            assert judgement.kind == ("sea" if judgement.picture.startswith("sea") else "")


def test_practice_tells_what_was_right_and_nothing_else_does(visitor: Visitor) -> None:
    begun = asked(visitor, "POST", "/api/sitting", {"judge": "anna"})[1]
    told = [judge(visitor, f"/api/sitting/anna/{trial}")[1] for trial in begun["remaining"]]
    parts = begun["parts"]
    assert ["right" in each for each in told] == [part == "practice" for part in parts]
    right = sum(each.get("right", False) for each in told)
    assert right == 2  # who always says the same, of four


@pytest.mark.parametrize(
    ("seconds", "late"), [(1.049, False), (0.951, False), (1.06, True), (0.9, True)]
)
def test_what_was_not_shown_for_a_second_is_late(
    visitor: Visitor, tmp_path: Path, seconds: float, late: bool
) -> None:
    asked(visitor, "POST", "/api/sitting", {"judge": "anna"})
    status, told = judge(visitor, "/api/sitting/anna/0", seconds=seconds)
    assert (status, told["late"]) == (200, late)
    (sitting,) = read_results(tmp_path / "results")
    (judgement,) = sitting.judgements
    assert (judgement.late, judgement.fooled is None, judgement.chosen is None) == (late,) * 3


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("/api/sitting", {}, 400, "lacks the judge's name"),
        ("/api/sitting", {"judge": "../x"}, 400, "a judge's name is"),
        ("/api/sitting", {"judge": 3}, 400, "lacks the judge's name"),
        ("/api/sitting/bob/0", {}, 404, "there is no sitting bob"),
        ("/api/sitting/anna/99", {}, 404, "has no question 99"),
        ("/api/sitting/anna/-1", {}, 404, "has no question -1"),
        ("/api/sitting/anna/1", {}, 400, "how long each picture was shown"),
        ("/api/sitting/anna/1", {"shown": [1, 1, 1]}, 400, "how long each picture was shown"),
        ("/api/sitting/anna/1", {"shown": ["1", "1"][:0]}, 400, "how long each"),
        ("/api/sitting/anna/0", {"shown": [1.0], "chosen": 0}, None, ""),
    ],
)
def test_nonsense_is_refused_in_a_line(
    visitor: Visitor, tmp_path: Path, path: str, body: object, status: int | None, said: str
) -> None:
    asked(visitor, "POST", "/api/sitting", {"judge": "anna"})
    judge(visitor, "/api/sitting/anna/0")
    before = (tmp_path / "results/anna.jsonl").read_bytes()
    found, content = asked(visitor, "POST", path, body)
    assert found == (status or 409)
    assert said in content["error"]
    assert (tmp_path / "results/anna.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    "answer", [{"chosen": 2}, {"chosen": True}, {}, {"chosen": 1, "seconds": -1}]
)
def test_an_answer_that_is_none_is_refused(visitor: Visitor, answer: dict) -> None:
    which = asked(visitor, "GET", "/api/study")[1]["ask"] == "which"
    asked(visitor, "POST", "/api/sitting", {"judge": "anna"})
    body = {"shown": [1.0] * (2 if which else 1), "seconds": 1, **answer}
    assert asked(visitor, "POST", "/api/sitting/anna/0", body)[0] == 400
    path = "/api/sitting/anna/0/2" if which else "/api/sitting/anna/0/1"
    assert visitor("GET", path)[0] == 404
