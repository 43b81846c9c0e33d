"""`vidcolor compare`: two films, or two photographs, in one picture."""

from fractions import Fraction
from pathlib import Path

import click

from vidcolor.cli.lazy import lazily
from vidcolor.cli.options import (
    encoder_options,
    output_option,
    overwrite_option,
    rate_option,
    span_options,
)
from vidcolor.cli.progress import show_notes, show_progress
from vidcolor.cli.types import PATH
from vidcolor.errors import UsageError
from vidcolor.files import PIPE, default_output, is_still

with lazily():
    from vidcolor.judge import compare as comparison
    from vidcolor.output import encoders


@click.command()
@click.argument("first", type=PATH, metavar="A")
@click.argument("second", type=PATH, metavar="B")
@rate_option("first", "second")
@output_option("File, or - for standard output. Default: film.compare.mkv beside A, film.mkv.")
@click.option(
    "--mode",
    default="side-by-side",
    show_default=True,
    type=click.Choice(["side-by-side", "wipe", "difference"]),
    help="side-by-side: A left, B right. wipe: a line between A and B moves there and back. "
    "difference: B minus A, luma and chroma, doubled, around middle grey.",
)
@click.option(
    "--labels",
    metavar="A,B",
    help="Texts to write into the pictures; a comma alone writes none. Default: the files' names.",
)
@encoder_options
@span_options("Begin with the first frame at or after this time.", "Show this much of the films.")
@overwrite_option("Replace an existing output.")
def compare(
    first: Path,
    second: Path,
    output: Path | None,
    mode: str,
    labels: str | None,
    encoder: "encoders.EncoderSettings",
    start: Fraction | None,
    duration: Fraction | None,
    overwrite: bool,
) -> None:
    """See two films, or two photographs, in one picture.

    Each frame of A appears once, beside the frame that B shows in the middle of its time, both
    counted from the first frames. After the end of B, its place is black. B is fitted to A's size.
    Sound, subtitles, chapters and all else come from A. Photographs become a .png; a wipe of them
    stands half way.
    """
    names = _two_labels(labels)
    stills = is_still(first)
    if is_still(second) != stills:
        raise UsageError(f"{second}: a film and a photograph can't be compared; name two of a kind")

    pair = comparison.Pair(first, second, mode, names)
    if stills:
        output = output or first.with_name(f"{first.stem}.compare.png")
        if output.suffix.lower() != ".png":
            raise UsageError(f"{output}: photographs are compared in a PNG; name it .png")
        if not start is duration is None or encoder != encoders.EncoderSettings():
            raise UsageError(
                f"{first}: --start, --duration and the encoder's options are for films"
            )
        comparison.compare_photographs(
            pair, output, overwrite=overwrite, listener=show_notes(first)
        )
        click.echo(output)
        return
    output = output or default_output(first, None, "compare")
    with show_progress(first) as listener:
        comparison.compare_films(
            pair,
            output,
            encoder=encoder,
            start=start,
            duration=duration,
            overwrite=overwrite,
            listener=listener,
        )
    click.echo(output, err=output == PIPE)


def _two_labels(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    first, comma, second = text.partition(",")
    if not comma or "," in second:
        raise UsageError(f"--labels takes two, A,B, not '{text}'")
    return first.strip(), second.strip()
