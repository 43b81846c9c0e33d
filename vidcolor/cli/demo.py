"""`vidcolor demo`: a small film, made and colorized."""

from pathlib import Path

import click

from vidcolor.cli.lazy import lazily
from vidcolor.cli.options import overwrite_option
from vidcolor.cli.types import PATH

with lazily():
    from vidcolor.pipeline import demo as demonstration


@click.command()
@click.option(
    "-o", "--output", type=PATH, default="vidcolor-demo", show_default=True, help="Folder to make."
)
@overwrite_option("Replace an earlier demonstration.")
def demo(output: Path, overwrite: bool) -> None:
    """Make a short black-and-white film and colorize it."""
    for line in demonstration.make_demo(output, overwrite):
        click.echo(line)
