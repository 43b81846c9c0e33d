"""What colour costs: seconds to colorize a film over seconds to transcode the coloured result.

    python benchmarks/transcode_ratio.py DATA/clips/color/mountains-1080p.mp4
    python benchmarks/transcode_ratio.py --preset veryfast --engine torch FILM

The transcode decodes the colorized film and encodes its frames again with the same encoder,
settings and threads, decoding in a thread of its own as the colorizer does. Both run in this
process, alternating; the ratio is the median over pairs, by the clock and by processor time: that
of a machine all of whose cores are busy, whatever else they do. Loading torch and the weights, done
once a run of the command, is not in it and is printed apart.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import click

from vidcolor.output.encoders import EncoderSettings, encoder_options, encoder_threads
from vidcolor.pipeline.prefetch import Prefetch


def transcode(source: Path, output: Path, settings: EncoderSettings) -> None:
    """Decode and encode the first video stream of `source`, nothing else."""
    name, options = encoder_options(settings, output)
    with av.open(str(source)) as film, av.open(str(output), "w") as result:
        decoded = film.streams.video[0]
        decoded.thread_type = "AUTO"
        stream = result.add_stream(name, options=options)
        stream.width, stream.height = decoded.width, decoded.height
        stream.pix_fmt = decoded.pix_fmt
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = encoder_threads(name, settings)
        stream.codec_context.time_base = stream.time_base = decoded.time_base
        with Prefetch(film.decode(decoded), 16) as frames:
            for frame in frames:
                frame.pict_type = 0
                result.mux(stream.encode(frame))
        result.mux(stream.encode(None))


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds on the clock and of processor time that something takes."""
    began, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - used


@click.command()
@click.argument("film", type=click.Path(path_type=Path, exists=True))
@click.option("--pairs", default=5, show_default=True)
@click.option("--preset", default="medium", show_default=True, help="Of libx264.")
@click.option("--engine", default="auto", show_default=True)
@click.option("--every", type=int, help="As for `vidcolor colorize`, and its default.")
def main(film: Path, pairs: int, preset: str, engine: str, every: int | None) -> None:
    """Print the median ratios for FILM."""
    began = time.perf_counter()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command does, before torch loads
    from vidcolor import Colorizer, colorize_file, load

    colorizer = Colorizer(load(), engine=engine, every=every)
    print(f"torch and weights loaded in {time.perf_counter() - began:.1f} s")

    encoder, ratios = EncoderSettings(preset=preset), []
    with tempfile.TemporaryDirectory() as folder:
        colored, again = Path(folder) / "coloured.mkv", Path(folder) / "again.mkv"
        colorize_file(film, colored, colorizer, encoder=encoder)
        for pair in range(1, pairs + 1):
            plain = timed(lambda: transcode(colored, again, encoder))
            ours = timed(
                lambda: colorize_file(film, colored, colorizer, encoder=encoder, overwrite=True)
            )
            ratios.append([a / b for a, b in zip(ours, plain, strict=True)])
            print(
                f"pair {pair}: transcode {plain[0]:.2f} s ({plain[1]:.2f} of processor time), "
                f"colorize {ours[0]:.2f} s ({ours[1]:.2f}), "
                f"ratio {ratios[-1][0]:.3f} ({ratios[-1][1]:.3f})",
                flush=True,
            )
    wall, cpu = (statistics.median(each) for each in zip(*ratios, strict=True))
    print(f"{colorizer.predictor.engine}, {preset}: ratio {wall:.3f}, of processor time {cpu:.3f}")


if __name__ == "__main__":
    main()
