"""`vidcolor train report`: a run and what its weights make of photographs, on a page."""

from pathlib import Path

import click

from vidcolor.cli.lazy import lazily
from vidcolor.files import Target

from .options import data_option, device_option, overwrite_option

with lazily():
    from vidcolor.net import device as devices

    from ..fit import report as run_report


@click.command()
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False))
@data_option("Folder made by 'train pack'; its validation split is used.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Default: RUN/report.html, which is replaced.",
)
@overwrite_option()
@device_option
def report(run: Path, data: Path, output: Path | None, overwrite: bool, device: str) -> None:
    """Write an HTML page about RUN: how training went, and how its weights colour photographs."""
    path = output or run / "report.html"
    target = Target(path, run, overwrite or output is None)
    run_report.write_report(run, data, devices.resolve_device(device), target)
    click.echo(path)
