"""`vidcolor`: the group of commands, and the entry point of the script."""

import os
from importlib import import_module

import click

from vidcolor.cli.colorize import colorize
from vidcolor.cli.compare import compare
from vidcolor.cli.confidence import confidence
from vidcolor.cli.demo import demo
from vidcolor.cli.exit_codes import run
from vidcolor.cli.hints import hints
from vidcolor.cli.info import info
from vidcolor.cli.judge import judge
from vidcolor.cli.measure import measure
from vidcolor.cli.palette import palette
from vidcolor.cli.preview import preview
from vidcolor.cli.status import status
from vidcolor.cli.stills import stills
from vidcolor.cli.studio import studio
from vidcolor.cli.tune import tune


class Commands(click.Group):
    """A group of commands; `train` is loaded from its own package when it is named."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [*super().list_commands(context), "train"]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name == "train":
            command: click.Command = import_module("vidcolor.train.cli").train
            return command
        return super().get_command(context, name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="vidcolor", prog_name="vidcolor")
def cli() -> None:
    """Turn black-and-white film into colour."""


for command in (
    colorize,
    status,
    info,
    preview,
    tune,
    hints,
    studio,
    stills,
    confidence,
    palette,
    compare,
    measure,
    judge,
    demo,
):
    cli.add_command(command)


def main() -> None:
    """Entry point of the `vidcolor` script."""
    # What these libraries print themselves is said in one line by the errors raised here.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    os.environ.setdefault("SVT_LOG", "1")
    # Its threads' memory would be taken at once, and vidcolor asks it for little.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # The network's threads, while they wait, leave their cores to those that decode and encode.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    run(cli)
