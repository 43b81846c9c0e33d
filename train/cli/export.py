"""`vidcolor train export`: weights as ONNX."""

from pathlib import Path

import click

from vidcolor.cli.lazy import lazily
from vidcolor.files import Target
from vidcolor.net.bundled import DEFAULT

from .options import output_file_option, overwrite_option

with lazily():
    from vidcolor.net import checkpoint

    from .. import export as onnx_export


@click.command()
@click.option("--weights", default=DEFAULT, show_default=True, help="A bundled name, or a file.")
@output_file_option("ONNX file to write.")
@overwrite_option()
def export(weights: str, output: Path, overwrite: bool) -> None:
    """Write weights as ONNX: luma in, bin probabilities out, any size.

    The description and metadata in the file say how to turn the probabilities into chroma. The
    command needs the extra "export" (see "Train" in the README).
    """
    target = Target(output, Path(weights), overwrite)
    target.fill(onnx_export.export(checkpoint.load(weights)))
    click.echo(f"{output}: {output.stat().st_size / 1e6:.1f} MB")
