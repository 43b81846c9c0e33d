"""What colour costs: seconds to colorize a film over seconds to transcode the coloured result.

    python benchmarks/transcode_ratio.py DATA/clips/color/mountains-1080p.mp4

The transcode decodes the colorized film and encodes its frames again with the same encoder,
settings and threads, decoding in a thread of its own as the colorizer does. Both run in this
process, alternating; the ratio is the median over pairs. Loading torch and the weights, done once
a run of the command, is not in it and is printed apart.
"""

import statistics
import tempfile
import time
from pathlib import Path

import av
import click

from vidcolor.output.encoders import EncoderSettings, encoder_options
from vidcolor.pipeline.prefetch import Prefetch


def transcode(source: Path, output: Path) -> None:
    """Decode and encode the first video stream of `source`, nothing else."""
    name, options = encoder_options(EncoderSettings(), output)
    with av.open(str(source)) as film, av.open(str(output), "w") as result:
        decoded = film.streams.video[0]
        decoded.thread_type = "AUTO"
        stream = result.add_stream(name, options=options)
        stream.width, stream.height = decoded.width, decoded.height
        stream.pix_fmt = decoded.pix_fmt
        stream.codec_context.time_base = stream.time_base = decoded.time_base
        with Prefetch(film.decode(decoded), 16) as frames:
            for frame in frames:
                frame.pict_type = 0
                result.mux(stream.encode(frame))
        result.mux(stream.encode(None))


@click.command()
@click.argument("film", type=click.Path(path_type=Path, exists=True))
@click.option("--pairs", default=5, show_default=True)
def main(film: Path, pairs: int) -> None:
    """Print the median ratio for FILM."""
    began = time.perf_counter()
    from vidcolor import Colorizer, colorize_file, load

    colorizer = Colorizer(load())
    print(f"torch and weights loaded in {time.perf_counter() - began:.1f} s")

    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        colored, again = Path(folder) / "coloured.mkv", Path(folder) / "again.mkv"
        colorize_file(film, colored, colorizer)
        for pair in range(1, pairs + 1):
            began = time.perf_counter()
            transcode(colored, again)
            plain = time.perf_counter() - began
            result = colorize_file(film, colored, colorizer, overwrite=True)
            ratios.append(result.seconds / plain)
            print(
                f"pair {pair}: {result.frames} frames, transcode {plain:.2f} s, "
                f"colorize {result.seconds:.2f} s, ratio {ratios[-1]:.3f}"
            )
    print(f"median ratio {statistics.median(ratios):.3f}")


if __name__ == "__main__":
    main()
