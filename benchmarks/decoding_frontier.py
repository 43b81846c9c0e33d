"""Temperature, rebalance, saturation, pooling: nearness, colour and unrest of every combination.

    python benchmarks/decoding_frontier.py --weights film --data DATA/everyday-val \\
        --data DATA/landscape-val -o frontier.json

Prints a table for every set of weights and every folder: PSNR, CIEDE2000, colourfulness as a share
of the truth's, and unrest (its mean and its 95th percentile, of the truth's). A row of the front is
marked: no other one is nearer, more colourful and calmer at once. The options give the values to
combine; the weights' own defaults and the accuracy setting are always among the rows.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import click
import numpy as np
import torch
from tqdm import tqdm

from vidcolor.color import metrics
from vidcolor.color.unrest import spreads
from vidcolor.color.yuv import rgb_to_yuv
from vidcolor.net.bundled import DEFAULT
from vidcolor.net.checkpoint import Checkpoint, load
from vidcolor.net.decoding import Decoding
from vidcolor.net.predictor import Predictor
from vidcolor.train.data.photographs import Photographs
from vidcolor.train.evaluate.pictures import colorize, from_uint8, predict, to_uint8


@dataclass(frozen=True)
class Row:
    """The figures of a setting; see `metrics` and `unrest`. Shares are of the truth's."""

    psnr: float
    ciede2000: float
    colour_share: float
    unrest: float
    unrest_95: float

    def beats(self, other: "Row") -> bool:
        """Tell whether this is nearer, more colourful and calmer."""
        return (
            self.ciede2000 < other.ciede2000
            and self.colour_share > other.colour_share
            and self.unrest < other.unrest
        )


def numbers(context: click.Context, option: click.Parameter, text: str) -> list[float]:
    """Read numbers that commas separate."""
    return [float(part) for part in text.split(",")]


@click.command()
@click.option("--weights", "names", multiple=True, default=[DEFAULT], show_default=True)
@click.option(
    "--data", "folders", multiple=True, required=True, type=click.Path(path_type=Path, exists=True)
)
@click.option("--photographs", "count", default=140, show_default=True, help="Evenly spaced.")
@click.option("--temperatures", default="0.25,0.38,0.6", callback=numbers, show_default=True)
@click.option("--rebalances", default="0,0.25,0.5", callback=numbers, show_default=True)
@click.option("--saturations", default="1,1.2,1.4,1.6", callback=numbers, show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="JSON of all figures.")
def main(
    names: Sequence[str],
    folders: Sequence[Path],
    count: int,
    temperatures: Sequence[float],
    rebalances: Sequence[float],
    saturations: Sequence[float],
    output: Path | None,
) -> None:
    """Print the figures of every setting."""
    found = []
    for name, folder in product(names, folders):
        checkpoint = load(name)
        size = checkpoint.decoding.working_size
        settings = {
            f"T {t:g} r {r:g} s {s:g}{' pooled' * pool}": Decoding(t, r, size, s, pool)
            for pool, t, r, s in product((False, True), temperatures, rebalances, saturations)
        }
        settings["accuracy"] = Decoding(1.0, 0.0, size)
        settings["defaults"] = checkpoint.decoding
        photographs = Photographs(folder)
        step = max(1, round(len(photographs.validation) / count))
        pictures = [photographs[int(index)] for index in photographs.validation[::step]]
        rows = measured(checkpoint, pictures, settings)
        print(f"\n{name} on {len(pictures)} photographs of {folder}")
        print(f"{'':26} PSNR dB  CIEDE2000  colour  unrest  unrest 95 %")
        for setting, row in rows.items():
            front = not any(other.beats(row) for other in rows.values())
            print(
                f"{setting:26} {row.psnr:7.2f} {row.ciede2000:10.2f} {row.colour_share:7.0%} "
                f"{row.unrest:7.2f} {row.unrest_95:12.2f}{'  front' if front else ''}"
            )
        found.append(
            {
                "weights": name,
                "data": str(folder),
                "photographs": len(pictures),
                "rows": {
                    setting: asdict(settings[setting]) | asdict(row)
                    for setting, row in rows.items()
                },
            }
        )
    if output:
        output.write_text(json.dumps(found, indent=1))


def measured(
    checkpoint: Checkpoint, pictures: Sequence[np.ndarray], settings: dict[str, Decoding]
) -> dict[str, Row]:
    """Return the figures of each setting over pictures, (H, W, 3) uint8 RGB each."""
    predictor = Predictor(checkpoint.model, checkpoint.bins, torch.device("cpu"), torch.float32)
    figures: dict[str, list[tuple[float, float, float]]] = {name: [] for name in settings}
    calm: dict[str, list[float]] = {name: [] for name in ("truth", *settings)}
    colourful = []
    for truth in tqdm(pictures, unit=" photographs", disable=None):
        luma, true = chroma_of(from_uint8(truth[None]))
        seen = {
            size: predict(predictor, luma, size)
            for size in {decoding.working_size for decoding in settings.values()}
        }
        chromas = [true]
        for name, decoding in settings.items():
            rgb = colorize(predictor, seen[decoding.working_size], luma, decoding)
            (picture,) = to_uint8(rgb)
            figures[name].append(
                (
                    metrics.psnr(truth, picture),
                    metrics.ciede2000(truth, picture),
                    metrics.colourfulness(picture),
                )
            )
            chromas.append(chroma_of(rgb)[1])
        for name, every in zip(calm, spreads(luma[0, 0], *chromas), strict=True):
            calm[name] += every
        colourful.append(metrics.colourfulness(truth))
    rows = {}
    for name in settings:
        psnr, ciede2000, colourfulness = np.mean(figures[name], 0)
        rows[name] = Row(
            float(psnr),
            float(ciede2000),
            float(colourfulness / np.mean(colourful)),
            float(np.mean(calm[name]) / np.mean(calm["truth"])),
            float(np.percentile(calm[name], 95) / np.percentile(calm["truth"], 95)),
        )
    return rows


def chroma_of(rgb: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the luma (1, 1, H, W) and the chroma (2, H, W) of a picture, RGB (1, 3, H, W)."""
    luma, u, v = rgb_to_yuv(*rgb.split(1, 1))
    return luma, torch.cat([u, v], 1)[0]


if __name__ == "__main__":
    main()
