"""Packing: photographs from folders, tars and lists into one memory-mapped file of bytes."""

import csv
import hashlib
import json
import os
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import chain, islice
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np
from tqdm import tqdm

from vidcolor.errors import OutputError, TrainingError, UsageError
from vidcolor.files import write_failure

from ..folder_lock import lock_folder
from .parallel import map_ahead
from .screening import Duplicates, Fingerprint, Screened, Unfit, screen_photograph
from .sources import Read, files

PIXELS, INDEX, LEFT_OUT = "photographs.u8", "index.npz", "left-out.tsv"
JOURNAL = "journal.jsonl"
"""What became of each file, in order, while a pack is unfinished."""


PASSED_OVER = "passed over"
"""The reason in left-out.tsv of files that are no photographs by their names."""
GAVE_NONE = "gave none"
"""The reason in left-out.tsv of sources of which no photograph was packed."""


@dataclass(frozen=True)
class PackSummary:
    """What `pack` did.

    training, validation: how many photographs are in each split.
    left_out: how many files were left out, by reason ("unreadable", "tiny", "grey", "duplicate",
        and `screening.HEIF`).
    passed_over: how many files were not looked at, since by their names they are no photographs.
    gave_none: the sources of which no photograph was packed, and what became of their files.
    """

    training: int
    validation: int
    left_out: dict[str, int]
    passed_over: int = 0
    gave_none: dict[str, str] = field(default_factory=dict)


@dataclass
class _Source:
    """What a source was found to hold: how many image files, and the names of the other files."""

    path: Path
    photographs: int = 0
    passed_over: list[str] = field(default_factory=list)

    def files(self) -> Iterator[tuple[str, Read]]:
        """Yield what `sources.files` does, and keep count."""
        for found in files([self.path], self.passed_over.append):
            self.photographs += 1
            yield found


@dataclass(frozen=True)
class _Entry:
    """A line of the journal: a photograph that was packed, or why a file was left out."""

    name: str
    height: int = 0
    width: int = 0
    gradients: int = 0
    colors: str = ""
    left_out: str = ""
    detail: str = ""

    @property
    def area(self) -> int:
        """Bytes in the file of pixels."""
        return self.height * self.width * 3


def pack(
    sources: Iterable[Path], target: Path, validation_share: float, *, screen: bool = True
) -> PackSummary:
    """Write every fit photograph of `sources` (folders, tars, .txt lists) to the folder `target`.

    photographs.u8 holds them one after the other, each H x W x 3 uint8 RGB with a long side of at
    most 256 (Lanczos); index.npz their offsets, sizes (height, width), classes (the name of the
    folder each lay in) and split. The split is by the hash of a photograph's path, so that it
    stays when sources are added. left-out.tsv names the files that are unreadable, tiny, grey or
    near-duplicates of a photograph before them; `screening` defines each. Then it names the files
    that are no photographs by their names, and the sources of which nothing was packed. Without
    `screen` only what is unreadable or too small to be measured is left out.

    A pack that was stopped is taken up where it was by the same call, and ends with the same
    bytes. index.npz appears last: a folder without it holds no photographs. Raises UsageError where
    `target` holds photographs already; TrainingError where it holds part of another pack or another
    process is at work in it, and where no photograph is fit; OutputError.
    """
    searched = [_Source(path) for path in sources]
    for source in searched:
        if not source.path.exists():
            raise TrainingError(f"{source.path}: no such file or folder")
    with lock_folder(target), warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="PIL")  # what is left out is named anyway
        if (target / INDEX).exists():
            raise UsageError(
                f"{target}: holds packed photographs; delete it or name another folder"
            )
        try:
            found = chain.from_iterable(source.files() for source in searched)
            _gather(found, target, screen)
            return _finished(searched, target, validation_share)
        except OSError as error:
            raise OutputError(
                f"{target}: {write_failure(error)}; give the same command again to go on"
            ) from error


def _gather(found: Iterator[tuple[str, Read]], target: Path, screen: bool) -> None:
    """Write pixels and journal, from where they end."""
    for name in (PIXELS, JOURNAL):
        (target / name).touch()
    duplicates = Duplicates()
    with (
        (target / PIXELS).open("r+b") as pixels,
        (target / JOURNAL).open("r+b") as journal,
        tqdm(unit=" files", disable=None) as progress,
    ):
        for entry in _taken_up(pixels, journal, screen, target):
            if entry.name != next(found, ("",))[0]:
                raise TrainingError(
                    f"{target}: holds part of a pack of other files, {entry.name} among them; "
                    "delete it or name another folder"
                )
            if not entry.left_out:
                known = Fingerprint(entry.gradients, bytes.fromhex(entry.colors))
                duplicates.add(known, entry.name)
            progress.update()

        contents = ((name, _content(read)) for name, read in found)
        for name, outcome in map_ahead(partial(_screened, not screen), contents):
            entry, content = _entry(name, outcome, duplicates if screen else Duplicates())
            pixels.write(content)
            journal.write(json.dumps(asdict(entry)).encode() + b"\n")
            progress.update()


def _taken_up(pixels: BinaryIO, journal: BinaryIO, screen: bool, target: Path) -> Iterator[_Entry]:
    """The journal's entries whose photographs were written; both files are then cut behind them.

    Whatever part of either reached the disk, what is left is a pack stopped between two files. The
    journal's first line says whether it is screened.
    """
    settings = json.dumps({"screen": screen}).encode() + b"\n"
    written = pixels.seek(0, os.SEEK_END)
    area = 0
    if (first := journal.readline()).endswith(b"\n"):
        if first != settings:
            raise TrainingError(
                f"{target}: holds part of a pack with other settings; delete it or name another "
                "folder"
            )
        length = len(first)
        for line in journal:
            if not line.endswith(b"\n"):
                break
            entry = _parsed(line, target)
            if area + entry.area > written:
                break
            area += entry.area
            length += len(line)
            yield entry
        journal.seek(length)
    else:
        journal.seek(0)
        journal.write(settings)
    pixels.seek(area)
    for file in (pixels, journal):
        file.truncate()


def _parsed(line: bytes, target: Path) -> _Entry:
    try:
        return _Entry(**json.loads(line))
    except (ValueError, TypeError) as error:
        raise TrainingError(
            f"{target / JOURNAL}: damaged; delete {target} or name another folder"
        ) from error


def _content(read: Read) -> bytes | Unfit:
    try:
        return read()
    except OSError as error:
        return Unfit("unreadable", error.strerror or str(error))


def _screened(readable_only: bool, file: tuple[str, bytes | Unfit]) -> tuple[str, Screened]:
    name, content = file
    return name, content if isinstance(content, Unfit) else screen_photograph(
        content, readable_only
    )


def _entry(name: str, outcome: Screened, duplicates: Duplicates) -> tuple[_Entry, bytes]:
    """The journal's line for a file, and its pixels."""
    if isinstance(outcome, Unfit):
        return _Entry(name, left_out=outcome.reason, detail=outcome.detail), b""
    photograph, fingerprint = outcome
    if original := duplicates.find(fingerprint):
        return _Entry(name, left_out="duplicate", detail=original), b""
    duplicates.add(fingerprint, name)
    height, width = photograph.shape[:2]
    entry = _Entry(name, height, width, fingerprint.gradients, fingerprint.colors.hex())
    return entry, photograph.tobytes()


def _finished(searched: Sequence[_Source], target: Path, validation_share: float) -> PackSummary:
    """Turn the journal of a whole pack into left-out.tsv and index.npz."""
    sizes, classes, validation = [], [], []
    left_out: Counter[str] = Counter()
    gave_none: dict[str, str] = {}
    with (
        (target / JOURNAL).open("rb") as journal,
        (target / LEFT_OUT).open("w", encoding="utf-8", errors="surrogateescape") as file,
    ):
        table = csv.writer(file, "excel-tab", lineterminator="\n")
        table.writerow(("file", "reason", "detail"))
        next(journal)
        for source in searched:
            unfit: Counter[str] = Counter()
            for line in islice(journal, source.photographs):
                entry = _parsed(line, target)
                if entry.left_out:
                    unfit[entry.left_out] += 1
                    table.writerow((entry.name, entry.left_out, entry.detail))
                    continue
                sizes.append((entry.height, entry.width))
                classes.append(PurePosixPath(entry.name).parent.name)
                validation.append(_fraction(entry.name) < validation_share)
            left_out += unfit
            if unfit.total() == source.photographs:
                gave_none[str(source.path)] = counted(unfit, len(source.passed_over))
        for name in chain.from_iterable(source.passed_over for source in searched):
            table.writerow(
                (name, PASSED_OVER, "no photograph by its name; a list may name any file")
            )
        for name, why in gave_none.items():
            table.writerow((name, GAVE_NONE, why))
    passed_over = sum(len(source.passed_over) for source in searched)
    if not sizes:
        (target / JOURNAL).unlink()
        raise TrainingError(
            f"{target}: no photographs found ({counted(left_out, passed_over)}); see "
            f"{target / LEFT_OUT}"
        )

    area = np.array(sizes, np.int64).prod(1) * 3
    names, labels = np.unique(classes, return_inverse=True)
    temporary = target / (INDEX + ".part")
    with temporary.open("wb") as index:
        np.savez(
            index,
            offsets=np.concatenate([[0], area.cumsum()[:-1]]),
            sizes=np.array(sizes, np.int32),
            labels=labels.astype(np.int32),
            class_names=names,
            validation=np.array(validation),
        )
    temporary.replace(target / INDEX)
    (target / JOURNAL).unlink()
    trained = len(sizes) - sum(validation)
    return PackSummary(trained, sum(validation), dict(left_out), passed_over, gave_none)


def counted(left_out: Mapping[str, int], passed_over: int) -> str:
    """Return how many files there are for each reason, as text."""
    reasons = dict(left_out) | ({PASSED_OVER: passed_over} if passed_over else {})
    return ", ".join(f"{count} {reason}" for reason, count in reasons.items()) or "no files"


def _fraction(name: str) -> float:
    """A number in [0, 1) that depends on the name alone."""
    digest = hashlib.sha256(name.encode(errors="surrogateescape")).digest()
    return int.from_bytes(digest[:4]) / 2**32
