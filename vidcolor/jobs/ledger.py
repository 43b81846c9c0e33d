"""What is known of a folder of outputs: who makes which of them, and what became of each.

It lies in the hidden folder `.vidcolor` among the outputs. Each item has a file there that is
locked while a process works on it, which the system unlocks when the process ends, however it does;
and one that tells what became of it.
"""

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from filelock import BaseFileLock, FileLock, Timeout

from vidcolor.errors import OutputError
from vidcolor.files import Target, write_failure

COLORIZED, FOUND, PASSED_OVER, FAILED = "colorized", "there already", "passed over", "failed"
"""What becomes of an item."""


@dataclass(frozen=True)
class Entry:
    """What became of an item.

    input, output: their paths within their folders. outcome: one of those above. reason: of a
    failure, or why it was passed over. seconds: that it took. made_by: all that decided what it
    holds, by name, as text. ended: when, in seconds since 1970; None where it was not begun.
    """

    input: str
    output: str
    outcome: str
    reason: str = ""
    frames: int | None = None
    seconds: float | None = None
    device: str = ""
    notes: tuple[str, ...] = ()
    made_by: dict[str, str] | None = None
    ended: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "Entry":
        """Read what `as_dict` gives, or what JSON makes of it."""
        return cls(**{**content, "notes": tuple(content["notes"])})


class Ledger:
    """The ledger of the folder `out`, which is made if need be. All methods raise OutputError."""

    def __init__(self, out: Path) -> None:
        self._out, self._folder = out, out / ".vidcolor"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{self._folder}: {write_failure(error)}") from error

    def name(self, output: Path) -> str:
        """Return the path of an output within the folder."""
        return str(output.relative_to(self._out))

    @property
    def folds_case(self) -> bool:
        """Whether names in the folder that differ only in case are one."""
        return (self._out / self._folder.name.upper()).exists()

    def claim(self, name: str) -> BaseFileLock | None:
        """Lock an item for this process; None where another one works on it."""
        lock = FileLock(self._file(name, "lock"), blocking=False)
        try:
            lock.acquire()
        except Timeout:  # which is an OSError
            return None
        except OSError as error:
            raise OutputError(f"{self._folder}: {write_failure(error)}") from error
        return lock

    def enter(self, entry: Entry) -> None:
        """Remember what became of an item."""
        file = self._file(entry.input, "json")
        content = json.dumps(entry.as_dict()).encode()
        Target(file, self._out, overwrite=True).fill(content)

    def entry(self, name: str) -> Entry | None:
        """Return what became of an item; None where nothing is known."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            return Entry.from_dict(json.loads(self._file(name, "json").read_bytes()))
        return None

    def write_logs(self, entries: Iterable[Entry]) -> tuple[Path, Path]:
        """Write entries as CSV, for people, and as JSON; return the files."""
        rows = [entry.as_dict() for entry in entries]
        table = io.StringIO(newline="")
        writer = csv.DictWriter(table, [f.name for f in fields(Entry) if f.name not in _ONLY_JSON])
        writer.writeheader()
        for row in rows:
            text = {name: row[name] for name in writer.fieldnames}
            writer.writerow({**text, "notes": "; ".join(row["notes"])})
        contents = {"csv": table.getvalue(), "json": json.dumps(rows, indent=1) + "\n"}
        logs = {suffix: self._out / f"vidcolor.{suffix}" for suffix in contents}
        for suffix, content in contents.items():
            target = Target(logs[suffix], self._out, overwrite=True)
            target.fill(content.encode(errors="backslashreplace"))
        return logs["csv"], logs["json"]

    def _file(self, name: str, suffix: str) -> Path:
        digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
        return self._folder / f"{digest}.{suffix}"


_ONLY_JSON = {"made_by", "ended"}
