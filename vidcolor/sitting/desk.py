"""The desk at which judges sit: what the page asks for, and what its answers become."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

from vidcolor.serve.answers import Answer, Asked, Content, Endpoint, RefusedError
from vidcolor.serve.site import Site
from vidcolor.sitting.photographs import kind_of
from vidcolor.sitting.pictures import FOLDER, Pictures
from vidcolor.sitting.results import (
    FORMAT,
    Beginning,
    Judgement,
    Sitting,
    add,
    begin,
    read_sitting,
    sittings_of,
)
from vidcolor.sitting.schedule import Part, Trial
from vidcolor.sitting.study import LATE, SECONDS, TRUTH, Study

_MOST_SECONDS = 1e6
"""More than any picture is shown, or any judge thinks."""


class Desk:
    """Where judges sit down, one after the other, go on, and answer.

    Args:
        study: what is judged.
        pictures: their files, as `make_pictures` gives them.
        results: the folder of results.
    """

    def __init__(self, study: Study, pictures: Pictures, results: Path) -> None:
        self._study = study
        self._pictures = pictures
        self._results = results
        self._lock = Lock()

    def site(self) -> Site:
        """Return the page with what stands behind it."""
        return Site(
            Path(__file__).parent / "page",
            [
                Endpoint("GET", "/api/study", self._tell),
                Endpoint("POST", "/api/sitting", self._sit_down),
                Endpoint("GET", "/api/sitting/{sitting}/{trial}/{place}", self._picture),
                Endpoint("POST", "/api/sitting/{sitting}/{trial}", self._judge),
            ],
        )

    def _tell(self, asked: Asked) -> Answer:
        """Tell what is judged, and who may go on."""
        with self._lock:
            sittings = sittings_of(self._study, self._results)
        return {
            "ask": self._study.ask,
            "side_by_side": self._study.side_by_side,
            "seconds": SECONDS,
            "late": LATE,
            "truths": len(self._study.truths),
            "next_name": _next_name({sitting.beginning.judge for sitting in sittings}),
            "unfinished": [_progress(sitting) for sitting in sittings if sitting.remaining],
            "finished": sum(not sitting.remaining for sitting in sittings),
        }

    def _sit_down(self, asked: Asked) -> Answer:
        """Go on with the sitting that a judge has not finished, or begin one."""
        judge = asked.content().get("judge")
        if not isinstance(judge, str):
            raise RefusedError("the request lacks the judge's name")
        judge = " ".join(judge.split())
        with self._lock:
            sittings = sittings_of(self._study, self._results)
            sitting = next(
                (each for each in sittings if each.beginning.judge == judge and each.remaining),
                None,
            ) or self._begun(judge, len(sittings))
        trials = sitting.trials
        return {
            **_progress(sitting),
            "parts": [trial.part for trial in trials],
            "remaining": sitting.remaining,
        }

    def _begun(self, judge: str, number: int) -> Sitting:
        """Begin a sitting, and return it. Raises UsageError, OutputError."""
        beginning = Beginning(
            format=FORMAT,
            judge=judge,
            number=number,
            seed=secrets.randbits(32),
            begun=datetime.now(UTC).isoformat(timespec="seconds"),
            vidcolor=version("vidcolor"),
            ask=self._study.ask,
            side_by_side=self._study.side_by_side,
            seconds=SECONDS,
            sources=list(self._study.sources),
            truths=list(self._study.truths),
        )
        return Sitting(begin(self._results, beginning), beginning, ())

    def _picture(self, asked: Asked) -> Answer:
        """Return a picture of a trial: 0 the first or left one, 1 the other one."""
        _, trial, _ = self._asked_for(asked)
        names = self._files(trial)
        place = asked.path["place"]
        if place not in map(str, range(len(names))):
            raise RefusedError(f"a question has no picture {place}", 404)
        return Content((self._results / FOLDER / names[int(place)]).read_bytes(), "image/png")

    def _judge(self, asked: Asked) -> Answer:
        """Write a judgement down, and tell in practice whether it was right."""
        content = asked.content()
        with self._lock:
            sitting, trial, at = self._asked_for(asked)
            if at not in sitting.remaining:
                raise RefusedError("this question was answered already; load the page anew", 409)
            judgement = self._judgement(trial, at, content)
            add(sitting.path, judgement)
        if trial.part is not Part.PRACTICE or judgement.late:
            return {"late": judgement.late}
        right = judgement.fooled == (trial.source == TRUTH)
        return {"late": False, "right": right}

    def _judgement(self, trial: Trial, at: int, content: Mapping[str, Any]) -> Judgement:
        """Return what a page tells of a trial as a judgement. Raises RefusedError."""
        names = self._files(trial)
        shown = content.get("shown")
        if not isinstance(shown, list) or len(shown) != len(names):
            raise RefusedError("the request does not tell how long each picture was shown")
        times = [_seconds(each) for each in shown]
        late = content.get("late") is True or any(abs(t - SECONDS) > LATE for t in times)
        chosen, seconds = content.get("chosen"), None
        if late:
            chosen = None
        elif type(chosen) is not int or chosen not in (0, 1):
            raise RefusedError("the request does not tell what was chosen")
        else:
            seconds = _seconds(content.get("seconds"))
        taken_for_real = chosen == 1 if trial.truth_at is None else chosen != trial.truth_at
        return Judgement(
            trial=at,
            part=trial.part,
            picture=trial.picture,
            kind=kind_of(trial.picture) if trial.part is Part.COUNTS else "",
            source=trial.source,
            truth_at=trial.truth_at,
            files=names,
            shown=times,
            late=late,
            chosen=chosen,
            fooled=None if late else taken_for_real,
            seconds=seconds,
        )

    def _asked_for(self, asked: Asked) -> tuple[Sitting, Trial, int]:
        """Return the sitting and the trial that a request names. Raises RefusedError."""
        names = {path.stem: path for path in self._results.glob("*.jsonl")}
        name, number = asked.path["sitting"], asked.path["trial"]
        if name not in names:
            raise RefusedError(f"there is no sitting {name}", 404)
        sitting = read_sitting(names[name])
        trials = sitting.trials
        if number not in map(str, range(len(trials))):
            raise RefusedError(f"the sitting has no question {number}", 404)
        return sitting, trials[int(number)], int(number)

    def _files(self, trial: Trial) -> list[str]:
        """Return the pictures of a trial, in their order."""
        colored = self._pictures[trial.picture, trial.source]
        if trial.truth_at is None:
            return [colored]
        truth = self._pictures[trial.picture, TRUTH]
        return [truth, colored] if trial.truth_at == 0 else [colored, truth]


def _progress(sitting: Sitting) -> dict[str, Any]:
    """Return how far a sitting has come."""
    count = len(sitting.trials)
    return {
        "sitting": sitting.path.stem,
        "judge": sitting.beginning.judge,
        "done": count - len(sitting.remaining),
        "count": count,
    }


def _next_name(taken: Iterable[str]) -> str:
    """Return a name for a judge who gives none."""
    names = set(taken)
    return next(name for at in range(1, len(names) + 2) if (name := f"judge {at}") not in names)


def _seconds(value: object) -> float:
    """Return seconds that a page tells. Raises RefusedError for anything else."""
    if (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and 0 <= value < _MOST_SECONDS
    ):
        return round(float(value), 4)
    raise RefusedError("the request does not tell seconds")
