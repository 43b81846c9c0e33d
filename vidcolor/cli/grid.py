"""Grids of settings: options that vary, the cells they span, and the command line of each."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from vidcolor.cli.color_options import SETTING_OPTIONS
from vidcolor.cli.hint_options import NOTHING, HintChoice, find_hints
from vidcolor.cli.lazy import lazily
from vidcolor.cli.progress import show_notes
from vidcolor.colorize.settings import ColorSettings
from vidcolor.errors import UsageError
from vidcolor.frame_sequence import FrameSequence

with lazily():
    from vidcolor.colorize import variants
    from vidcolor.net import decoding
    from vidcolor.preview import tune

if TYPE_CHECKING:
    from vidcolor.colorize.settings import Networks

MOST_CELLS = 64

_FACTORS = (0.25, 0.5, 2, 4)
"""What the temperatures across are of the middle one."""
_AROUND_0 = (0.25, 0.5, 1, 2)
_HIGHEST_TEMPERATURE = 4
_APART = 0.3
"""Rebalance from one row to the next."""


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
        options = {_dashed(name): name for name in (*SETTING_OPTIONS, "device")}
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
    """One of a grid's settings.

    number: from 1. varied: the names of the options that vary.
    """

    number: int
    settings: ColorSettings
    device: str
    varied: tuple[str, ...]

    @property
    def label(self) -> str:
        """The number, and what varies; of files the names alone."""
        values = (f"{_dashed(name)} {Path(self._text(name)).name}" for name in self.varied)
        return f"{self.number}: {', '.join(values)}"

    @property
    def is_default(self) -> bool:
        """True if all that varies has its default."""
        beyond = self.settings.beyond_defaults(_decoding(self.settings.weights))
        return not set(self.varied) & {*beyond, *(["device"] if self._names_device else [])}

    @property
    def options(self) -> list[str]:
        """The options that ask for these settings, as a shell's words."""
        words = self.settings.command_line(_decoding(self.settings.weights))
        return [*words, "--device", self.device] if self._names_device else words

    @property
    def _names_device(self) -> bool:
        return self.device != "auto"

    def _text(self, name: str) -> str:
        if name == "device":
            return self.device
        if name == "cuts" and self.settings.cuts.file:
            return self.settings.cuts.file
        return self.settings.as_options()[_dashed(name)]


def grid(axes: Sequence[Axis], settings: ColorSettings, device: str) -> list[list[Cell]]:
    """Return rows of cells, numbered row by row.

    axes: the first goes across, the second one down; without any, temperature and rebalance vary
    around the settings. settings, device: those of the present command. Raises UsageError.
    """
    names = tuple(axis.name for axis in axes)
    if len(names) > 2 or len(set(names)) < len(names):
        raise UsageError("--over takes one option across and another one down; leave the rest out")
    for name in names:
        if click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise UsageError(f"--{_dashed(name)} is varied by --over; leave one of them out")
    across, down = [*(axes or _around(settings)), Axis("", (None,))][:2]
    columns, rows = len(across.values), len(down.values)
    if columns * rows > MOST_CELLS:
        raise UsageError(f"{columns} x {rows} cells are more than {MOST_CELLS}; vary less")
    varied = tuple(axis.name for axis in (across, down) if axis.name)

    def cell(number: int, values: tuple[Any, Any]) -> Cell:
        changes = dict(zip(varied, values, strict=False))
        for name in ("weights", "like"):
            if name in changes:
                changes[f"{name}_sha256"] = None
        place = changes.pop("device", device)
        return Cell(number, replace(settings, **changes), place, varied)

    return [
        [cell(1 + y * columns + x, (a, d)) for x, a in enumerate(across.values)]
        for y, d in enumerate(down.values)
    ]


def choices(
    cells: Sequence[Sequence[Cell]], source: Path, hints: HintChoice
) -> "list[list[tune.Choice]]":
    """Return what `tune` is to show for these cells.

    source: the film or photograph. hints: what the command line says of them. Raises what making a
    colorizer and finding hints do.
    """
    networks: Networks = {}
    listener = show_notes(source).once()

    def choice(cell: Cell) -> "tune.Choice":
        settings, known = find_hints(source, hints, cell.settings, listener.note, cell.varied)
        colorizer = settings.make_colorizer(cell.device, networks)
        variant = variants.Variant(colorizer, settings.cuts.times)
        return tune.Choice(variant, cell.label, cell.is_default, known)

    return [[choice(cell) for cell in row] for row in cells]


def command_line(
    source: Path, cells: Sequence[Sequence[Cell]], number: int, hints: HintChoice = NOTHING
) -> str:
    """Return what colorizes `source` as this one of the cells, as a shell takes it.

    hints: what the command line says of them. Raises UsageError.
    """
    numbered = {cell.number: cell for row in cells for cell in row}
    if number not in numbered:
        raise UsageError(f"there is no cell {number}; choose 1 to {len(numbered)}")
    name = f"./{source}" if str(source).startswith("-") else str(source)
    rate = ["--rate", str(source.rate)] if isinstance(source, FrameSequence) else []
    options = [*rate, *numbered[number].options, *hints.command_line()]
    return shlex.join(["vidcolor", "colorize", name, *options])


def _around(settings: ColorSettings) -> list[Axis]:
    """Return five temperatures and three values of rebalance, those of the settings among them."""
    whole = settings.resolved(_decoding(settings.weights))
    temperature, rebalance = whole.temperature, whole.rebalance
    assert temperature is not None
    assert rebalance is not None
    others = [min(factor * temperature, _HIGHEST_TEMPERATURE) for factor in _FACTORS]
    temperatures = {temperature, *(float(f"{other:.2g}") for other in others)}
    if not temperature:
        temperatures = {0, *_AROUND_0}
    below = 1 if _APART <= rebalance <= 1 - _APART else 2 if rebalance > _APART else 0
    steps = [step for step in range(-below, 3 - below) if step]
    rebalances = {rebalance, *(round(rebalance + step * _APART, 4) for step in steps)}
    return [
        Axis("temperature", tuple(map(float, sorted(temperatures)))),
        Axis("rebalance", tuple(map(float, sorted(rebalances)))),
    ]


@cache
def _decoding(weights: str) -> "decoding.Decoding":
    """Return the decoding defaults that come with weights; read them once."""
    return decoding.load_decoding(weights)


def _dashed(name: str) -> str:
    return name.replace("_", "-")
