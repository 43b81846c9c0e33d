"""Kinds of values that the command line takes."""

import math
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from vidcolor.colorize.settings import Cuts
from vidcolor.errors import UsageError
from vidcolor.jobs.store import StoredFile, scheme
from vidcolor.text import as_utf8, parse_time

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_HIGHEST_RATE = 1000
_ROUNDED_RATE = Fraction(5, 1000)
"""By how much 23.98 may be off."""


class FilePath(click.Path):
    """The path of a file. Raises UsageError for an address of the web, as which no path is read."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, readable=False)

    def convert(self, value: Any, param: Any, context: Any) -> Any:
        if isinstance(value, str) and _ADDRESS.match(value):
            raise UsageError(
                f"{value}: an address, and no file; download the film first, or pipe it through -"
            )
        return super().convert(value, param, context)


PATH = FilePath()


class FilmPath(FilePath):
    """The path of a film or folder, which may also lie in an object store."""

    def convert(self, value: Any, param: Any, context: Any) -> Any:
        if isinstance(value, str) and scheme(value) is not None:
            return StoredFile(value)
        return super().convert(value, param, context)


FILM = FilmPath()


class PictureName(FilePath):
    """The name of a picture, as text."""

    def convert(self, value: Any, param: Any, context: Any) -> str:
        return str(super().convert(value, param, context))


class HintsFile(FilePath):
    """A file of hints, or none."""

    name = "hints"

    def get_metavar(self, param: Any, ctx: Any) -> str:
        return "FILE|none"

    def convert(self, value: Any, param: Any, context: Any) -> Path:
        """Return the path; `Path("none")` for the bare word alone: a file may have that name."""
        path = super().convert(value, param, context)
        return path.absolute() if path == Path("none") and str(value) != "none" else path


class Seconds(click.ParamType):
    """Seconds, or [hours:]minutes:seconds; fractions are exact."""

    name = "time"

    def convert(self, value: Any, param: Any, context: Any) -> Fraction:
        if isinstance(value, Fraction):
            return value
        try:
            return parse_time(value)
        except ValueError as error:
            self.fail(f"'{value}' {error}", param, context)


class PlaceOf(click.ParamType):
    """A place in a picture: x and y in fractions of it, each from 0 to 1."""

    name = "place"

    def get_metavar(self, param: Any, ctx: Any) -> str:
        return "X,Y"

    def convert(self, value: Any, param: Any, context: Any) -> tuple[float, float]:
        if isinstance(value, tuple):
            return value
        numbers = re.fullmatch(r"(\d*\.?\d+),(\d*\.?\d+)", value, re.ASCII)
        x, y = map(float, numbers.groups()) if numbers else (2.0, 2.0)
        if not (x <= 1 and y <= 1):
            self.fail(
                f"'{value}' is no place; write two numbers within 0..1, as in 0.41,0.63",
                param,
                context,
            )
        return x, y


class PictureInSpan(click.ParamType):
    """A picture, and the span that it is for behind an @; None stands for no span."""

    name = "picture"

    def get_metavar(self, param: Any, ctx: Any) -> str:
        return "PICTURE[@1:10..1:20]|auto"

    def convert(
        self, value: Any, param: Any, context: Any
    ) -> tuple[Path, tuple[Fraction, Fraction] | None]:
        if isinstance(value, tuple):
            return value
        name, _, span = value.rpartition("@")
        if not (name and ".." in span) or Path(value).is_file():  # an @ of the name's own
            return PATH.convert(value, param, context), None
        begin, end = (Seconds().convert(each, param, context) for each in span.split("..", 1))
        if begin >= end:
            self.fail(f"'{span}': the span ends before it begins", param, context)
        return PATH.convert(name, param, context), (begin, end)


class Rate(click.ParamType):
    """Frames a second: 24, 23.976 or 24000/1001.

    Decimals near to a rate of television are taken for it: 29.97 is 30000/1001.
    """

    name = "rate"

    def convert(self, value: Any, param: Any, context: Any) -> Fraction:
        if isinstance(value, Fraction):
            return value
        whole = re.fullmatch(r"\d{1,6}(/[1-9]\d{0,5}|\.\d{1,6})?", value, re.ASCII)
        rate = Fraction(value) if whole else Fraction(0)
        if not 0 < rate <= _HIGHEST_RATE:
            self.fail(f"'{value}' is no rate; write 24, 23.976 or 24000/1001", param, context)
        if "." not in value or rate.denominator == 1:
            return rate
        television = Fraction(round(rate) * 1000, 1001)
        return television if abs(rate - television) < _ROUNDED_RATE else rate


class Number(click.FloatRange):
    """A finite number within bounds."""

    def convert(self, value: Any, param: Any, context: Any) -> float:
        number = super().convert(value, param, context)
        if not math.isfinite(number):
            self.fail(f"'{value}' is not a number", param, context)
        return float(number)


class Device(click.ParamType):
    """The name of a device; that it exists is checked when it is used."""

    name = "device"

    def convert(self, value: Any, param: Any, context: Any) -> str:
        if not re.fullmatch(r"auto|cpu|mps|cuda(:\d{1,3})?", value, re.ASCII):
            self.fail(f"'{value}' is none of auto, cpu, cuda, cuda:N, mps", param, context)
        return str(value)


class JobCount(click.IntRange):
    """A number of processes from 1 on; auto becomes None."""

    name = "count"

    def __init__(self) -> None:
        super().__init__(1, 64)

    def convert(self, value: Any, param: Any, context: Any) -> Any:
        return None if value == "auto" else super().convert(value, param, context)


class ClusterAddress(click.ParamType):
    """A Ray cluster: ray for the one that RAY_ADDRESS names, or this machine's; or its address."""

    name = "cluster"

    def get_metavar(self, param: Any, ctx: Any) -> str:
        return "ray[://HOST:PORT]"

    def convert(self, value: Any, param: Any, context: Any) -> str:
        if value in ("ray", "auto"):
            return "auto"
        if not value.startswith("ray://"):
            self.fail(f"'{value}' is none; write ray, or ray://HOST:PORT", param, context)
        return str(value)


class Switch(click.Choice):
    """Turns on and off into True and False."""

    def __init__(self) -> None:
        super().__init__(["on", "off"])

    def convert(self, value: Any, param: Any, context: Any) -> Any:
        return value if isinstance(value, bool) else super().convert(value, param, context) == "on"


class CutList(click.ParamType):
    """Where shots begin: auto, off, or a file with a time a line.

    Raises UsageError for a file that can't be read.
    """

    name = "cuts"

    def get_metavar(self, param: Any, ctx: Any) -> str:
        return "auto|off|FILE"

    def convert(self, value: Any, param: Any, context: Any) -> Cuts:
        if isinstance(value, Cuts):
            return value
        return Cuts.parse(value) if value in ("auto", "off") else read_cuts(value)


def read_cuts(file: str) -> Cuts:
    """Read the times that a file lists, one a line; # begins a comment. Raises UsageError."""
    try:
        content = as_utf8(Path(file).read_bytes())
        if b"\0" in content:
            raise ValueError
    except (OSError, ValueError) as error:
        fault = getattr(error, "strerror", "not a text file")
        raise UsageError(
            f"{file}: can't be read: {fault}; give --cuts auto, off, or a file of times"
        ) from None
    times = []
    for number, line in enumerate(content.splitlines(), 1):
        # A comment may be in any encoding.
        text = line.partition(b"#")[0].decode("utf-8", "backslashreplace").strip()
        try:
            times += [Seconds().convert(text, None, None)] if text else []
        except click.BadParameter as error:
            raise UsageError(f"{file}: line {number}: {error.message}") from None
    return Cuts(tuple(times), file)
