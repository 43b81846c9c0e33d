"""Kinds of values that the command line takes."""

import math
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

PATH = click.Path(path_type=Path, readable=False)


class Seconds(click.ParamType):
    """Seconds, or [hours:]minutes:seconds; fractions are exact."""

    name = "time"

    def convert(self, value: Any, param: Any, context: Any) -> Fraction:
        if isinstance(value, Fraction):
            return value
        if not re.fullmatch(r"(\d{1,6}:){0,2}\d{1,6}(\.\d{0,9})?", value, re.ASCII):
            self.fail(f"'{value}' is not a time; write 90, 1:30 or 0:01:30.5", param, context)
        time = Fraction(0)
        for part in value.split(":"):
            time = time * 60 + Fraction(part)
        return time


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
