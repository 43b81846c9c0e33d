"""What sittings come to, to the count."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from judging import RED, photograph, sit
from pages import Page
from PIL import Image

from vidcolor.errors import InputError
from vidcolor.sitting.absurd import COLORINGS, STANDARDS
from vidcolor.sitting.findings import findings
from vidcolor.sitting.pictures import FOLDER
from vidcolor.sitting.results import read_results
from vidcolor.sitting.study import TRUTH, Ask, Study

NAMES = tuple(f"{kind}/{at}" for kind in ("people", "sea") for at in range(6))
STUDY = Study(NAMES, ("a", "b"))
EVERYTHING = {(name, coloring) for name in STANDARDS for coloring in COLORINGS}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Four sittings of three judges, so that each picture is judged twice in each of two sources.

    All take people of `a` for real; the last judge is also taken in by what is absurd.
    """
    folder = tmp_path / "judged"
    people = {(name, "a") for name in NAMES if name.startswith("people")}
    for number, judge in enumerate(("anna", "anna", "bob", "bob")):
        sit(folder, judge, STUDY, number=number, fooled=people)
    sit(folder, "cleo", STUDY, number=4, fooled=people | EVERYTHING | {(n, "b") for n in NAMES})
    return folder


def test_the_counts_are_right(results: Path) -> None:
    found = findings(read_results(results), results)
    assert [judge.name for judge in found.left_out] == ["cleo"]
    assert (found.left_out[0].catches, found.left_out[0].missed) == (3, 3)
    assert (found.judgements, found.late, found.damaged, found.unfinished) == (48, 0, 0, 0)
    shares = {(each.source, each.kind): each for each in found.shares}
    assert {key: each.fooled.value for key, each in shares.items()} == {
        ("a", None): 0.5, ("b", None): 0, ("a", "people"): 1, ("b", "people"): 0,
        ("a", "sea"): 0, ("b", "sea"): 0,
    }  # fmt: skip
    whole = shares["a", None]
    assert (whole.judgements, whole.judges, whole.pictures) == (24, 2, 12)
    (pair,) = found.differences
    assert (pair.first, pair.second, pair.more.value, pair.pictures) == ("a", "b", 0.5, 12)
    assert [each.picture for each in found.most[:6]] == [f"people/{at}" for at in range(6)]
    assert {each.source for each in found.most[:6]} == {"a"}
    assert {each.fooled for each in found.least} == {0}
    assert len(found.most) == len(found.least) == 10


def test_what_came_late_does_not_count(results: Path) -> None:
    sit(results, "dora", STUDY, number=5, late=frozenset(range(8)))
    found = findings(read_results(results), results)
    dora = next(s for s in read_results(results) if s.beginning.judge == "dora")
    late = sum(j.late and j.part == "counts" for j in dora.judgements)
    assert (found.judgements, found.late) == (48 + 12 - late, late)
    assert late > 0


def test_an_unfinished_sitting_counts_as_far_as_it_goes(results: Path) -> None:
    sit(results, "dora", STUDY, number=5, count=4 + 6)
    found = findings(read_results(results), results)
    assert found.unfinished == 1
    assert 48 < found.judgements < 48 + 6


def test_pictures_alone_are_measured_against_the_truth(tmp_path: Path) -> None:
    study = Study(NAMES, ("a",), Ask.NATURAL)
    for number in range(2):
        sit(tmp_path, f"judge {number}", study, number=number, fooled={(n, TRUTH) for n in NAMES})
    found = findings(read_results(tmp_path), tmp_path)
    assert {s.source: s.fooled.value for s in found.shares if s.kind is None} == {"a": 0, TRUTH: 1}
    assert {each.source for each in found.most} == {"a"}


def test_studies_are_not_mixed(results: Path) -> None:
    sit(results, "zoe", Study(NAMES, ("a", "c")))
    with pytest.raises(InputError, match=r"zoe\.jsonl: is of another study"):
        findings(read_results(results), results)


def test_nothing_judged_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no sittings yet"):
        findings(read_results(tmp_path), tmp_path)
    sit(tmp_path, "anna", STUDY, count=3)
    with pytest.raises(InputError, match="no judgements that count yet"):
        findings(read_results(tmp_path), tmp_path)


def test_judges_who_did_not_look_are_not_all_there_is(tmp_path: Path) -> None:
    sit(tmp_path, "cleo", STUDY, fooled=EVERYTHING)
    with pytest.raises(InputError, match="every judge so far took absurd colours for real"):
        findings(read_results(tmp_path), tmp_path)


def test_the_report_in_all_its_forms(results: Path, tmp_path: Path, vidcolor: Callable) -> None:
    (results / FOLDER).mkdir()
    Image.fromarray(photograph(0, RED)).save(results / FOLDER / "a.png")
    outputs = [tmp_path / f"report.{suffix}" for suffix in ("html", "png", "csv", "json")]
    run = vidcolor("judge", "report", results, *(word for o in outputs for word in ("-o", o)))
    assert (run.code, run.err) == (0, "")
    lines = run.out.splitlines()
    heading = ["source", "fooled %", "95 % within", "judgements", "judges", "pictures"]
    assert re.split(" {2,}", lines[0]) == heading
    assert lines[1].split()[:2] == ["a", "50.0"]
    assert "cleo is left out: took absurd colours for real in 3 of 3 catches." in lines
    assert "Only 2 judges: the intervals rest on little." in lines

    page = Page(outputs[0].read_text())
    assert page.stands_alone()
    assert page.rows[1][:2] == ["a", "50.0"]
    assert sum(row[0] in NAMES for row in page.rows) == 20
    with Image.open(outputs[1]) as chart:
        assert chart.format == "PNG"
    table = list(csv.DictReader(io.StringIO(outputs[2].read_text())))
    assert (table[0]["source"], float(table[0]["value"])) == ("a", 0.5)
    assert (table[-1]["what"], float(table[-1]["value"])) == ("difference", 0.5)
    figures = json.loads(outputs[3].read_text())
    assert figures["shares"][0]["fooled"][0] == 0.5
    assert json.loads(vidcolor("judge", "report", results, "--json").out) == figures

    again = vidcolor("judge", "report", results, "-o", outputs[2])
    assert (again.code, "exists already" in again.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["judged", "-o", "report.pdf"], 2, "report.pdf: name the output .html, .png, .csv, .json"),
        (["elsewhere"], 1, "elsewhere: is no folder of results; vidcolor judge run makes one"),
    ],
)
def test_wrong_reports_are_one_line(
    results: Path,
    vidcolor: Callable,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(results.parent)
    run = vidcolor("judge", "report", *arguments)
    assert (run.code, run.out, run.err.count("\n")) == (code, "", 1)
    assert said in run.err
