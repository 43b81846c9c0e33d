"""Judging in a real browser, from the first round of practice to the report."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from judges_visits import JudgeVisit, Key, choose_by, page_of
from judging import BLUE, RED, write_photographs

from vidcolor.input.photographs import Photograph
from vidcolor.sitting.absurd import STANDARDS, standard
from vidcolor.sitting.equal import fitted, shown_picture, yuv_of
from vidcolor.sitting.results import read_results
from vidcolor.sitting.schedule import PRACTICE
from vidcolor.sitting.study import LATE, SECONDS

NAMES = [f"{kind}/{at}" for kind in ("people", "sea") for at in range(6)]
CATCHES = 3


def key_of(path: Path) -> Key:
    """What the browser is to know the photograph in a file by."""
    luma, chroma = yuv_of(Photograph(path).page())
    red, green, blue = shown_picture(fitted(luma), chroma).astype(np.int64).sum((0, 1)).tolist()
    return red, green, blue


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a dozen photographs in truths/ and others' colours in made/."""
    write_photographs(tmp_path / "truths", NAMES, RED)
    write_photographs(tmp_path / "made", NAMES, BLUE)
    return tmp_path


def judged(browser: Any, folder: Path, *options: str) -> tuple[int, int]:
    """Let a judge stop after some questions and go on; return how many were asked, and came late.

    The judge takes people's made colours for real, and is right of all else.
    """
    known = {key_of(standard(name)): 1 for name in STANDARDS}
    for name in NAMES:
        known[key_of(folder / f"truths/{name}.png")] = 1
        known[key_of(folder / f"made/{name}.png")] = 2 if name.startswith("people") else 0
    command = [folder / "truths", folder / "made", "-o", folder / "results", *options]
    asked = late = 0
    for most in (PRACTICE + 5, 100):
        with page_of("judge", "run", *command) as address:
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            visit = JudgeVisit(page, address)
            if asked:
                page.get_by_role("button", name="Go on as anna").click()
            else:
                page.get_by_label("Your name, or any other").fill("anna")
                page.keyboard.press("Enter")
            asked += len(visit.answer(choose_by(known), most))
            if most < 100:
                page.keyboard.press("Escape")
                visit.until("welcome")
            late += visit.late
            assert not visit.errors
            page.close()
    return asked, late


def the_report_is_right(folder: Path, vidcolor: Callable, asked: int, late: int) -> None:
    assert asked + late == PRACTICE + len(NAMES) + CATCHES
    (sitting,) = read_results(folder / "results")
    assert sum(judgement.late for judgement in sitting.judgements) == late
    counting = [judgement for judgement in sitting.judgements if judgement.part == "counts"]
    assert sorted(judgement.picture for judgement in counting) == NAMES
    seen = [judgement for judgement in counting if not judgement.late]
    people = sum(judgement.kind == "people" for judgement in seen)
    told = json.loads(vidcolor("judge", "report", folder / "results", "--json").out)
    assert (told["judgements"], told["late"]) == (len(seen), len(counting) - len(seen))
    assert (told["unfinished"], told["damaged"]) == (0, 0)
    (judge,) = told["judges"]
    assert (judge["name"], judge["missed"], judge["left_out"]) == ("anna", 0, False)
    shares = {share["kind"]: share for share in told["shares"]}
    assert shares[None]["judgements"] == len(seen)
    assert shares[None]["fooled"][0] == pytest.approx(people / len(seen))
    if 0 < people < len(seen):
        assert shares["people"]["fooled"][0] == 1
        assert shares["sea"]["fooled"][0] == 0


def test_a_judge_stops_and_goes_on_and_the_report_is_right(
    browser: Any, folder: Path, vidcolor: Callable
) -> None:
    """Side by side, which takes half the time. On a busy machine pictures may come late."""
    asked, late = judged(browser, folder, "--side-by-side")
    the_report_is_right(folder, vidcolor, asked, late)


@pytest.mark.long
def test_pictures_are_shown_for_a_second(
    browser: Any, folder: Path, vidcolor: Callable, capfd: pytest.CaptureFixture[str]
) -> None:
    """For a machine that does nothing else: 95 % within 50 ms, whatever came late included."""
    asked, late = judged(browser, folder)
    the_report_is_right(folder, vidcolor, asked, late)
    (sitting,) = read_results(folder / "results")
    off = np.array([abs(t - SECONDS) for each in sitting.judgements for t in each.shown])
    with capfd.disabled():
        quantiles = np.quantile(1000 * off, [0.5, 0.95, 1]).round(1)
        print(f"\n{len(off)} pictures, late {late}; off by (median, 95 %, most) {quantiles} ms")
    assert np.mean(off <= LATE) >= 0.95
    assert late <= 0.05 * len(sitting.judgements)


def test_nothing_is_wrong_with_the_page_for_those_who_see_or_hear_it_otherwise(
    browser: Any, folder: Path
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with page_of("judge", "run", folder / "truths", folder / "made") as address:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        visit = JudgeVisit(page, address)
        serious = found(axe, page)
        page.keyboard.press("Enter")
        visit.until("question")
        serious += found(axe, page)
        page.close()
    assert not serious


def found(axe: Any, page: Any) -> list[str]:
    """What axe finds that is serious."""
    results = axe.run(page).response
    return [
        f"{each['id']}: {each['help']}"
        for each in results["violations"]
        if each["impact"] in ("serious", "critical")
    ]
