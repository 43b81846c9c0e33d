"""`vidcolor status`: how far a film is done."""

from pathlib import Path

import click

from vidcolor.cli.lazy import lazily
from vidcolor.cli.options import work_option
from vidcolor.cli.types import PATH

with lazily():
    from vidcolor.jobs import status as jobs_status


@click.command()
@click.argument("output", type=PATH)
@work_option
def status(output: Path, work: Path | None) -> None:
    """Show how much of OUTPUT is done, and how long the rest will take."""
    click.echo(jobs_status.film_status(output, work))
