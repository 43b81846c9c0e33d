"""Where colour's time goes: processor time and bytes of each stage of a frame, beside its floor.

    python benchmarks/stages.py DATA/clips/color/mountains-1080p.mp4

The stages are run one after the other on frames that are already decoded, on one thread, and their
processor time is taken, so that other work on the machine disturbs little. That is done several
times over; the median counts. Operations are those of convolutions and sums; bytes, what a stage
must read and write at the least. A stage's floor is the longer of operations over the peak of a
matrix product and bytes over the bandwidth of a copy, both measured in the same run, on the same
thread. The last line is JSON.
"""

import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import av
import click
import numpy as np

LARGE = 1 << 27
"""Bytes of the arrays by which bandwidth is measured: more than any cache holds."""


class Clock:
    """Sums processor time by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Add what the context takes to a stage."""
        began = time.thread_time()
        yield
        self.seconds[stage] += time.thread_time() - began


def processor() -> str:
    """Return the processor's name, and whether it computes bf16."""
    import torch

    entries = Path("/proc/cpuinfo").read_text().splitlines()
    name = next((line.split(": ")[1] for line in entries if line.startswith("model name")), "?")
    bf16 = torch.cpu.get_capabilities().get("avx512_bf16")
    return f"{name}, {'with' if bf16 else 'without'} bf16"


def best(work: Callable[[], object], times: int = 7) -> float:
    """Return the least processor time that some work takes, in seconds."""
    found = []
    for _ in range(times):
        began = time.thread_time()
        work()
        found.append(time.thread_time() - began)
    return min(found)


def peaks(precision: "torch.dtype") -> tuple[float, float]:  # noqa: F821
    """Return operations a second of a matrix product, and bytes a second of a copy."""
    import torch

    side = 1024
    one, other = (torch.rand(side, side).to(precision) for _ in range(2))
    source = torch.ones(LARGE, dtype=torch.uint8)
    target = torch.zeros_like(source)
    return (
        2 * side**3 / best(lambda: one @ other),
        2 * LARGE / best(lambda: target.copy_(source)),
    )


class Stages:
    """The colour stages of one film, each with a clock around it.

    lumas: the film's planes. codes: how they stand for values.
    """

    def __init__(self, lumas: list[np.ndarray], codes: "CodeRange") -> None:  # noqa: F821
        from vidcolor import Colorizer, load
        from vidcolor.colorize.film_format import FilmFormat

        self.lumas = lumas
        self.colorizer = Colorizer(load(), device="cpu")
        height, width = lumas[0].shape
        self.film = FilmFormat(codes, (height, width), (-(-height // 2), -(-width // 2)))

    def run(self) -> dict[str, float]:
        """Return the processor time of each stage, in seconds a frame."""
        import torch

        from vidcolor.colorize.network_input import NetworkInput
        from vidcolor.colorize.predict import Prediction
        from vidcolor.net.batched_predictor import BatchedPredictor
        from vidcolor.temporal.cuts import CutDetector, thumbnail
        from vidcolor.temporal.motion import find_step
        from vidcolor.temporal.smoothing import Smoother

        colorizer, film, clock = self.colorizer, self.film, Clock()
        stride = colorizer.predictor.model.dims.output_stride
        shrink = NetworkInput(film, colorizer.decoding.working_size, stride)
        network = BatchedPredictor(colorizer.predictor, colorizer.batch_size)
        smoother, to_chroma = Smoother(colorizer.kernel), colorizer.to_chroma(film)
        detector = CutDetector()
        previous, smoothed, waiting = None, [], []
        for first in range(0, len(self.lumas), colorizer.batch_size):
            planes = self.lumas[first : first + colorizer.batch_size]
            with clock("cuts"):
                detector(thumbnail(plane) / film.codes.peak for plane in planes)
            with clock("shrinking"):
                luma = torch.cat([shrink(plane, colorizer.predictor.device) for plane in planes])
            with clock("network"):
                probabilities = network.probabilities(luma)
            for each, shown, plane in zip(probabilities, luma[:, 0].numpy(), planes, strict=True):
                with clock("motion"):
                    step = None if previous is None else find_step(previous, shown, stride)
                previous = shown
                with clock("smoothing"):
                    done = smoother(each, step=step)
                waiting.append(Prediction(each, shown, plane))
                smoothed += [Prediction(d, w.luma, w.plane) for d, w in zip(done, waiting)]  # noqa: B905
                del waiting[: len(done)]
            if smoothed:
                with clock("bins to UV"):
                    pooled = to_chroma.pool(smoothed)
                    uv = to_chroma.decode(pooled)
                with clock("chroma codes"):
                    to_chroma.to_codes(uv, pooled, to_chroma.luma_bounds(pooled))
                smoothed = []
        self.shape, self.cells = luma.shape[-2:], probabilities.shape[1:]
        return {stage: seconds / len(self.lumas) for stage, seconds in clock.seconds.items()}

    def least(self) -> dict[str, tuple[float, float]]:
        """Return the operations and the bytes of each stage, a frame; after `run`."""
        import torch
        from torch.utils.flop_counter import FlopCounterMode

        (height, width), (bins, down, across) = self.shape, self.cells
        predictor, kernel = self.colorizer.predictor, self.colorizer.kernel
        with FlopCounterMode(display=False) as counter:
            predictor.model(torch.zeros(1, 1, height, width, dtype=predictor.precision))
        weights = sum(p.numel() * p.element_size() for p in predictor.model.parameters())
        luma = self.lumas[0].nbytes
        small, likely, uv = 4 * height * width, 4 * bins * down * across, 8 * down * across
        frames = kernel.lookback + kernel.lookahead
        chroma = 2 * self.film.chroma_shape[0] * self.film.chroma_shape[1]
        return {
            "cuts": (0, luma),
            "shrinking": (0, luma + small),
            "network": (
                counter.get_total_flops(),
                small + likely + weights / self.colorizer.batch_size,
            ),
            "motion": (0, 2 * small + 6 * 4 * down * across),
            # Four corners of each cell of each frame that counts.
            "smoothing": (2 * 4 * frames * bins * down * across, (frames + 2) * likely),
            "bins to UV": (0, likely + small + uv),
            "chroma codes": (0, luma + uv + chroma * self.lumas[0].itemsize),
        }


@click.command()
@click.argument("film", type=click.Path(path_type=Path, exists=True))
@click.option("--frames", default=48, show_default=True)
@click.option("--repeats", default=7, show_default=True)
def main(film: Path, frames: int, repeats: int) -> None:
    """Print a table of the stages of FILM's colour, and the same as JSON."""
    import cv2
    import torch

    from vidcolor.input.frames import Frame
    from vidcolor.input.reader import Reader

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    with Reader(film) as reader:
        shown = (item for item in reader if not isinstance(item, av.Packet))
        lumas = [frame.luma for frame in islice(shown, frames) if isinstance(frame, Frame)]
        codes = reader.picture.codes
    stages = Stages(lumas, codes)
    stages.run()
    runs = [stages.run() for _ in range(repeats)]
    precision = stages.colorizer.predictor.precision
    operations, bandwidth = peaks(precision)
    least = stages.least()
    height, width = lumas[0].shape
    print(f"{width}x{height}, {len(lumas)} frames, {repeats} repeats, one thread of {processor()}")
    print(f"peaks: {operations / 1e9:.0f} GFLOPS ({precision}), {bandwidth / 1e9:.1f} GB/s\n")
    print("| stage | ms a frame | from-to | MFLOP | MB | floor ms | times the floor |")
    print("|---|---|---|---|---|---|---|")
    table = {}
    for stage, (flop, count) in least.items():
        taken = sorted(1e3 * run[stage] for run in runs)
        ms, floor = statistics.median(taken), 1e3 * max(flop / operations, count / bandwidth)
        table[stage] = {"ms": ms, "flop": flop, "bytes": count, "floor_ms": floor}
        print(
            f"| {stage} | {ms:.2f} | {taken[0]:.2f}-{taken[-1]:.2f} | {flop / 1e6:.0f} "
            f"| {count / 1e6:.2f} | {floor:.2f} | {ms / floor:.1f} |"
        )
    total, floor = (sum(row[key] for row in table.values()) for key in ("ms", "floor_ms"))
    print(f"| all | {total:.2f} | | | | {floor:.2f} | {total / floor:.1f} |\n")
    print(
        json.dumps(
            {
                "processor": processor(),
                "shape": [height, width],
                "frames": len(lumas),
                "precision": str(precision),
                "flops": operations,
                "bytes_per_second": bandwidth,
                "stages": table,
                "ms": total,
            }
        )
    )


if __name__ == "__main__":
    main()
