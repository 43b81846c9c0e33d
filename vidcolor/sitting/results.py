"""The files of results: one for each sitting, a line of JSON for each thing that happened.

The first line says what is judged and how, so that a sitting can be gone on with; each further one
is a judgement that stands for itself. A line is on the disk before the next question is asked. What
a crash leaves of a line is passed over, and so are lines that are damaged otherwise; the report
counts them.
"""

import json
import os
import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import UnionType
from typing import Any, BinaryIO, TypeVar, get_args, get_type_hints

from vidcolor.errors import InputError, OutputError, UsageError
from vidcolor.files import write_failure
from vidcolor.sitting.schedule import Part, Trial, schedule
from vidcolor.sitting.study import Ask, Study

FORMAT = 1
"""Of the files."""

SUFFIX = ".jsonl"

_NAME = re.compile(r"\w[\w .-]{0,39}")


@dataclass(frozen=True)
class Beginning:
    """What the first line of a sitting says.

    judge: the judge's name. number: of the sitting among those of the study, from 0. seed: of its
    order. begun: when, in ISO 8601. seconds: how long pictures are shown.
    """

    format: int
    judge: str
    number: int
    seed: int
    begun: str
    vidcolor: str
    ask: Ask
    side_by_side: bool
    seconds: float
    sources: list[str]
    truths: list[str]

    @property
    def study(self) -> Study:
        """The study that the sitting belongs to."""
        return Study(tuple(self.truths), tuple(self.sources), self.ask, self.side_by_side)


@dataclass(frozen=True)
class Judgement:
    """What came of one question.

    Args:
        trial: its place in the sitting, from 0.
        part: what it was for.
        picture: the photograph.
        kind: its kind, "" if it has none.
        source: what coloured it.
        truth_at: as in `schedule.Trial`.
        files: the pictures shown, in their order, or from left to right.
        shown: for how many seconds each was on the screen, by the browser's clock.
        late: whether one was not shown for a second, so that nothing was asked and nothing counts.
        chosen: the place of the picture that was taken for the photograph; of one alone 1 for
            natural, 0 for not; None if late.
        fooled: whether the coloured picture was taken for the photograph, or for natural; None if
            late.
        seconds: how long the judge took to answer; None if late.
    """

    trial: int
    part: Part
    picture: str
    kind: str
    source: str
    truth_at: int | None
    files: list[str]
    shown: list[float]
    late: bool
    chosen: int | None
    fooled: bool | None
    seconds: float | None


_Line = TypeVar("_Line", Beginning, Judgement)


@dataclass(frozen=True)
class Sitting:
    """A sitting as its file tells it. damaged: how many of its lines can't be read."""

    path: Path
    beginning: Beginning
    judgements: tuple[Judgement, ...]
    damaged: int = 0

    @property
    def trials(self) -> list[Trial]:
        """All that the judge is asked, in order."""
        beginning = self.beginning
        return schedule(beginning.study, beginning.number, beginning.seed)

    @property
    def remaining(self) -> list[int]:
        """The places of the trials that are still to be judged, in order."""
        done = {judgement.trial for judgement in self.judgements}
        return [at for at in range(len(self.trials)) if at not in done]


def read_sitting(path: Path) -> Sitting:
    """Read a file of results.

    Of judgements of one trial the first counts. Raises InputError if it can't be read or its first
    line is damaged.
    """
    try:
        first, *rest = path.read_bytes().split(b"\n")
    except OSError as error:
        raise InputError(f"{path}: can't be read: {error.strerror}") from error
    beginning = _parsed(Beginning, first)
    if beginning is None or beginning.format != FORMAT:
        raise InputError(f"{path}: is no sitting of this format, or its first line is damaged")
    lines = [line for line in rest if line.strip()]
    found = [judgement for line in lines if (judgement := _parsed(Judgement, line)) is not None]
    once = {judgement.trial: judgement for judgement in reversed(found)}
    return Sitting(path, beginning, tuple(once[at] for at in sorted(once)), len(lines) - len(found))


def read_results(folder: Path) -> list[Sitting]:
    """Read all sittings of a folder, in the order in which they were begun. Raises InputError."""
    if not folder.is_dir():
        raise InputError(f"{folder}: is no folder of results; vidcolor judge run makes one")
    sittings = [read_sitting(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]
    return sorted(sittings, key=lambda sitting: (sitting.beginning.number, sitting.path.name))


def sittings_of(study: Study, folder: Path) -> list[Sitting]:
    """Read all sittings of a folder, which must be of this study. Raises InputError."""
    sittings = read_results(folder)
    for sitting in sittings:
        if sitting.beginning.study != study:
            raise InputError(
                f"{sitting.path}: is of other pictures, sources or questions; name another folder "
                "with -o"
            )
    return sittings


def begin(folder: Path, beginning: Beginning) -> Path:
    """Begin a sitting's file, and return its path.

    It is the judge's name, with a number behind it from the second sitting on. Raises UsageError
    for a name that is none, OutputError if it can't be written.
    """
    name = beginning.judge
    if not _NAME.fullmatch(name):
        raise UsageError("a judge's name is up to 40 letters, digits, spaces, dots and dashes")
    for ending in ("", *(f"-{number}" for number in range(2, 1000))):
        path = folder / f"{name}{ending}{SUFFIX}"
        try:
            with path.open("xb") as file:
                _write(file, _line(beginning))
        except FileExistsError:
            continue
        except OSError as error:
            raise OutputError(f"{path}: {write_failure(error)}") from error
        return path
    raise UsageError(f"{name}: has sat a thousand times; take another name")


def add(path: Path, judgement: Judgement) -> None:
    """Add a judgement to a sitting's file; it is on the disk then. Raises OutputError."""
    try:
        with path.open("a+b") as file:
            file.seek(-1, os.SEEK_END)
            broken = file.read(1) != b"\n"  # by a crash, in the midst of the last line
            _write(file, b"\n" * broken + _line(judgement))
    except OSError as error:
        raise OutputError(f"{path}: {write_failure(error)}") from error


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, if it is not there. Raises OutputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: {write_failure(error)}") from error


def _line(content: Beginning | Judgement) -> bytes:
    return json.dumps(asdict(content), ensure_ascii=False).encode() + b"\n"


def _write(file: BinaryIO, content: bytes) -> None:
    """Write at the end of a file, to the disk. Raises OSError."""
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def _parsed(kind: type[_Line], line: bytes) -> _Line | None:
    """Read a line; None if it is damaged or says something else."""
    try:
        content = json.loads(line)
        types = get_type_hints(kind)
        return kind(
            **{each.name: _as(types[each.name], content[each.name]) for each in fields(kind)}
        )
    except (ValueError, TypeError, KeyError):
        return None


def _as(kind: Any, value: Any) -> Any:
    """Return a value of JSON as a type that a field has. Raises ValueError, TypeError."""
    if isinstance(kind, UnionType):
        inner, _ = get_args(kind)
        return None if value is None else _as(inner, value)
    if arguments := get_args(kind):
        return [_as(arguments[0], each) for each in value]
    if kind is float and isinstance(value, int):
        return float(value)
    if issubclass(kind, str) and isinstance(value, str):
        return kind(value)
    if type(value) is not kind:
        raise TypeError
    return value
