"""What steady colour costs: seconds to colorize with the defaults over seconds without smoothing.

    python benchmarks/smoothing_cost.py DATA/clips/color/*

Both run in this process, alternating, with the default encoder; each ratio is the median over
pairs.
"""

import statistics
import tempfile
from pathlib import Path

import click


@click.command()
@click.argument("films", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--pairs", default=3, show_default=True)
@click.option("--two-pass", is_flag=True, help="With the drift held, too.")
def main(films: tuple[Path, ...], pairs: int, two_pass: bool) -> None:
    """Print the ratio of each of FILMS."""
    from vidcolor import Colorizer, colorize_file, load
    from vidcolor.temporal.kernel import ExponentialDecay

    checkpoint = load()
    plain = Colorizer(checkpoint, kernel=ExponentialDecay(window=0), motion=False)
    steady = Colorizer(checkpoint)
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "coloured.mkv"
        colorize_file(films[0], output, plain, cuts=())
        for film in films:
            ratios = []
            for _ in range(pairs):
                without = colorize_file(film, output, plain, cuts=(), overwrite=True)
                with_it = colorize_file(film, output, steady, two_pass=two_pass, overwrite=True)
                ratios.append(with_it.seconds / without.seconds)
            spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
            click.echo(f"{film.stem}: median {statistics.median(ratios):.3f}, {spread}")


if __name__ == "__main__":
    main()
