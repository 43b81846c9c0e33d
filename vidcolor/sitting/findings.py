"""What sittings come to: who was fooled how often, by what, and how sure that is."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from vidcolor.errors import InputError
from vidcolor.sitting.bootstrap import Interval, Tally, difference, share
from vidcolor.sitting.results import Judgement, Sitting
from vidcolor.sitting.schedule import Part
from vidcolor.sitting.study import TRUTH, Study

MOST_MISSED = 0.2
"""Who gets more than this share of the catches wrong is left out: one in 28 of those who press any
key comes through eight catches."""

LISTED = 10
"""The most pictures among the most and among the least convincing ones."""

FEW_JUDGES = 5
"""With fewer judges the interval says little of others."""

_PRIOR = 2
"""So many judgements, fooled as often as the source's own, are added to those of a picture before
pictures are ranked, so that a single lucky one does not come first."""

_Counted = list[tuple[str, Judgement]]
"""Judgements that count, with their judges."""


@dataclass(frozen=True)
class Judge:
    """A judge: how many catches they saw, and got wrong, and whether they are left out for it."""

    name: str
    catches: int
    missed: int
    left_out: bool


@dataclass(frozen=True)
class Share:
    """How often a source fooled; kind: None for all kinds together."""

    source: str
    kind: str | None
    fooled: Interval
    judgements: int
    judges: int
    pictures: int


@dataclass(frozen=True)
class Difference:
    """How much more often one source fooled than another one, over pictures judged of both."""

    first: str
    second: str
    more: Interval
    pictures: int


@dataclass(frozen=True)
class Convincing:
    """A coloured picture, and how often it fooled. colored, truth: their files; truth: "" if no
    truth was shown beside it."""

    picture: str
    source: str
    fooled: int
    judgements: int
    colored: str
    truth: str


@dataclass(frozen=True)
class Findings:
    """What sittings come to.

    late: judgements not asked for because a picture was not shown for a second. damaged: lines of
    the files that can't be read. unfinished: sittings that can be gone on with. most, least: the
    most and the least convincing pictures, the extreme ones first.
    """

    study: Study
    judges: list[Judge]
    judgements: int
    late: int
    damaged: int
    unfinished: int
    shares: list[Share]
    differences: list[Difference]
    most: list[Convincing]
    least: list[Convincing]

    @property
    def left_out(self) -> list[Judge]:
        """The judges that do not count."""
        return [judge for judge in self.judges if judge.left_out]


def findings(sittings: Sequence[Sitting], folder: Path) -> Findings:
    """Return what sittings come to.

    folder: the one that they were read from. Raises InputError if they are of several studies, or
    hold no judgement that counts.
    """
    if not sittings:
        raise InputError(f"{folder}: holds no sittings yet; vidcolor judge run makes them")
    study = sittings[0].beginning.study
    for sitting in sittings:
        if sitting.beginning.study != study:
            raise InputError(
                f"{sitting.path}: is of another study than {sittings[0].path.name}; move it to a "
                "folder of its own"
            )
    judges = _judges(sittings)
    trusted = {judge.name for judge in judges if not judge.left_out}
    asked = [
        (sitting.beginning.judge, judgement)
        for sitting in sittings
        for judgement in sitting.judgements
        if judgement.part is Part.COUNTS and sitting.beginning.judge in trusted
    ]
    counted = [(judge, judgement) for judge, judgement in asked if not judgement.late]
    if not trusted:
        raise InputError(
            f"{folder}: every judge so far took absurd colours for real, so nothing counts; let "
            "others judge"
        )
    if not counted:
        raise InputError(f"{folder}: holds no judgements that count yet; go on judging")
    kinds = sorted({judgement.kind for _, judgement in counted})
    ranked = _ranked(counted)
    few = min(LISTED, len(ranked) // 2)
    return Findings(
        study=study,
        judges=judges,
        judgements=len(counted),
        late=len(asked) - len(counted),
        damaged=sum(sitting.damaged for sitting in sittings),
        unfinished=sum(bool(sitting.remaining) for sitting in sittings),
        shares=[
            _share(counted, source, kind)
            for kind in [None, *(kinds if len(kinds) > 1 else [])]
            for source in study.shown
            if any(j.source == source and kind in (None, j.kind) for _, j in counted)
        ],
        differences=[_difference(counted, *pair) for pair in combinations(study.shown, 2)],
        most=ranked[:few],
        least=ranked[::-1][:few],
    )


def _judges(sittings: Iterable[Sitting]) -> list[Judge]:
    """Return the judges, and who of them did not look, by all their sittings."""
    missed: dict[str, list[bool]] = defaultdict(list)
    for sitting in sittings:
        missed[sitting.beginning.judge] += [
            bool(judgement.fooled)
            for judgement in sitting.judgements
            if judgement.part is Part.CATCH and not judgement.late
        ]
    return [
        Judge(name, len(each), sum(each), sum(each) > MOST_MISSED * len(each))
        for name, each in sorted(missed.items())
    ]


def _share(counted: _Counted, source: str, kind: str | None) -> Share:
    """Return how often a source fooled, in all kinds or in one."""
    own = [(who, j) for who, j in counted if j.source == source and kind in (None, j.kind)]
    (tally,) = _tallies(own, [source])
    return Share(source, kind, share(tally), len(own), *tally.asked.shape)


def _difference(counted: _Counted, first: str, second: str) -> Difference:
    """Return how much more often the first source fooled than the second one."""
    pair = [first, second]
    one, other = _tallies([(who, j) for who, j in counted if j.source in pair], pair)
    both = (one.asked.sum(0) > 0) & (other.asked.sum(0) > 0)
    return Difference(first, second, difference(one, other), int(both.sum()))


def _tallies(counted: _Counted, sources: Sequence[str]) -> list[Tally]:
    """Return a tally for each of the sources, all with the same judges and pictures."""
    judges = _places(judge for judge, _ in counted)
    pictures = _places(judgement.picture for _, judgement in counted)
    found = {name: np.zeros((2, len(judges), len(pictures))) for name in sources}
    for judge, judgement in counted:
        at = judges[judge], pictures[judgement.picture]
        found[judgement.source][(0, *at)] += bool(judgement.fooled)
        found[judgement.source][(1, *at)] += 1
    return [Tally(*found[name]) for name in sources]


def _places(names: Iterable[str]) -> dict[str, int]:
    """Return a place for each of the names."""
    return {name: at for at, name in enumerate(dict.fromkeys(names))}


def _ranked(counted: _Counted) -> list[Convincing]:
    """Return the coloured pictures, those that fooled the most first."""
    by_picture: dict[tuple[str, str], list[Judgement]] = defaultdict(list)
    by_source: dict[str, list[bool]] = defaultdict(list)
    for _, judgement in counted:
        if judgement.source != TRUTH:
            by_picture[judgement.picture, judgement.source].append(judgement)
            by_source[judgement.source].append(bool(judgement.fooled))
    usual = {source: float(np.mean(fooled)) for source, fooled in by_source.items()}
    found = []
    for (picture, source), judgements in by_picture.items():
        last, fooled = judgements[-1], sum(bool(each.fooled) for each in judgements)
        truth = "" if last.truth_at is None else last.files[last.truth_at]
        colored = last.files[1 - (last.truth_at or 0)] if truth else last.files[0]
        found.append(Convincing(picture, source, fooled, len(judgements), colored, truth))

    def rank(each: Convincing) -> tuple[float, str, str]:
        likely = (each.fooled + _PRIOR * usual[each.source]) / (each.judgements + _PRIOR)
        return -likely, each.picture, each.source

    return sorted(found, key=rank)
