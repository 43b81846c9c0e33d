"""The folder of a film that is being made in segments: what is asked, and what is done.

`journal.json` tells what is asked for and how the film is divided. Segment 7 is done when there is
a `7.json`, which tells what there is to know of it; its picture is `7.part`. Each file appears
under its name when it lies safely on the disk, so that a power cut costs no more than the segments
in work.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from vidcolor.errors import OutputError, UsageError
from vidcolor.files import write_failure
from vidcolor.jobs.plan import Plan
from vidcolor.output.encoded_part import EncodedPart
from vidcolor.pipeline.film_hints import FilmHints
from vidcolor.pipeline.first_pass import FirstPass
from vidcolor.pipeline.notes import FrameNotes

_FORMAT = 1
_JOURNAL, _LOCK, _UNFINISHED = "journal.json", "lock", ".unfinished"
_LONGEST = 200
"""So many bytes of an output's name are taken into that of its folder."""
_OUTPUT = "output"
"""Tells which file becomes the output, by its number on the disk."""


def work_folder(output: Path, work: Path | None = None) -> Path:
    """Return the folder in which a film is made, named after its output.

    It lies beside the output, hidden, or in the folder `work`. A name that would be too long is
    left out.
    """
    final = Path(os.path.realpath(output))
    digest = hashlib.sha256(os.fsencode(final)).hexdigest()[:8]
    name = final.name if len(os.fsencode(final.name)) <= _LONGEST else digest
    if work is None:
        return final.with_name(f".{name}.vidcolor")
    return work / f"{name}.{digest}.vidcolor"  # outputs of many folders may have this name


def tidy_up(output: Path, work: Path | None = None) -> None:
    """Remove the work folder of a film that is there: a run was killed when only that was left."""
    journal = Journal(work_folder(output, work))
    if journal.became(output) or journal.is_empty:
        with suppress(UsageError), journal.locked():
            journal.remove()


@dataclass(frozen=True)
class SegmentRecord:
    """Tells what there is to know of a segment that is done.

    part: its picture. notes: of each frame. previous: the pts of the frame before it, None where
    none was seen. batch_size: of the network, at its end. seconds: that it took.
    """

    part: EncodedPart
    notes: list[FrameNotes]
    previous: int | None
    batch_size: int
    seconds: float

    def follows(self, before: "SegmentRecord") -> bool:
        """Tell whether no frame is missing between another segment and this one, or comes twice."""
        return self.previous == before.part.times[-1][0]

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "part": self.part.as_dict(),
            "notes": [each.as_values() for each in self.notes],
            "previous": self.previous,
            "batch_size": self.batch_size,
            "seconds": self.seconds,
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "SegmentRecord":
        """Read what `as_dict` gives."""
        own = {
            "part": EncodedPart.from_dict(content["part"]),
            "notes": [FrameNotes.from_values(*values) for values in content["notes"]],
        }
        return cls(**{**content, **own})


@dataclass(frozen=True)
class Work:
    """What a journal tells.

    asked: all that decides what the segments hold, by name, as text. plan: how the film is
    divided. first: what reading it beforehand told, if that was asked for. hints: what hints come
    to, if there are any. notes: what was said of them.
    """

    asked: dict[str, str]
    plan: Plan
    first: FirstPass | None = None
    hints: FilmHints | None = None
    notes: tuple[str, ...] = ()


class Journal:
    """The folder of a film that is being made in segments. All methods raise OutputError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Make the folder if need be, and keep other processes that ask out of it.

        Raises UsageError where one is at work in it.
        """
        with self._failures():
            self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / _LOCK, blocking=False)
        with self._failures():
            try:
                lock.acquire()
            except Timeout:  # which is an OSError
                raise UsageError(
                    f"{self.folder}: another vidcolor is making this film; wait for it, or stop it"
                ) from None
        try:
            yield
        finally:
            lock.release()

    def read(self) -> Work | None:
        """Return what the journal tells; None if there is none that this version can read."""
        try:
            content = json.loads((self.folder / _JOURNAL).read_bytes())
            if content["format"] != _FORMAT:
                return None
            first, hints = content["first"], content["hints"]
            return Work(
                content["asked"],
                Plan.from_dict(content["plan"]),
                first and FirstPass.from_dict(first),
                hints and FilmHints.from_dict(hints),
                tuple(content["notes"]),
            )
        except (OSError, ValueError, KeyError):
            return None

    def begin(self, work: Work) -> None:
        """Begin a film anew: nothing of it is done."""
        self.clear()
        content = {
            "format": _FORMAT,
            "asked": work.asked,
            "plan": work.plan.as_dict(),
            "first": work.first and work.first.as_dict(),
            "hints": work.hints and work.hints.as_dict(),
            "notes": work.notes,
        }
        self._write(_JOURNAL, content)

    def part_file(self, index: int) -> Path:
        """Return the file of a segment's picture."""
        return self.folder / f"{index}.part"

    def unfinished_part(self, index: int) -> Path:
        """Return the file in which a segment's picture is made."""
        return self.folder / f"{index}.part{_UNFINISHED}"

    def finish(self, index: int, record: SegmentRecord) -> None:
        """Take note that a segment is done, whose unfinished part lies on the disk as a whole."""
        with self._failures():
            self.unfinished_part(index).replace(self.part_file(index))
        self._write(f"{index}.json", record.as_dict())

    def record(self, index: int) -> SegmentRecord | None:
        """Return what there is to know of a segment, None if it is not done."""
        try:
            content = json.loads((self.folder / f"{index}.json").read_bytes())
            record = SegmentRecord.from_dict(content)
            is_whole = self.part_file(index).stat().st_size == record.part.size
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return record if is_whole else None

    def expect(self, temporary: Path | None) -> None:
        """Remember the file that is about to become the output; None: there is none yet."""
        with self._failures():
            if temporary is None:
                (self.folder / _OUTPUT).unlink(missing_ok=True)
            else:
                (self.folder / _OUTPUT).write_text(str(temporary.stat().st_ino))

    def became(self, output: Path) -> bool:
        """Tell whether `output` is the film that was made here, to its end."""
        with suppress(OSError):
            return (self.folder / _OUTPUT).read_text() == str(output.stat().st_ino)
        return False

    @property
    def is_empty(self) -> bool:
        """Whether the folder is there, and nothing of a film in it."""
        with suppress(OSError):
            return {file.name for file in self.folder.iterdir()} <= {_LOCK}
        return False

    @property
    def is_in_use(self) -> bool:
        """Whether a process is at work in the folder; False where this one may not write in it."""
        try:
            with FileLock(self.folder / _LOCK, blocking=False):
                return False
        except Timeout:  # which is an OSError
            return True
        except OSError:
            return False

    @property
    def holds_segments(self) -> bool:
        """Whether any segment is done."""
        return next(self.folder.glob("*.part"), None) is not None

    @property
    def size(self) -> int:
        """How many bytes the folder takes."""
        with suppress(OSError):
            return sum(file.stat().st_size for file in self.folder.iterdir())
        return 0

    def clear(self) -> None:
        """Forget all that is done."""
        with self._failures():
            for file in self.folder.iterdir():
                if file.name not in (_LOCK, _OUTPUT):
                    file.unlink()

    def remove(self) -> None:
        """Remove the folder, and all that is done; last what tells that the output is there."""
        with suppress(OSError):
            for file in self.folder.iterdir():
                if file.name != _OUTPUT:
                    file.unlink()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self, name: str, content: dict[str, Any]) -> None:
        """Write a file that is either there whole or not at all, also after a power cut."""
        unfinished = self.folder / f"{name}{_UNFINISHED}"
        with self._failures():
            with unfinished.open("w") as file:
                json.dump(content, file)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self.folder / name)
            if os.name == "posix":  # elsewhere, folders can't be opened
                descriptor = os.open(self.folder, os.O_RDONLY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(f"{self.folder}: {write_failure(error)}") from error
