"""The contract: whatever film goes in, what can be kept is kept and what can't is named."""

from itertools import combinations
from pathlib import Path

import pytest
from contract import CASES, CORE, FACTORS, PAIRS, REFUSED, Case, possible
from contract_films import make
from contract_page import PAGE, page, written
from contract_runs import colorize, verdicts

from vidcolor.errors import UnsupportedError


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=() if case in CORE else pytest.mark.long) for case in CASES],
    ids=str,
)
def test_all_of_a_film_is_kept_or_named(case: Case) -> None:
    assert verdicts(case)


@pytest.mark.parametrize("size", [f"{len(CASES)} films, {PAIRS} pairs"])
def test_every_pair_of_values_that_can_meet_does(size: str) -> None:
    assert all(possible(case._asdict()) for case in CASES)
    met = {pair for case in CASES for pair in combinations(case._asdict().items(), 2)}
    assert len(met) == PAIRS
    assert {value for pair in met for value in pair} == {
        (factor, value) for factor, values in FACTORS.items() for value in values
    }


@pytest.mark.parametrize(
    ("value", "encoder"),
    [(value, encoder) for value, encoders in REFUSED.items() for encoder in encoders.split()],
)
def test_what_an_encoder_can_t_hold_is_refused(tmp_path: Path, value: str, encoder: str) -> None:
    case = next(case for case in CASES if value in case)
    make(case, tmp_path / f"a.{case.container}")
    refused = case._replace(output=f".mkv {encoder}")
    with pytest.raises(UnsupportedError, match=rf"{encoder} .*--encoder"):
        colorize(refused, tmp_path / f"a.{case.container}", tmp_path / "b.mkv")
    assert not (tmp_path / "b.mkv").exists()


@pytest.mark.long
def test_the_page_says_what_was_found() -> None:
    assert PAGE.read_text() == page()


def test_the_page_says_what_becomes_of_the_core_s_films() -> None:
    text = PAGE.read_text()
    assert f"**{len(CASES)} films** hold each of the **{PAIRS} pairs**" in text
    assert all(f" | {'; '.join(values)} |" in text for values in FACTORS.values())
    cells = written("What is kept")
    for case in CORE:
        column = case.output.split()[0]
        for what, outcomes in verdicts(case).items():
            assert all(outcome in cells[what, column] for outcome in outcomes), (case, what)
