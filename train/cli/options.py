"""Options that several commands of training take."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from vidcolor.cli.types import Device

Command = TypeVar("Command", bound=Callable[..., Any])

PACKED = click.Path(path_type=Path, exists=True, file_okay=False)
"""A folder that `train pack` made."""

GLOBAL_HINTS = ("saturation", "histogram")
"""What can be told of all of a picture at once."""


class Reveals(click.ParamType):
    """Whole numbers from 0, "all" and `GLOBAL_HINTS`, separated by commas, and put in this order.

    Numbers rise.
    """

    name = "reveals"

    def get_metavar(self, param: Any, ctx: Any) -> str:
        return "N|WORD[,...]"

    def convert(self, value: Any, param: Any, context: Any) -> tuple[int | str, ...]:
        if isinstance(value, tuple):
            return value
        parts, known = set(value.split(",")), ("all", *GLOBAL_HINTS)
        counts = parts.difference(known)
        if not all(re.fullmatch(r"\d{1,6}", part, re.ASCII) for part in counts):
            words = ", ".join(known)
            self.fail(f"'{value}' is not understood; write 1,10,50 or {words}", param, context)
        return *sorted(set(map(int, counts))), *(word for word in known if word in parts)


class NamedFolder(click.ParamType):
    """NAME=FOLDER, which becomes (NAME, FOLDER); the folder exists."""

    name = "name=folder"

    def convert(self, value: Any, param: Any, context: Any) -> tuple[str, Path]:
        name, _, folder = value.partition("=")
        if not name or not folder:
            self.fail(f"'{value}' is not NAME=FOLDER, as in other=DATA/other", param, context)
        if not Path(folder).is_dir():
            self.fail(f"{folder}: no such folder", param, context)
        return name, Path(folder)


def output_file_option(text: str) -> Callable[[Command], Command]:
    """Add --output, which gives `output`, the file to write. text: the help."""
    kind = click.Path(path_type=Path, dir_okay=False)
    return click.option("-o", "--output", required=True, type=kind, help=text)


def output_folder_option(text: str) -> Callable[[Command], Command]:
    """Add --output, which gives `output`, the folder to write to. text: the help."""
    kind = click.Path(path_type=Path, file_okay=False)
    return click.option("-o", "--output", required=True, type=kind, help=text)


def overwrite_option(text: str = "Replace an existing file.") -> Callable[[Command], Command]:
    """Add --overwrite, which gives the flag `overwrite`. text: the help."""
    return click.option("--overwrite", is_flag=True, help=text)


def data_option(text: str = "Folder made by 'train pack'.") -> Callable[[Command], Command]:
    """Add --data, which gives `data`, a folder of packed photographs. text: the help."""
    return click.option("--data", required=True, type=PACKED, help=text)


changes_option = click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a setting of the recipe; may be repeated.",
)
"""Adds --set, which gives `changes`, KEY=VALUE each."""


def recipe_options(command: Command) -> Command:
    """Add --stage, --set and --init.

    They give `stage`, the name of one or None, `changes`, KEY=VALUE each, and `init`, weights or
    None.
    """
    stage = click.option(
        "--stage",
        metavar="NAME",
        help="Run this stage of a recipe that has several, instead of the first.",
    )
    init = click.option(
        "--init",
        metavar="WEIGHTS",
        help="Start from these weights and their bins: a bundled name, or a file.",
    )
    return stage(changes_option(init(command)))


device_option = click.option(
    "--device",
    default="auto",
    show_default=True,
    type=Device(),
    help="Processor for the network: auto, cpu, cuda, cuda:N or mps; auto prefers a GPU.",
)
"""Adds --device, which gives `device`, the name of one."""
