"""What `--refine levin` does to colours, and what it costs.

    python benchmarks/refinement.py --data DATA/val
    python benchmarks/refinement.py DATA/clips/color/yellow-grass-360p.mp4

Photographs, packed by `vidcolor train pack`, are coloured at the weights' defaults, at a higher
temperature that is about as colourful as the refined colour, and at temperature 1 and rebalance 0.
Films in true colour are taken as black and white, colorized at the defaults without loss, and
measured as `vidcolor measure` does. All without and with `--refine levin`.

Of the chroma's gradients, in 8-bit codes a pixel, on planes blurred by a pixel against noise, are
measured: **edges**, their mean where the truth's is above 6; **bleeding**, their mean within 3
pixels of those where the truth's is below 1.5, so that colour changes beside an edge instead of at
it. **error near** and **far** are the mean distance from the true chroma, in 8-bit codes, within 3
pixels of the true edges and elsewhere. In films each 10th frame counts for these four.
"""

import statistics
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click
import cv2
import numpy as np

if TYPE_CHECKING:
    from vidcolor.net.decoding import Decoding
    from vidcolor.net.predictor import Predictor

EDGE, FLAT = 6.0, 1.5
"""Gradients of the true chroma, in 8-bit codes a pixel."""

NEAR = 3
"""Pixels from an edge."""

EVERY = 10
"""Of a film's frames, one is looked at for edges."""

COLUMNS = {
    "PSNR dB": ".2f",
    "CIEDE2000": ".2f",
    "colourfulness": ".1f",
    "edges": ".2f",
    "bleeding": ".2f",
    "error near": ".2f",
    "far": ".2f",
    "flicker": ".3f",
    "warp error": ".2f",
}


def gradient(chroma: np.ndarray) -> np.ndarray:
    """Length of the gradient of (H, W, 2) float32 chroma, in 8-bit codes a pixel."""
    smooth = 255 * cv2.GaussianBlur(chroma, (0, 0), 1)
    parts = [cv2.Sobel(smooth, cv2.CV_32F, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1))]
    return np.sqrt(sum(np.square(part).sum(2) for part in parts))


def at_edges(truth: np.ndarray, chroma: np.ndarray) -> dict[str, float]:
    """What becomes of the true edges, (H, W, 2) float32 both; nothing where the truth has none."""
    true, made = gradient(truth), gradient(chroma)
    edge = true > EDGE
    near = cv2.dilate(edge.astype(np.uint8), np.ones((2 * NEAR + 1,) * 2)) > 0
    beside = near & (true < FLAT)
    error = 255 * np.linalg.norm(chroma - truth, axis=2)
    masks = {
        "edges": (made, edge),
        "bleeding": (made, beside),
        "error near": (error, near),
        "far": (error, ~near),
    }
    return {name: float(plane[mask].mean()) for name, (plane, mask) in masks.items() if mask.any()}


def table(rows: dict[str, Sequence[dict[str, float]]]) -> None:
    """Print the means of each row's figures, over what has them."""
    present = [
        name for name in COLUMNS if any(name in each for row in rows.values() for each in row)
    ]
    click.echo(f"\n| | {' | '.join(present)} |\n|{'---|' * (len(present) + 1)}")
    for name, row in rows.items():
        known = {key: [each[key] for each in row if key in each] for key in present}
        cells = [
            format(statistics.mean(values), COLUMNS[key]) if values else ""
            for key, values in known.items()
        ]
        click.echo(f"| {name} | {' | '.join(cells)} |")


def photographs(folder: Path, count: int | None) -> None:
    """Print the table of packed photographs, `count` of them drawn at random or all."""
    import torch
    from tqdm import tqdm

    from vidcolor import load
    from vidcolor.net.predictor import Predictor
    from vidcolor.train.data.photographs import Photographs

    checkpoint = load("landscape")
    defaults = checkpoint.decoding
    predictor = Predictor(checkpoint.model, checkpoint.bins, torch.device("cpu"), torch.float32)
    settings = {
        "defaults": defaults,
        "`--temperature 0.5`": replace(defaults, temperature=0.5),
        "`--temperature 1 --rebalance 0`": replace(defaults, temperature=1.0, rebalance=0.0),
    }
    packed = Photographs(folder)
    chosen = np.sort(np.random.default_rng(0).permutation(packed.validation)[:count])
    rows: dict[str, list[dict[str, float]]] = {}
    seconds: dict[str, list[float]] = {"network": [], "refinement": []}
    for index in tqdm(chosen, unit=" photographs", disable=None):
        for name, figures in colored(packed[index], predictor, settings, seconds).items():
            rows.setdefault(name, []).append(figures)
    click.echo(f"{len(chosen)} photographs")
    table(rows)
    network, refinement = (1000 * statistics.median(times) for times in seconds.values())
    click.echo(f"\nms, median: network {network:.1f}, refinement {refinement:.1f}")


def colored(
    truth: np.ndarray,
    predictor: "Predictor",
    settings: dict[str, "Decoding"],
    seconds: dict[str, list[float]],
) -> dict[str, dict[str, float]]:
    """The figures of a photograph, (H, W, 3) uint8 RGB, in each way of colouring it.

    What the network and the refinement take is added to `seconds`.
    """
    import torch

    from vidcolor.color import metrics
    from vidcolor.color.yuv import fit_to_luma, rgb_to_yuv
    from vidcolor.colorize.refine import refine_chroma
    from vidcolor.net.predictor import resize
    from vidcolor.train.evaluate.pictures import (
        at_working_size,
        decode,
        from_uint8,
        predict,
        to_uint8,
        with_chroma,
    )

    luma, *components = rgb_to_yuv(*from_uint8(truth[None]).split(1, 1))
    true = torch.cat(components, 1)
    shape = (luma.shape[-2], luma.shape[-1])

    def figures(uv: torch.Tensor) -> dict[str, float]:
        picture = to_uint8(with_chroma(luma, uv))[0]
        both = (
            planes[0].permute(1, 2, 0).numpy() for planes in (true, fit_to_luma(uv, luma, luma))
        )
        return at_edges(*both) | {
            "colourfulness": metrics.colourfulness(picture),
            "PSNR dB": metrics.psnr(truth, picture),
            "CIEDE2000": metrics.ciede2000(truth, picture),
        }

    began = time.perf_counter()
    size = next(iter(settings.values())).working_size
    probabilities = predict(predictor, luma, size)
    seconds["network"].append(time.perf_counter() - began)
    height, width = (
        predictor.model.dims.output_stride * cells for cells in probabilities.shape[-2:]
    )
    seen = at_working_size(luma, (height, width))[0, 0]
    made = {"truth": figures(true)}
    for name, decoding in settings.items():
        uv = decode(predictor, probabilities, luma, decoding)
        began = time.perf_counter()
        spread = refine_chroma(seen, uv[0], probabilities.amax(1)[0])
        seconds["refinement"].append(time.perf_counter() - began)
        made[name] = figures(resize(uv, shape))
        made[f"{name}, refined"] = figures(resize(spread[None], shape))
    return made


def film(path: Path, pairs: int) -> None:
    """Print the table of a film, and how much longer it takes."""
    from vidcolor import Colorizer, colorize_file, load
    from vidcolor.input.reader import Reader
    from vidcolor.judge.measure import Figures, measure
    from vidcolor.judge.measured_frames import measured_frames, measured_shape
    from vidcolor.output.encoders import EncoderSettings

    def edges(made: Path) -> Iterable[dict[str, float]]:
        with Reader(path) as truth, Reader(made) as result:
            shape = measured_shape(truth.picture)
            both = zip(measured_frames(truth, shape), measured_frames(result, shape), strict=True)
            for true, colored in islice(both, 0, None, EVERY):
                yield at_edges(true.chroma, colored.chroma)

    def overall(figures: Figures) -> dict[str, float]:
        named = {
            "PSNR dB": figures.psnr,
            "CIEDE2000": figures.ciede2000,
            "colourfulness": figures.colourfulness,
            "flicker": figures.flicker,
            "warp error": figures.warp_error,
        }
        return {name: value for name, value in named.items() if value is not None}

    checkpoint = load("landscape")
    colorizers = {
        "defaults": Colorizer(checkpoint),
        "defaults, refined": Colorizer(checkpoint, refine=True),
    }
    rows = {"truth": [overall(measure(path).overall.figures), *edges(path)]}
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        for pair in range(pairs):
            seconds = []
            for name, colorizer in colorizers.items():
                output = Path(folder) / "coloured.mkv"
                made = colorize_file(
                    path, output, colorizer, encoder=EncoderSettings("ffv1"), overwrite=True
                )
                seconds.append(made.seconds)
                if not pair:
                    rows[name] = [overall(measure(output, path).overall.figures), *edges(output)]
            ratios.append(seconds[1] / seconds[0])
    click.echo(f"\n{path.stem}")
    table(rows)
    click.echo(f"\nseconds, refined over not: {statistics.median(ratios):.2f}")


@click.command()
@click.argument("films", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--data", type=click.Path(path_type=Path, exists=True), help="Packed photographs.")
@click.option("--count", type=int, help="Of the photographs, drawn at random; all by default.")
@click.option("--pairs", default=3, show_default=True, help="Runs of a film to time.")
def main(films: tuple[Path, ...], data: Path | None, count: int | None, pairs: int) -> None:
    """Print the table of the photographs in DATA, then that of each of FILMS."""
    if data:
        photographs(data, count)
    for path in films:
        film(path, pairs)


if __name__ == "__main__":
    main()
