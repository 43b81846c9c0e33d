"""What `--sample` is worth: draws beside the automatic colours and draws of other kinds.

    python benchmarks/draws.py --data DATA/landscape-val --data DATA/everyday-val

For each photograph held out, twenty draws. Printed are the CIEDE2000 of a single draw, of the best
of 5 and of 20 (chosen by knowing the truth), colourfulness, and unrest as a factor of the automatic
colours'. The others move as far from the automatic chroma, in the root mean square over a
photograph: noise of its own in each cell, one random tint, a random temperature and saturation.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import click
import numpy as np
import torch

from vidcolor.color import metrics
from vidcolor.color.unrest import spreads
from vidcolor.colorize import sampling
from vidcolor.colorize.multipliers import multiply
from vidcolor.net.bundled import DEFAULT
from vidcolor.net.checkpoint import load
from vidcolor.net.decoding import Decoding
from vidcolor.net.predictor import Predictor, resize
from vidcolor.train.data.photographs import Photographs, thinned
from vidcolor.train.evaluate.pictures import decode, luma_of, predict, to_uint8, with_chroma

DRAWS = 20
STEP = 3
"""Every third row and column of a picture is compared, which is nine times as fast."""


@click.command()
@click.option("--weights", default=DEFAULT, show_default=True)
@click.option("--data", required=True, multiple=True, type=click.Path(path_type=Path, exists=True))
@click.option("--photographs", "count", default=20, show_default=True, help="Of each folder.")
@click.option("--draws", default=DRAWS, show_default=True)
@click.option("--spread", default=sampling.SPREAD, show_default=True)
@click.option("--reach", default=sampling.REACH, show_default=True)
def main(
    weights: str, data: tuple[Path, ...], count: int, draws: int, spread: float, reach: float
) -> None:
    """Print the figures of every kind of draw."""
    sampling.SPREAD, sampling.REACH = spread, reach
    checkpoint = load(weights)
    predictor = Predictor(checkpoint.model, checkpoint.bins, torch.device("cpu"), torch.float32)
    errors: dict[str, list[list[float]]] = defaultdict(list)
    colours: dict[str, list[float]] = defaultdict(list)
    unrest: dict[str, list[float]] = defaultdict(list)
    for folder in map(Photographs, data):
        for index in thinned(folder.validation, count):
            pixels = folder[int(index)]
            luma = luma_of(pixels)
            kinds = _kinds(predictor, checkpoint.decoding, luma)
            for name, draw in kinds.items():
                found = []
                for seed in range(1 if name == "automatic" else draws):
                    uv = resize(draw(seed), (luma.shape[-2], luma.shape[-1]))
                    picture = to_uint8(with_chroma(luma, uv))[0][::STEP, ::STEP]
                    found.append(metrics.ciede2000(pixels[::STEP, ::STEP], picture))
                    colours[name].append(metrics.colourfulness(picture))
                    if seed < 5:
                        unrest[name] += spreads(luma[0, 0], uv[0])[0]
                errors[name].append(found)
    print(f"{len(errors['automatic'])} photographs, spread {spread:g}, reach {reach:g}")
    print(f"{'':24} single  best of 5  best of {draws}  colour  unrest")
    for name, rows in errors.items():
        single, five, best = (
            np.mean([part(row) for row in rows])
            for part in (np.mean, lambda row: min(row[:5]), min)
        )
        calm = np.mean(unrest[name]) / np.mean(unrest["automatic"])
        print(
            f"{name:24} {single:6.2f} {five:10.2f} {best:11.2f} {np.mean(colours[name]):7.1f} "
            f"{calm:7.2f}"
        )


def _kinds(
    predictor: Predictor, decoding: Decoding, luma: torch.Tensor
) -> dict[str, Callable[[int], torch.Tensor]]:
    """Return by name what makes the chroma (1, 2, h, w) of a seed."""
    probabilities = predict(predictor, luma, decoding.working_size)
    automatic = decode(predictor, probabilities, luma, decoding)

    def drawn(seed: int) -> torch.Tensor:
        multipliers = sampling.draw_multipliers(seed, Fraction(0), predictor.bins.centers)
        return decode(predictor, multiply(probabilities, multipliers), luma, decoding)

    def as_far(seed: int, uv: torch.Tensor) -> torch.Tensor:
        """Move from the automatic chroma towards `uv` as far as the draw of this seed."""
        far, near = ((each - automatic).square().sum(1).mean().sqrt() for each in (uv, drawn(seed)))
        return automatic + (uv - automatic) * (near / far.clamp_min(1e-9))

    def in_each_cell(seed: int) -> torch.Tensor:
        noise = torch.randn(probabilities.shape, generator=torch.Generator().manual_seed(seed))
        moved = probabilities * (sampling.SPREAD * noise).exp()
        return as_far(seed, decode(predictor, moved / moved.sum(1, keepdim=True), luma, decoding))

    def tinted(seed: int) -> torch.Tensor:
        turn = torch.rand((), generator=torch.Generator().manual_seed(seed)) * 2 * torch.pi
        tint = torch.stack([turn.cos(), turn.sin()])[:, None, None]
        return as_far(seed, automatic + tint)

    def decoded(seed: int) -> torch.Tensor:
        random = np.random.default_rng(seed)
        other = replace(
            decoding, temperature=random.uniform(0.1, 1), saturation=random.uniform(0.6, 1.6)
        )
        return as_far(seed, decode(predictor, probabilities, luma, other))

    return {
        "automatic": lambda seed: automatic,
        "--sample": drawn,
        "each cell for itself": in_each_cell,
        "one tint": tinted,
        "temperature, saturation": decoded,
    }


if __name__ == "__main__":
    main()
