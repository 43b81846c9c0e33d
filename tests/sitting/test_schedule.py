"""What a judge sees, and in which order."""

from collections import Counter
from itertools import pairwise

import pytest

from vidcolor.sitting.absurd import COLORINGS, STANDARDS
from vidcolor.sitting.schedule import PRACTICE, Part, Trial, schedule
from vidcolor.sitting.study import TRUTH, Ask, Study

STUDY = Study(tuple(f"p{at:02}" for at in range(41)), ("a", "b", "c"))


def counted(trials: list[Trial]) -> list[Trial]:
    return [trial for trial in trials if trial.part is Part.COUNTS]


@pytest.mark.parametrize("count", [1, 2, 12, 41, 200])
def test_practice_comes_first_and_each_truth_once(count: int) -> None:
    study = Study(tuple(f"p{at:03}" for at in range(count)), ("a", "b"))
    trials = schedule(study, 0, 1)
    parts = [trial.part for trial in trials]
    assert parts[:PRACTICE] == [Part.PRACTICE] * PRACTICE
    assert Part.PRACTICE not in parts[PRACTICE:]
    assert sorted(trial.picture for trial in counted(trials)) == list(study.truths)
    assert 3 <= parts.count(Part.CATCH) <= 8
    for trial in trials:
        if trial.part is not Part.COUNTS:
            assert trial.picture in STANDARDS
            assert trial.source in COLORINGS


def test_as_many_sittings_as_sources_show_each_truth_in_each() -> None:
    seen = Counter(
        (trial.picture, trial.source)
        for number in range(3)
        for trial in counted(schedule(STUDY, number, seed=number))
    )
    assert len(seen) == 3 * 41
    assert set(seen.values()) == {1}


def test_neither_place_tells_the_truth() -> None:
    for seed in range(20):
        places = Counter((t.source, t.truth_at) for t in counted(schedule(STUDY, 0, seed)))
        for source in STUDY.sources:
            assert abs(places[source, 0] - places[source, 1]) <= 1


def test_catches_are_spread_over_the_sitting() -> None:
    parts = [trial.part for trial in schedule(STUDY, 0, 5)][PRACTICE:]
    places = [at for at, part in enumerate(parts) if part is Part.CATCH]
    assert len(places) == 8
    assert max(b - a for a, b in pairwise(places)) <= 12


def test_the_order_is_random_and_can_be_had_again() -> None:
    orders = {tuple(schedule(STUDY, 0, seed)) for seed in range(5)}
    assert len(orders) == 5
    assert schedule(STUDY, 1, 3) == schedule(STUDY, 1, 3)


def test_pictures_alone_are_asked_about_with_the_truth_among_them() -> None:
    study = Study(STUDY.truths, ("a", "b"), Ask.NATURAL)
    trials = schedule(study, 0, 1)
    assert all(trial.truth_at is None for trial in trials)
    shown = Counter(trial.source for trial in counted(trials))
    assert set(shown) == {"a", "b", TRUTH}
    assert max(shown.values()) - min(shown.values()) <= 1
    practice = [trial.source == TRUTH for trial in trials[:PRACTICE]]
    assert practice == [False, True, False, True]
