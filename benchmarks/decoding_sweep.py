"""Temperature, rebalance and working size: what each choice gives on photographs held out.

    python benchmarks/decoding_sweep.py --data DATA/val -o front.png

Prints PSNR, CIEDE2000 and colourfulness (as a share of the truth's) for every pair of temperature
and rebalance at one working size, then for every working size at temperature 1, rebalance 0, and
draws CIEDE2000 against colourfulness; the points that no other betters in both are its front.
"""

from collections.abc import Mapping
from itertools import product
from pathlib import Path

import click
import numpy as np
import torch
from matplotlib.figure import Figure

from vidcolor.net.bundled import DEFAULT
from vidcolor.net.checkpoint import load
from vidcolor.net.decoding import Decoding
from vidcolor.net.predictor import Predictor
from vidcolor.train.data.photographs import Photographs
from vidcolor.train.evaluate.candidates import Candidate, Photograph
from vidcolor.train.evaluate.evaluate import evaluate
from vidcolor.train.evaluate.figures import PictureFigures, mean

TEMPERATURES = (0.2, 0.38, 0.5, 0.7, 1.0)
REBALANCES = (0.0, 0.25, 0.5, 0.75, 1.0)
WORKING_SIZES = (128, 160, 192, 256, 384)


@click.command()
@click.option("--weights", default=DEFAULT, show_default=True)
@click.option("--data", required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--photographs", "count", default=100, show_default=True, help="Evenly spaced.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="PNG of the front.")
def main(weights: str, data: Path, count: int, output: Path | None) -> None:
    """Print the figures of every setting."""
    checkpoint = load(weights)
    photographs = Photographs(data)
    chosen = photographs.validation[:: max(1, len(photographs.validation) // count)][:count]
    size = checkpoint.decoding.working_size
    settings = {
        f"T {temperature:<4g} r {rebalance:<4g}": Decoding(temperature, rebalance, size)
        for temperature, rebalance in product(TEMPERATURES, REBALANCES)
    }
    settings |= {f"size {size}": Decoding(1.0, 0.0, size) for size in WORKING_SIZES}
    predictor = Predictor(checkpoint.model, checkpoint.bins, torch.device("cpu"), torch.float32)
    figures = mean(
        evaluate(
            [Photograph(photographs, int(index)) for index in chosen],
            {weights: Candidate(predictor, settings)},
            ("truth", "grey"),
        )
    )
    truth = figures.baselines["truth"].colourfulness
    rows = figures.networks[weights].pictures
    front = [name for name in rows if _undominated(name, rows)]
    print(f"{len(chosen)} photographs, colourfulness of the truth {truth:.1f}")
    for name, row in {"grey": figures.baselines["grey"], **rows}.items():
        share = row.colourfulness / truth
        print(
            f"{name:15} {row.psnr:6.2f} dB  CIEDE2000 {row.ciede2000:5.2f}  colour {share:4.0%}"
            f"{'  front' if name in front else ''}"
        )
    if output:
        _draw(rows, front, truth, output)


def _undominated(name: str, rows: Mapping[str, PictureFigures]) -> bool:
    """Whether no other setting has both a lower CIEDE2000 and more colour."""
    mine = rows[name]
    return not any(
        row.ciede2000 < mine.ciede2000 and row.colourfulness > mine.colourfulness
        for row in rows.values()
    )


def _draw(rows: Mapping[str, PictureFigures], front: list[str], truth: float, path: Path) -> None:
    figure = Figure(figsize=(9, 6), layout="constrained")
    axes = figure.subplots()
    for name, row in rows.items():
        place = (row.colourfulness / truth, row.ciede2000)
        axes.plot(*place, "o", color="black" if name in front else "silver")
        label = " ".join(name.split())
        axes.annotate(label, place, xytext=(4, 3), textcoords="offset points", fontsize=7)
    places = np.array(sorted((rows[n].colourfulness / truth, rows[n].ciede2000) for n in front))
    axes.plot(*places.T, color="black", linewidth=0.8)
    axes.set(xlabel="colourfulness, share of the truth's", ylabel="CIEDE2000 (lower is nearer)")
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
