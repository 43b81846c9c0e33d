"""Grids of settings: picture options that vary, the cells they span, the command of each cell."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from vidcolor.cli.lazy import lazily
from vidcolor.cli.options import PICTURE_OPTIONS, default_look_ahead, make_colorizer, read_cuts
from vidcolor.errors import UsageError

with lazily():
    from vidcolor.colorize import variants
    from vidcolor.net import checkpoint
    from vidcolor.preview import tune

if TYPE_CHECKING:
    from vidcolor.cli.options import Networks

MOST_CELLS = 64

_FACTORS = (0.25, 0.5, 2, 4)
"""The temperatures across, as multiples of the middle one."""
_AROUND_0 = (0.25, 0.5, 1, 2)
_HIGHEST_TEMPERATURE = 4
_APART = 0.3
"""The difference of rebalance between neighbouring rows."""


@dataclass(frozen=True)
class Axis:
    """A picture option, by the name of its parameter, and the values it takes."""

    name: str
    values: tuple[Any, ...]


class Over(click.ParamType):
    """A picture option of the command, and values that it can have: NAME=VALUE,VALUE,..."""

    name = "axis"

    def convert(self, value: Any, param: Any, context: click.Context | None) -> Axis:
        if isinstance(value, Axis):
            return value
        assert context is not None
        option, _, texts = value.partition("=")
        options = {_dashed(name): name for name in PICTURE_OPTIONS}
        if option not in options:
            near = get_close_matches(option.lower(), options, 1)
            remedy = f"do you mean {near[0]}?" if near else f"choose from: {', '.join(options)}"
            self.fail(f"there is no '{option}' to vary; {remedy}", param, context)
        if not all(texts.split(",")):
            self.fail(f"write {option}=VALUE,VALUE,..., not '{value}'", param, context)
        varied = next(each for each in context.command.params if each.name == options[option])
        values = tuple(varied.type.convert(text, varied, context) for text in texts.split(","))
        if len(set(values)) < len(values):
            self.fail(f"'{value}' has a value twice", param, context)
        return Axis(options[option], values)


@dataclass(frozen=True)
class Cell:
    """A cell of a grid, which stands for one choice of settings.

    number: counted from 1. picture: all picture options. varied: the names of those that vary.
    """

    number: int
    picture: Mapping[str, Any]
    varied: tuple[str, ...]

    @property
    def label(self) -> str:
        """Return the number and the options that vary; files appear without their folders."""
        values = (Path(_text(self.picture[name])).name for name in self.varied)
        told = map(" ".join, zip(map(_dashed, self.varied), values, strict=True))
        return f"{self.number}: {', '.join(told)}"


def grid(axes: Sequence[Axis], picture: Mapping[str, Any]) -> list[list[Cell]]:
    """Return rows of cells, numbered row by row: the first axis goes across, the second one down.

    picture: the picture options of the running command. Without axes, temperature and rebalance
    vary around theirs. Raises UsageError.
    """
    names = tuple(axis.name for axis in axes)
    if len(names) > 2 or len(set(names)) < len(names):
        raise UsageError("--over takes one option across and another one down; leave the rest out")
    for name in names:
        if click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise UsageError(f"--{_dashed(name)} is varied by --over; leave one of them out")
    across, down = [*(axes or _around(picture)), Axis("", (None,))][:2]
    columns, rows = len(across.values), len(down.values)
    if columns * rows > MOST_CELLS:
        raise UsageError(f"{columns} x {rows} cells are more than {MOST_CELLS}; vary less")
    varied = tuple(axis.name for axis in (across, down) if axis.name)
    return [
        [
            Cell(
                1 + y * columns + x, {**picture, **dict(zip(varied, (a, d), strict=False))}, varied
            )
            for x, a in enumerate(across.values)
        ]
        for y, d in enumerate(down.values)
    ]


def choices(cells: Sequence[Sequence[Cell]]) -> "list[list[tune.Choice]]":
    """Return what `tune` shows in these cells. Raises whatever `make_colorizer` raises."""
    networks: Networks = {}

    def choice(cell: Cell) -> "tune.Choice":
        colorizer = make_colorizer(
            **{name: value for name, value in cell.picture.items() if name != "cuts"},
            networks=networks,
        )
        variant = variants.Variant(colorizer, read_cuts(cell.picture["cuts"]))
        is_default = not _differing(cell.picture).keys() & set(cell.varied)
        return tune.Choice(variant, cell.label, is_default)

    return [[choice(cell) for cell in row] for row in cells]


def command_line(source: Path, cells: Sequence[Sequence[Cell]], number: int) -> str:
    """Return the shell command that colorizes `source` as cell `number`. Raises UsageError."""
    numbered = {cell.number: cell for row in cells for cell in row}
    if number not in numbered:
        raise UsageError(f"there is no cell {number}; choose 1 to {len(numbered)}")
    differing = _differing(numbered[number].picture)
    options = [part for n, v in differing.items() for part in (f"--{_dashed(n)}", _text(v))]
    name = f"./{source}" if str(source).startswith("-") else str(source)
    return shlex.join(["vidcolor", "colorize", name, *options])


def _around(picture: Mapping[str, Any]) -> list[Axis]:
    """Return five temperatures and three values of rebalance, the picture's own among them."""
    whole = _complete(picture)
    temperature, rebalance = whole["temperature"], whole["rebalance"]
    others = [min(factor * temperature, _HIGHEST_TEMPERATURE) for factor in _FACTORS]
    temperatures = {temperature, *(float(f"{other:.2g}") for other in others)}
    if not temperature:
        temperatures = {0, *_AROUND_0}
    below = 1 if _APART <= rebalance <= 1 - _APART else 2 if rebalance > _APART else 0
    steps = [step for step in range(-below, 3 - below) if step]
    rebalances = {rebalance, *(round(rebalance + step * _APART, 4) for step in steps)}
    return [
        Axis("temperature", tuple(sorted(temperatures))),
        Axis("rebalance", tuple(sorted(rebalances))),
    ]


def _differing(picture: Mapping[str, Any]) -> dict[str, Any]:
    """Return the picture options that must be given: their defaults would change the picture.

    The defaults are those of the running command.
    """
    defaults = click.get_current_context().command.make_context(None, ["film"]).params
    return {
        name: value
        for name, value in _complete(picture).items()
        if _complete({**picture, name: defaults[name]})[name] != value
    }


def _complete(picture: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in options that were not given: the weights or other options decide them."""
    decoding = _decoding(picture["weights"])
    decided = {
        "temperature": decoding.temperature,
        "rebalance": decoding.rebalance,
        "working_size": decoding.working_size,
        "look_ahead": default_look_ahead(picture["window"], picture["motion"]),
    }
    return {n: decided[n] if value is None else value for n, value in picture.items()}


@cache
def _decoding(weights: str) -> "checkpoint.Decoding":
    """Return the decoding defaults that come with weights; read them once."""
    return checkpoint.load_decoding(weights)


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _text(value: Any) -> str:
    """Return a value as the command line takes it."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
