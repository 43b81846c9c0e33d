"""Values of a TOML file, checked: texts, files and numbers, and the names of keys."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from reprlib import repr as short
from typing import Any

from vidcolor.errors import UsageError


def as_text(value: Any) -> str:
    """Return a text. Raises ValueError for anything else."""
    if not isinstance(value, str):
        raise ValueError(f"{short(value)} is no text; write it in quotes")
    return value


def as_file(value: Any) -> Path:
    """Return the path that a text is. Raises ValueError for what is none."""
    name = as_text(value)
    if not name or "\0" in name:
        raise ValueError(f"{short(name)} is no file")
    return Path(name)


def as_number(value: Any) -> float:
    """Return a number. Raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{short(value)} is no number")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{short(value)} is too large") from None


def check_keys(found: Mapping[str, Any], known: Mapping[str, Any], where: str, what: str) -> None:
    """Raise UsageError for a key that is not known, naming the nearest one."""
    for key in found:
        if key not in known:
            near = difflib.get_close_matches(key[:40], known, n=1, cutoff=0)[0]
            raise UsageError(f"{where}: unknown {what} {short(key)}; the nearest is '{near}'")
