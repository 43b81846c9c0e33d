"""Where scheduling and joining begin to count on a Ray cluster of 1, 2 and 4 workers.

    python benchmarks/cluster_scaling.py
    python benchmarks/cluster_scaling.py --seconds 8 --segments 24

In the place of the network, which two cores could not run four times, stands a sleep of known
length: so many seconds for each segment of a small film. One process without Ray comes first. For
each number of workers are printed the wall time; the time until a first frame was reported; what
the time from there on is of the best possible one, the sleep over the workers; and the join's. The
last line is JSON.
"""

import json
import logging
import os
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import click
import numpy as np
import ray
import torch

from vidcolor.colorize.settings import ColorSettings
from vidcolor.jobs import run
from vidcolor.jobs.cluster import Cluster
from vidcolor.net.predictor import Predictor
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.listener import Listener
from vidcolor.pipeline.order import Order

FRAMES, RATE = 48, 24
"""Of a segment."""


def stub(seconds: float) -> None:
    """Let the network's first answer stand for all, each after a sleep of so long a frame."""
    answer = Predictor.probabilities
    known: dict[torch.Size, torch.Tensor] = {}

    def probabilities(self: Predictor, luma: torch.Tensor) -> torch.Tensor:
        if luma.shape not in known:
            known[luma.shape] = answer(self, luma)
        time.sleep(seconds * len(luma))
        return known[luma.shape]

    Predictor.probabilities = probabilities  # type: ignore[method-assign]


def make_film(path: Path, segments: int) -> None:
    """Write a small film with a key frame at the beginning of each segment."""
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", RATE, options={"g": str(FRAMES), "sc_threshold": "0"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "gray"
        ramp = np.linspace(30, 220, 96)
        for index in range(FRAMES * segments):
            picture = np.tile((ramp + 10 * np.sin(index / 5)).astype(np.uint8), (64, 1))
            film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "gray")))
        film.mux(stream.encode(None))


def measure(order: Order, workers: int, seconds: float) -> dict[str, float]:
    """Return the times of one run; workers: 0 for this process alone, without Ray."""
    first: list[float] = []
    joins: list[float] = []
    ordinary = run.join

    def timed(*given: Any) -> None:
        began = time.monotonic()
        ordinary(*given)
        joins.append(time.monotonic() - began)

    if workers:
        ray.init(
            num_cpus=workers,
            include_dashboard=False,
            object_store_memory=100_000_000,
            logging_level=logging.ERROR,
            log_to_driver=False,
            runtime_env={"worker_process_setup_hook": lambda: stub(seconds)},
        )
    colorizer = order.settings.make_colorizer("cpu")
    means = run.Means(
        length=Fraction(FRAMES, RATE), cluster=Cluster(most=workers) if workers else None
    )
    listener = Listener(lambda *_: first.append(time.monotonic()))
    run.join = timed
    try:
        began = time.monotonic()
        run.colorize_film(order, colorizer, means, overwrite=True, listener=listener)
        wall = time.monotonic() - began
    finally:
        run.join = ordinary
        ray.shutdown()
    return {"wall": wall, "first": first[0] - began, "join": joins[0]}


@click.command()
@click.option("--seconds", multiple=True, type=float, default=(8.0, 2.0, 0.5), show_default=True)
@click.option("--segments", default=12, show_default=True)
def main(seconds: tuple[float, ...], segments: int) -> None:
    """Print a table for each length of a segment, in seconds of sleep."""
    os.environ["RAY_AUTH_MODE"] = "disabled"
    torch.set_num_threads(1)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        film, output = Path(folder) / "a.mkv", Path(folder) / "b.mkv"
        make_film(film, segments)
        settings = ColorSettings(
            precision="fp32", working_size=32, window=0, look_ahead=0, motion=False
        )
        order = Order(film, output, settings, "cpu", EncoderSettings("ffv1"))
        ordinary = Predictor.probabilities
        for each in seconds:
            print(f"{segments} segments of {each} s\nworkers   wall  first frame  of best   join")
            for workers in (0, 1, 2, 4):
                if not workers:
                    stub(each / FRAMES)
                row = measure(order, workers, each / FRAMES)
                Predictor.probabilities = ordinary  # type: ignore[method-assign]
                best = each * segments / max(workers, 1)
                rows.append({"seconds": each, "workers": workers, "best": best, **row})
                print(
                    f"{workers or 'no Ray':>7} {row['wall']:6.1f} {row['first']:12.1f} "
                    f"{(row['wall'] - row['first']) / best:8.2f} {row['join']:6.2f}"
                )
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
