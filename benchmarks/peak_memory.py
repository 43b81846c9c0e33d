"""That memory does not grow with the film: peak resident memory for a long film over a short one.

    python benchmarks/peak_memory.py DATA/clips/color/mountains-1080p.mp4

FILM is looped, without decoding, to one and to ten minutes; each is colorized in a process of its
own.
"""

import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import click

CHILD = """
import resource, sys
from vidcolor import Colorizer, EncoderSettings, colorize_file, load
from pathlib import Path
settings = EncoderSettings(preset=sys.argv[3])
result = colorize_file(Path(sys.argv[1]), Path(sys.argv[2]), Colorizer(load()), encoder=settings)
print(result.frames, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def loop(film: Path, output: Path, seconds: int) -> None:
    """Repeat the video packets of `film` until `seconds` are full."""
    shift = 0
    with av.open(str(output), "w") as result:
        with av.open(str(film)) as first:
            stream = result.add_stream_from_template(first.streams.video[0])
        while True:
            with av.open(str(film)) as source:
                video = source.streams.video[0]
                base = Fraction(video.time_base or 0)
                length = round(video.frames / Fraction(video.average_rate or 0) / base)
                for packet in source.demux(video):
                    if packet.size == 0 or packet.pts is None or packet.dts is None:
                        continue
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = stream
                    result.mux(packet)
            shift += length
            if shift * base >= seconds:
                return


@click.command()
@click.argument("film", type=click.Path(path_type=Path, exists=True))
@click.option("--preset", default="ultrafast", show_default=True, help="Of x264, to save time.")
def main(film: Path, preset: str) -> None:
    """Print the peak memory for one and for ten minutes of FILM."""
    peaks = []
    with tempfile.TemporaryDirectory() as folder:
        for minutes in (1, 10):
            looped = Path(folder) / f"{minutes}.mkv"
            loop(film, looped, minutes * 60)
            done = subprocess.run(
                [sys.executable, "-c", CHILD, looped, Path(folder) / "out.mkv", preset],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            frames, kilobytes = map(int, done.stdout.split())
            (Path(folder) / "out.mkv").unlink()
            peaks.append(kilobytes)
            print(f"{minutes} min, {frames} frames: {kilobytes / 1024:.0f} MiB")
    print(f"ratio {peaks[1] / peaks[0]:.3f}")


if __name__ == "__main__":
    main()
