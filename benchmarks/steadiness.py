"""How steady colour is: films in true colour, taken as black and white, coloured and measured.

    python benchmarks/steadiness.py DATA/clips/color/*

Each film is colorized without smoothing, with the published kernel, with the defaults and in two
passes, without loss, and measured against the truth as `vidcolor measure` does. Prints a table for
each film.
"""

import tempfile
from pathlib import Path

import click

from vidcolor.net.bundled import DEFAULT

COLUMNS = {
    "CDC": ("cdc", ".4f"),
    "flicker": ("flicker", ".3f"),
    "still": ("still_share", ".0%"),
    "warp error": ("warp_error", ".2f"),
    "drift": ("drift", ".2f"),
    "colourfulness": ("colourfulness", ".1f"),
    "PSNR dB": ("psnr", ".2f"),
    "CIEDE2000": ("ciede2000", ".2f"),
}


@click.command()
@click.argument("films", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--weights", default=DEFAULT, show_default=True)
@click.option("--device", default="auto", show_default=True)
def main(films: tuple[Path, ...], weights: str, device: str) -> None:
    """Print the table of each of FILMS."""
    from vidcolor import Colorizer, colorize_file, load
    from vidcolor.judge.measure import Figures, measure
    from vidcolor.output.encoders import EncoderSettings
    from vidcolor.temporal.kernel import PUBLISHED, ExponentialDecay

    checkpoint = load(weights)
    alone = ExponentialDecay(window=0)
    steady = Colorizer(checkpoint, device=device)
    ways = {
        "no smoothing": (Colorizer(checkpoint, kernel=alone, motion=False, device=device), {}),
        "published kernel": (
            Colorizer(checkpoint, kernel=PUBLISHED, motion=False, device=device),
            {},
        ),
        "defaults": (steady, {}),
        "`--two-pass`": (steady, {"two_pass": True}),
    }

    def row(name: str, figures: Figures) -> None:
        values = ((getattr(figures, key), form) for key, form in COLUMNS.values())
        cells = ["" if value is None else format(value, form) for value, form in values]
        click.echo(f"| {name} | {' | '.join(cells)} |")

    for film in films:
        click.echo(f"\n| {film.stem} | {' | '.join(COLUMNS)} |\n|{'---|' * (len(COLUMNS) + 1)}")
        row("truth", measure(film).overall.figures)
        for name, (colorizer, options) in ways.items():
            with tempfile.TemporaryDirectory() as folder:
                output = Path(folder) / "coloured.mkv"
                colorize_file(film, output, colorizer, encoder=EncoderSettings("ffv1"), **options)
                row(name, measure(output, film).overall.figures)


if __name__ == "__main__":
    main()
