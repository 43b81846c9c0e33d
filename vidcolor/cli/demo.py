"""`vidcolor demo`: a small film, made and colorized."""

from pathlib import Path

import click

from vidcolor.cli.types import PATH
from vidcolor.signals import undivided


@click.command()
@click.option(
    "-o", "--output", type=PATH, default="vidcolor-demo", show_default=True, help="Folder to make."
)
@click.option("--overwrite", "-y", is_flag=True, help="Replace an earlier demonstration.")
def demo(output: Path, overwrite: bool) -> None:
    """Make a short black-and-white film and colorize it."""
    with undivided():
        from vidcolor.pipeline.demo import make_demo

    for line in make_demo(output, overwrite):
        click.echo(line)
