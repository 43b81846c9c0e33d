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

    lumas: the film's planes. codes: how they stand for values. every: the network sees one frame
    in so many.
    """

    def __init__(self, lumas: list[np.ndarray], codes: "CodeRange", every: int) -> None:  # noqa: F821
        from vidcolor import Colorizer, load
        from vidcolor.colorize.film_format import FilmFormat

        self.lumas = lumas
        self.colorizer = Colorizer(load(), every=every, device="cpu")
        height, width = lumas[0].shape
        self.film = FilmFormat(codes, (height, width), (-(-height // 2), -(-width // 2)))

    def run(self) -> dict[str, float]:
        """Return the processor time of each stage, in seconds a frame."""

        from vidcolor.colorize.predict import Prediction, Shown
        from vidcolor.colorize.stretch import carried, ends_to_decode
        from vidcolor.temporal.cuts import CutDetector, thumbnail

        colorizer, film, clock = self.colorizer, self.film, Clock()
        predict, last = colorizer.predict(film), colorizer.to_chroma(film)

        def see(shown: list[Shown]) -> list[Prediction]:
            with clock("network"):
                return predict.look(shown)

        look = colorizer.look(see, lambda: predict.batch_size)
        smooth = colorizer.smooth()
        detector = CutDetector()
        for first in range(0, len(self.lumas), predict.batch_size):
            planes = self.lumas[first : first + predict.batch_size]
            is_last = first + len(planes) == len(self.lumas)
            with clock("cuts"):
                detector(thumbnail(plane) / film.codes.peak for plane in planes)
            with clock("shrinking"):
                shown = predict.show(planes)
            with clock("motion"):
                numbers = range(first, first + len(planes))
                stretches = look(shown, [False] * len(shown), numbers)
                stretches += look.flush() if is_last else []
            with clock("smoothing"):
                smoothed = [done for stretch in stretches for done in smooth(stretch)]
                smoothed += smooth.flush() if is_last else []
            with clock("bins to UV"):
                ends = ends_to_decode(smoothed)
                pooled = last.pool(list(ends.values()))
                decoded = last.refine(carried(smoothed, ends, last.decode(pooled)))
            with clock("chroma codes"):
                last.to_codes(decoded)
        clock.seconds["motion"] -= clock.seconds["network"]  # which the look waits for
        self.batch_size = predict.batch_size
        self.shape = shown[0].luma.shape
        self.cells = pooled[0].probabilities.shape
        return {stage: seconds / len(self.lumas) for stage, seconds in clock.seconds.items()}

    def least(self) -> dict[str, tuple[float, float]]:
        """Return the operations and the bytes of each stage, a frame; after `run`."""
        import torch
        from torch.utils.flop_counter import FlopCounterMode

        (height, width), (bins, down, across) = self.shape, self.cells
        predictor, every = self.colorizer.predictor, self.colorizer.every
        kernel = self.colorizer.kernel.spaced(every)
        with FlopCounterMode(display=False) as counter:
            dtype = next(predictor.model.parameters()).dtype
            predictor.model(torch.zeros(1, 1, height, width, dtype=dtype))
        numbers = sum(p.numel() for p in predictor.model.parameters())
        weights = numbers * predictor.precision.itemsize
        luma = self.lumas[0].nbytes
        small, likely, uv = 4 * height * width, 4 * bins * down * across, 8 * down * across
        counted = (kernel.lookback + kernel.lookahead) / every
        chroma = 2 * self.film.chroma_shape[0] * self.film.chroma_shape[1]
        return {
            "cuts": (0, luma),
            "shrinking": (0, luma + small),
            "network": (
                counter.get_total_flops() / every,
                (small + likely + weights / self.batch_size) / every,
            ),
            "motion": (0, 2 * small + 6 * 4 * down * across),
            # Four corners of each cell of each frame that counts.
            "smoothing": (2 * 4 * counted * bins * down * across, (counted + 2 / every) * likely),
            # UV and confidence, of the two beside a frame that is not seen.
            "bins to UV": (0, (likely + small) / every + 2 * 1.5 * uv),
            "chroma codes": (0, luma + uv + chroma * self.lumas[0].itemsize),
        }


@click.command()
@click.argument("film", type=click.Path(path_type=Path, exists=True))
@click.option("--frames", default=48, show_default=True)
@click.option("--repeats", default=7, show_default=True)
@click.option(
    "--every", default=3, show_default=True, help="The network sees one frame in so many."
)
def main(film: Path, frames: int, repeats: int, every: int) -> None:
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
    stages = Stages(lumas, codes, every)
    stages.run()
    runs = [stages.run() for _ in range(repeats)]
    precision = stages.colorizer.predictor.precision
    operations, bandwidth = peaks(precision)
    least = stages.least()
    height, width = lumas[0].shape
    print(f"{width}x{height}, {len(lumas)} frames, {repeats} repeats, one thread of {processor()}")
    engine = stages.colorizer.predictor.engine
    print(
        f"peaks: {operations / 1e9:.0f} GFLOPS ({precision}), {bandwidth / 1e9:.1f} GB/s; "
        f"network by {engine}\n"
    )
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
                "engine": engine,
                "flops": operations,
                "bytes_per_second": bandwidth,
                "stages": table,
                "ms": total,
            }
        )
    )


if __name__ == "__main__":
    main()
