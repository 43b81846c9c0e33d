"""What one judge sees, in order."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from vidcolor.sitting.absurd import COLORINGS, STANDARDS
from vidcolor.sitting.study import TRUTH, Ask, Study

PRACTICE = 4
"""Rounds of practice, after which the judge is told what was right."""

_PAIRS_A_CATCH = 5
_FEWEST_CATCHES, _MOST_CATCHES = 3, 8


class Part(StrEnum):
    """What a trial is for: to practise, to count, or to catch who does not look."""

    PRACTICE = "practice"
    COUNTS = "counts"
    CATCH = "catch"


@dataclass(frozen=True)
class Trial:
    """One question.

    picture: the name of a truth or, in practice and catches, of one of `absurd.STANDARDS`. source:
    what coloured it, one of the study's, or of `absurd.COLORINGS`. truth_at: which of the two
    pictures is the photograph, 0 for the first or left one, 1; None where one is shown alone.
    """

    part: Part
    picture: str
    source: str
    truth_at: int | None


def schedule(study: Study, number: int, seed: int) -> list[Trial]:
    """Return the trials of a sitting: practice, then all truths, with catches among them.

    A judge sees each truth once, in the colours of one source: who sees it twice knows the one that
    does not change. From one sitting to the next the sources move on by one truth, so that after
    as many sittings as there are sources each truth was seen in the colours of each. The order, and
    which picture is the photograph, are random; both places are as frequent within each source.

    Args:
        study: what is judged.
        number: of the sitting among those of the study, from 0.
        seed: of what is random.
    """
    rng = np.random.default_rng(seed)
    shown = study.shown
    pairs = [
        (Part.COUNTS, truth, shown[(at + number) % len(shown)])
        for at, truth in enumerate(study.truths)
    ]
    count = min(max(len(pairs) // _PAIRS_A_CATCH, _FEWEST_CATCHES), _MOST_CATCHES)
    catches = [(Part.CATCH, *_standard(PRACTICE + at)) for at in range(count)]
    for kind in shown:
        rng.shuffle(own := [pair for pair in pairs if pair[2] == kind])
        pairs = [pair for pair in pairs if pair[2] != kind] + own
    practice = _placed([_practice(at, study) for at in range(PRACTICE)], study, rng)
    counted, caught = _placed(pairs, study, rng), _placed(catches, study, rng)
    rng.shuffle(counted)
    for at, part in enumerate(np.array_split(np.arange(len(counted)), count)):
        # One in each stretch, and the later ones first, so that places before them stay.
        place = int(rng.integers(part[0], part[-1] + 1)) if part.size else len(counted)
        counted.insert(place + at, caught[at])
    return practice + counted


def _practice(number: int, study: Study) -> tuple[Part, str, str]:
    """Return a pair to practise on; of pictures alone every second one is the photograph."""
    picture, coloring = _standard(number)
    is_truth = study.ask is Ask.NATURAL and number % 2 == 1
    return Part.PRACTICE, picture, TRUTH if is_truth else coloring


def _standard(number: int) -> tuple[str, str]:
    """Return a photograph and its colours for a catch or practice; each of both takes its turn."""
    return STANDARDS[number % len(STANDARDS)], COLORINGS[number % len(COLORINGS)]


def _placed(
    pairs: list[tuple[Part, str, str]], study: Study, rng: np.random.Generator
) -> list[Trial]:
    """Return trials of pairs, of which every second one has the truth first, from a random one."""
    first = int(rng.integers(2))
    alone = study.ask is Ask.NATURAL
    return [Trial(*pair, None if alone else (first + at) % 2) for at, pair in enumerate(pairs)]
