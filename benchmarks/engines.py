"""How fast each engine computes the network, and how near its colour is to that of torch in fp32.

    python benchmarks/engines.py
    python benchmarks/engines.py --packed DATA/packed --nth 4
    python benchmarks/engines.py --seconds 4 DATA/clips/color/*

Times are processor time on one thread, of batches of 8 pictures of 192x108, medians of runs in
turn. With --packed, photographs of a validation set (`vidcolor train pack`) are coloured by each
engine; with FILMS, each is colorized by each, without loss, as the command does it, and its chroma
compared with that of torch in fp32 which saw every frame. PSNR and CIEDE2000 are against the true
colours; codes are of 8 bits, and tell how far the chroma is from that of the first row. Prints
tables.
"""

import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

if TYPE_CHECKING:
    from vidcolor.net.checkpoint import Checkpoint

BATCH, HEIGHT, WIDTH = 8, 108, 192
RUNS = 25


def ways() -> list[tuple[str, str]]:
    """Return the engines and precisions that there are here, the reference first."""
    import torch

    from vidcolor.net.device import is_native
    from vidcolor.net.engine import openvino_version

    native = is_native(torch.bfloat16, torch.device("cpu"))
    engines = ["torch", *(["openvino"] if openvino_version() else [])]
    return [(e, p) for e in engines for p in ("fp32", *(["bf16"] if native else []))]


def speed(checkpoint: "Checkpoint") -> None:
    """Print the time that each takes to start, and for each frame."""
    import torch

    from vidcolor.net.device import PRECISIONS
    from vidcolor.net.predictor import Predictor

    cpu, luma = torch.device("cpu"), torch.rand(BATCH, 1, HEIGHT, WIDTH)
    predictors, starts = {}, {}
    for engine, precision in ways():
        began = time.process_time()
        made = Predictor(checkpoint.model, checkpoint.bins, cpu, PRECISIONS[precision], engine)
        made.probabilities(luma)
        starts[engine, precision] = time.process_time() - began
        predictors[engine, precision] = made
    times = defaultdict(list)
    for _ in range(RUNS):
        for way, predictor in predictors.items():
            began = time.process_time()
            predictor.probabilities(luma)
            times[way].append(time.process_time() - began)
    click.echo("| engine | precision | ms a frame | until the first batch, ms |\n|---|---|---|---|")
    for (engine, precision), every in times.items():
        frame, start = statistics.median(every) / BATCH, starts[engine, precision]
        click.echo(f"| {engine} | {precision} | {1e3 * frame:.2f} | {1e3 * start:.0f} |")


def photographs(checkpoint: "Checkpoint", folder: Path, nth: int) -> None:
    """Print how near each engine colours every nth photograph of a validation set."""
    import torch

    from vidcolor.color.metrics import ciede2000, psnr
    from vidcolor.color.yuv import rgb_to_yuv
    from vidcolor.net.device import PRECISIONS
    from vidcolor.net.predictor import Predictor
    from vidcolor.train.data.photographs import Photographs
    from vidcolor.train.evaluate.pictures import (
        decode,
        from_uint8,
        predict,
        resize,
        to_uint8,
        with_chroma,
    )

    cpu, decoding = torch.device("cpu"), checkpoint.decoding
    predictors = {
        (engine, precision): Predictor(
            checkpoint.model, checkpoint.bins, cpu, PRECISIONS[precision], engine
        )
        for engine, precision in ways()
    }
    packed = Photographs(folder)
    figures = defaultdict(list)
    for index in packed.validation[::nth]:
        truth = np.ascontiguousarray(packed[index])
        luma, _, _ = rgb_to_yuv(*from_uint8(truth[None]).split(1, 1))
        reference: torch.Tensor | None = None
        for way, predictor in predictors.items():
            seen = predict(predictor, luma, decoding.working_size)
            uv = resize(decode(predictor, seen, luma, decoding), luma.shape[-2:])
            reference = uv if reference is None else reference
            picture = to_uint8(with_chroma(luma, uv))[0]
            codes = 255 * float((uv - reference).abs().mean())
            figures[way].append((codes, psnr(truth, picture), ciede2000(truth, picture)))
    title = f"{len(packed.validation[::nth])} photographs of {folder.name}"
    table(title, {way: np.mean(every, axis=0) for way, every in figures.items()})


def film(weights: str, source: Path, seconds: float) -> None:
    """Print how near each engine colours the beginning of a film."""
    from fractions import Fraction

    from vidcolor import colorize_file
    from vidcolor.colorize.settings import ColorSettings
    from vidcolor.judge.measure import measure
    from vidcolor.output.encoders import EncoderSettings

    figures, reference = {}, None
    with tempfile.TemporaryDirectory() as folder:
        truth, made = Path(folder) / "truth.mkv", Path(folder) / "coloured.mkv"
        copy_beginning(source, truth, seconds)
        seen: list[tuple[str, str, int | None]] = [("torch", "fp32", 1)]
        for engine, precision, every in [*seen, *((*way, None) for way in ways())]:
            settings = ColorSettings(weights, engine=engine, precision=precision, every=every)
            colorize_file(
                truth, made, settings.make_colorizer("cpu"),
                encoder=EncoderSettings("ffv1"), duration=Fraction(seconds), overwrite=True,
            )  # fmt: skip
            chroma = chroma_of(made)
            reference = chroma if reference is None else reference
            codes = np.mean([np.abs(a - b).mean() for a, b in zip(chroma, reference, strict=True)])
            found = measure(made, truth).overall.figures
            name = precision if every is None else f"{precision}, --every {every}"
            figures[engine, name] = np.array([codes, found.psnr, found.ciede2000])
    table(source.stem, figures)


def copy_beginning(source: Path, target: Path, seconds: float) -> None:
    """Write the first seconds of a film's picture, without loss and at full size."""
    import av

    with av.open(str(source)) as film, av.open(str(target), "w") as copy:
        video = film.streams.video[0]
        made = copy.add_stream("ffv1", rate=video.guessed_rate)
        made.width, made.height, made.pix_fmt = video.width, video.height, video.pix_fmt
        for name in ("color_range", "colorspace", "color_primaries", "color_trc"):
            setattr(made.codec_context, name, getattr(video.codec_context, name))
        for frame in film.decode(video):
            if frame.time >= seconds:
                break
            copy.mux(made.encode(frame))
        copy.mux(made.encode())


def chroma_of(path: Path) -> list[np.ndarray]:
    """Return the chroma of each frame in 8-bit codes, float32."""
    import av

    planes = []
    with av.open(str(path)) as film:
        for frame in film.decode(video=0):
            depth = frame.format.components[1].bits
            for plane in list(frame.planes)[1:]:
                codes = np.frombuffer(plane, np.uint8 if depth == 8 else np.uint16)
                shown = codes.reshape(plane.height, -1)[:, : plane.width]
                planes.append(shown.astype(np.float32) / 2 ** (depth - 8))
    return planes


def table(title: str, figures: dict[tuple[str, str], np.ndarray]) -> None:
    """Print codes, PSNR and CIEDE2000 of each engine."""
    click.echo(f"\n| {title} | codes off | PSNR, dB | CIEDE2000 |\n|---|---|---|---|")
    for (engine, precision), (codes, psnr, difference) in figures.items():
        click.echo(f"| {engine} {precision} | {codes:.3f} | {psnr:.3f} | {difference:.3f} |")


@click.command()
@click.argument("films", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--weights", default="film", show_default=True)
@click.option("--packed", "folders", multiple=True, type=click.Path(path_type=Path, exists=True))
@click.option("--nth", default=1, show_default=True, help="Of photographs only every nth.")
@click.option("--seconds", default=4.0, show_default=True, help="Of each film only the beginning.")
def main(
    films: tuple[Path, ...], weights: str, folders: tuple[Path, ...], nth: int, seconds: float
) -> None:
    """Print the speed of each engine, and how near it is."""
    import torch

    from vidcolor import load

    torch.set_num_threads(1)
    checkpoint = load(weights)
    if not films and not folders:
        speed(checkpoint)
    for folder in folders:
        photographs(checkpoint, folder, nth)
    for source in films:
        film(weights, source, seconds)


if __name__ == "__main__":
    main()
