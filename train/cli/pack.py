"""`vidcolor train pack`: photographs packed for fast reading."""

import csv
from itertools import islice
from pathlib import Path

import click

from vidcolor.cli.lazy import lazily
from vidcolor.cli.types import Number

from .options import output_folder_option

with lazily():
    from ..data import pack as packing
    from ..data import screening

NAMED = 20
"""The most left-out files that `pack` prints by name; a longer list is only in its table."""


@click.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path))
@output_folder_option("Folder to write the packed photographs to.")
@click.option(
    "--validation-share",
    default=0.02,
    show_default=True,
    type=Number(0, 1),
    help="Share of the photographs to keep for validation; 1 keeps all of them.",
)
@click.option(
    "--screen/--no-screen",
    default=True,
    show_default=True,
    help="Leave out photographs that are tiny, grey or near-duplicates. Use --no-screen to measure "
    "on a given set as it is.",
)
def pack(sources: tuple[Path, ...], output: Path, validation_share: float, screen: bool) -> None:
    """Pack the photographs in SOURCES (folders, tars, .txt lists of paths) for fast reading.

    If packing was stopped, give the same command again to go on.
    """
    summary = packing.pack(sources, output, validation_share, screen=screen)
    total = sum(summary.left_out.values()) + summary.passed_over
    if total:
        reasons = packing.counted(summary.left_out, summary.passed_over)
        click.echo(f"left out: {reasons}; {output / packing.LEFT_OUT} names them", err=True)
    if screening.HEIF in summary.left_out:
        click.echo("to read HEIC: pip install -c constraints.txt -e '.[heif]'", err=True)
    for source, why in summary.gave_none.items():
        click.echo(f"{source}: gave no photograph ({why})", err=True)
    if total <= NAMED:
        with (output / packing.LEFT_OUT).open(encoding="utf-8", errors="surrogateescape") as file:
            for row in islice(csv.reader(file, "excel-tab"), 1, 1 + total):
                click.echo("  ".join(filter(None, row)), err=True)
    click.echo(
        f"{output}: {summary.training} training and {summary.validation} validation photographs"
    )
