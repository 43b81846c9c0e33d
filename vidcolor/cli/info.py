"""`vidcolor info`: what this installation can do, or what becomes of a film."""

from pathlib import Path

import click

from vidcolor.cli.lazy import lazily
from vidcolor.cli.options import rate_option
from vidcolor.cli.types import PATH
from vidcolor.files import is_still

with lazily():
    from vidcolor.pipeline import info as report


@click.command()
@click.argument("file", required=False, type=PATH)
@rate_option("file")
def info(file: Path | None) -> None:
    """Show what this installation can do, or what is in FILE and what would become of it."""
    if file is None:
        lines = report.installation()
    else:
        lines = report.photograph(file) if is_still(file) else report.film(file)
    for line in lines:
        click.echo(line)
