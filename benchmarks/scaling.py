"""How time and memory grow with a film's length and size, the kernel, working size and batch.

    python benchmarks/scaling.py DATA/clips/color/mountains-1080p.mp4
    python benchmarks/scaling.py DATA/clips/color/*.mp4 --by steadiness

FILM is colorized in a process of its own for each row of the tables, all rows of a table in turn
and that several times over. Printed are medians: seconds, processor time a frame, of all threads
and with decoding and encoding, and the peak of resident memory; and what each is of the table's
first row. `length` loops the film without decoding it, `resolution` scales it beforehand; `window`
is the number of frames before that count; `steadiness` compares no smoothing at all with the
defaults and with `--two-pass`. The last line is JSON.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import click

CHILD = """
import json, resource, sys, time
from dataclasses import replace
from pathlib import Path
from vidcolor import Colorizer, EncoderSettings, ExponentialDecay, colorize_file, load
film, output, given = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
checkpoint = load()
options, size = {}, given.get("working_size")
if size:
    options["decoding"] = replace(checkpoint.decoding, working_size=size)
if "window" in given:
    options["kernel"] = ExponentialDecay(window=given["window"], ahead=given.get("ahead", 0))
options |= {key: given[key] for key in ("motion", "batch_size") if key in given}
whole = {"cuts": ()} if given.get("motion") is False else {"two_pass": given.get("two_pass", False)}
colorizer = Colorizer(checkpoint, **options)
began = time.process_time()
encoder = EncoderSettings(preset=given["preset"])
result = colorize_file(film, output, colorizer, encoder=encoder, overwrite=True, **whole)
cpu = time.process_time() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([result.seconds, 1000 * cpu / result.frames, peak]))
"""

SETTINGS: dict[str, dict[str, dict[str, Any]]] = {
    "window": {str(n): {"window": n, "ahead": 10} for n in (5, 10, 20, 40, 80)},
    "working size": {str(n): {"working_size": n} for n in (128, 192, 256, 384)},
    "batch": {str(n): {"batch_size": n} for n in (1, 2, 4, 8, 16, 32)},
    "steadiness": {
        "no smoothing": {"window": 0, "motion": False},
        "the defaults": {},
        "--two-pass": {"two_pass": True},
    },
}
MINUTES = 1, 2, 5, 10
HEIGHTS = 240, 480, 720, 1080, 2160


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


def scale(film: Path, output: Path, height: int) -> None:
    """Encode a film anew at another height, its width in proportion and even."""
    with av.open(str(film)) as source, av.open(str(output), "w") as result:
        video = source.streams.video[0]
        width = round(video.width * height / video.height / 2) * 2
        stream = result.add_stream("libx264", video.average_rate, {"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in source.decode(video):
            result.mux(stream.encode(frame.reformat(width, height, "yuv420p")))
        result.mux(stream.encode(None))


def rows(film: Path, by: str, folder: Path) -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """Yield the name, the film and the settings of each row of a table."""
    made: dict[str, tuple[Callable[[Path, Path, int], None], tuple[int, ...], int]] = {
        "length": (loop, MINUTES, 60),
        "resolution": (scale, HEIGHTS, 1),
    }
    if by in SETTINGS:
        yield from ((name, film, settings) for name, settings in SETTINGS[by].items())
        return
    make, values, factor = made[by]
    for value in values:
        output = folder / f"{by}-{value}.mkv"
        make(film, output, value * factor)
        yield str(value), output, {}


def measure(film: Path, by: str, preset: str, repeats: int) -> dict[str, list[float]]:
    """Return the medians of seconds, ms a frame and MiB of each row of a table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = list(rows(film, by, folder))
        found: dict[str, list[list[float]]] = {row: [] for row, *_ in table}
        for _ in range(repeats):
            for row, source, settings in table:
                given = json.dumps({"preset": preset, **settings})
                done = subprocess.run(
                    [sys.executable, "-c", CHILD, source, folder / "coloured.mkv", given],
                    capture_output=True, text=True, check=True,
                )  # fmt: skip
                found[row].append(json.loads(done.stdout))
    return {
        row: [statistics.median(each) for each in zip(*runs, strict=True)]
        for row, runs in found.items()
    }


@click.command()
@click.argument("films", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--by", "tables", multiple=True, type=click.Choice(["length", "resolution", *SETTINGS]),
    help="A table to make; can be repeated.  [default: all]",
)  # fmt: skip
@click.option("--repeats", default=3, show_default=True)
@click.option("--preset", default="ultrafast", show_default=True, help="Of x264, to save time.")
def main(films: tuple[Path, ...], tables: tuple[str, ...], repeats: int, preset: str) -> None:
    """Print a table for each of FILMS and whatever its cost may depend on."""
    result: dict[str, dict[str, dict[str, list[float]]]] = {}
    for film in films:
        for by in tables or ("length", "resolution", *SETTINGS):
            medians = measure(film, by, preset, repeats)
            result.setdefault(film.stem, {})[by] = medians
            first = next(iter(medians.values()))
            print(f"\n| {film.stem}: {by} | seconds | ms a frame | MiB | of the first |")
            print("|---" * 5 + "|")
            for row, values in medians.items():
                cells = " | ".join(f"{value:.1f}" for value in values)
                shares = ", ".join(f"{a / b:.3f}" for a, b in zip(values, first, strict=True))
                print(f"| {row} | {cells} | {shares} |", flush=True)
    print(f"\n{json.dumps(result)}")


if __name__ == "__main__":
    main()
