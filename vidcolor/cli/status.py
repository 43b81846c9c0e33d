"""`vidcolor status`: how far a film is done."""

from pathlib import Path

import click

from vidcolor.cli.lazy import lazily
from vidcolor.cli.options import work_option
from vidcolor.cli.stored import exists, output_place
from vidcolor.cli.types import FILM
from vidcolor.jobs.store import StoredFile

with lazily():
    from vidcolor.jobs import status as jobs_status


@click.command()
@click.argument("output", type=FILM)
@work_option
def status(output: Path, work: Path | None) -> None:
    """Show how much of OUTPUT is done, and how long the rest will take."""
    if isinstance(output, StoredFile) and exists(output):
        click.echo(f"{output}: done")
        return
    in_store = isinstance(output, StoredFile) or isinstance(work, StoredFile)
    folder = None if in_store else work
    click.echo(jobs_status.film_status(output_place(output, work), folder))
