"""What a survey has found so far: CSV files in its folder, from which a later call goes on."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from vidcolor.errors import TrainingError
from vidcolor.files import Target

TRIALS, CURVES, PHOTOGRAPHS, RUNS = "trials.csv", "curves.csv", "photographs.csv", "runs.csv"

KEY = "settings"
"""The column that tells what a row is of: `Survey.key`, whatever the variant was called."""

Row = dict[str, str]
"""The values of a row, as text, by column."""


class Table:
    """Rows of one CSV file, which is written anew whenever one comes.

    Args:
        path: the file; it need not exist.

    Raises:
        TrainingError: the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.rows: list[Row] = []
        if not path.exists():
            return
        damaged = f"{path}: damaged; restore it, or begin in another folder"
        try:
            text = path.read_text(encoding="utf-8")
            self.rows = list(csv.DictReader(io.StringIO(text), strict=True))
        except (OSError, ValueError, csv.Error) as error:
            raise TrainingError(damaged) from error
        for row in self.rows:
            if KEY not in row or None in row.values():
                raise TrainingError(damaged)

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows, of which all have the same columns. Raises OutputError."""
        self.rows += [{name: _text(value) for name, value in row.items()} for row in rows]
        self._write()

    def of(self, key: str, **values: str) -> list[Row]:
        """Return the rows of one key that have these values."""
        wanted = {KEY: key, **values}
        return [row for row in self.rows if all(row[key] == wanted[key] for key in wanted)]

    def keep(self, rows: Sequence[Row]) -> None:
        """Hold these rows alone; the file follows with the next `add`."""
        self.rows = list(rows)

    def _write(self) -> None:
        Target(self._path, self._path.parent, overwrite=True).fill(csv_file(self.rows))


def csv_file(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return rows as a CSV file; what one of them lacks is empty."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    content = io.StringIO(newline="")
    writer = csv.DictWriter(content, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return content.getvalue().encode()


def number(row: Row, name: str) -> float | None:
    """Return a value; None where there is none."""
    return float(row[name]) if row.get(name) else None


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
