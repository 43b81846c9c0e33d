"""The table of settings in a file of hints: how the film is coloured that they are for."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from reprlib import repr as short
from typing import Any

from vidcolor.colorize.settings import BOUNDS
from vidcolor.errors import InputError, UsageError
from vidcolor.hints.values import as_file, as_number, as_text, check_keys

SETTINGS = "settings"
"""The name of the table."""


def read_settings(table: Any, path: Path) -> dict[str, Any]:
    """Return the settings that a file says, by the names of the fields of `ColorSettings`.

    Keys are named as the options of `colorize`. A picture is named relatively to the file.

    table: what the file says. path: the file, for errors, and for pictures. Raises UsageError for
    a key or value that can't be, and InputError for a picture that is not there.
    """
    if not isinstance(table, Mapping):
        raise UsageError(f"{path}: write the settings as a table [settings]")
    where = f"{path}: settings"
    check_keys(table, _READERS, where, "key")
    values: dict[str, Any] = {}
    for key, value in table.items():
        try:
            values[key.replace("-", "_")] = _READERS[key](value)
        except ValueError as error:
            raise UsageError(f"{where}: {key}: {error}") from None
    if "like" in values:
        picture = path.parent / values["like"]
        if not picture.is_file():
            raise InputError(f"{where}: like: {picture} is not there")
        values["like"] = str(picture)
    return values


def _within(bounds: tuple[float, float], value: Any) -> float:
    number = as_number(value)
    low, high = bounds
    if not low <= number <= high:
        raise ValueError(f"{short(value)} is not within {low:g}..{high:g}")
    return number


def _whole_within(bounds: tuple[float, float], value: Any) -> int:
    number = _within(bounds, value)
    if not number.is_integer():
        raise ValueError(f"{short(value)} is no whole number")
    return int(number)


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{short(value)} is neither true nor false")
    return value


def _refine(value: Any) -> str:
    if value not in ("off", "levin"):
        raise ValueError(f"{short(value)} is none of 'off' and 'levin'")
    return as_text(value)


_NUMBERS = (
    "temperature",
    "rebalance",
    "saturation",
    "min_confidence",
    "like_strength",
    "saturation_like",
)
_READERS: dict[str, Callable[[Any], Any]] = {
    **{name.replace("_", "-"): partial(_within, BOUNDS[name]) for name in _NUMBERS},
    "sample": partial(_whole_within, BOUNDS["sample"]),
    "hint-size": partial(_whole_within, BOUNDS["hint_size"]),
    "representative": _switch,
    "pool": _switch,
    "refine": _refine,
    "like": as_file,
}
"""By key, what makes a setting of its value; ValueError where it can't."""
