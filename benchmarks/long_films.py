"""Whether long films made in segments are as those made in one go, and what the segments cost.

    python benchmarks/long_films.py equality FILM...    # the same film, however it is made
    python benchmarks/long_films.py quality FILM...     # libx264 in seven segments against one
    python benchmarks/long_films.py overhead FILM       # time: 20 segments against one
    python benchmarks/long_films.py jobs FILM           # time: two processes against one
    python benchmarks/long_films.py memory FILM         # resident memory at 5, 30 and 60 minutes

`equality` takes the first seconds of each film, with four key frames a second, or with --in-a-row
ten films in a row at one size, with sound. It makes each in one go, in seven segments, by two
processes, by a Ray cluster of a head and two nodes, and killed five times at random; printed are
digests of the decoded pictures, their times and the packets of sound. `quality` prints the luma's
PSNR to the source. The others loop FILM without decoding it, scaled to 320x180. All use the bundled
network at a small working size, unless told otherwise. The last line is JSON.
"""

import hashlib
import json
import logging
import os
import pickle
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import click
import numpy as np

from vidcolor import ColorSettings, EncoderSettings
from vidcolor.jobs.cluster import Cluster
from vidcolor.jobs.journal import work_folder
from vidcolor.jobs.run import Means, colorize_film
from vidcolor.pipeline.listener import Listener
from vidcolor.pipeline.order import Order

CHILD = """
import json, os, pickle, sys, time
from vidcolor.jobs.run import colorize_film
if __name__ == "__main__":
    order, means = pickle.loads(sys.stdin.buffer.read())
    colorizer = order.settings.make_colorizer("cpu")
    before, began = sum(os.times()[:4]), time.monotonic()
    colorize_film(order, colorizer, means, overwrite=True)
    print(json.dumps([sum(os.times()[:4]) - before, time.monotonic() - began]))
"""
LOSSLESS = EncoderSettings("ffv1")
X264 = EncoderSettings("libx264", preset="ultrafast")
SIZE = 320, 180
RATE = 24


def order_of(source: Path, output: Path, encoder: EncoderSettings, size: int) -> Order:
    """An order of a film, for the CPU."""
    return Order(source, output, ColorSettings(working_size=size), "cpu", encoder)


def run(order: Order, means: Means, kill_after: float | None = None) -> list[float] | None:
    """Processor and wall seconds of a film made in a process of its own; None if it was killed.

    kill_after: seconds after the next segment is done.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
        script.write(CHILD)
        script.flush()
        child = subprocess.Popen(
            [sys.executable, script.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert child.stdin is not None
        with child.stdin as pipe:
            pipe.write(pickle.dumps((order, means)))
        child.stdin = None
        if kill_after is not None:
            folder = work_folder(order.output)
            before = len(list(folder.glob("[0-9]*.json")))
            while child.poll() is None and len(list(folder.glob("[0-9]*.json"))) == before:
                time.sleep(0.001)
            time.sleep(kill_after)
            child.kill()
        out, _ = child.communicate()
    if child.returncode == -signal.SIGKILL:
        return None
    if child.returncode:
        raise click.ClickException(f"{order.source}: ended with code {child.returncode}")
    seconds: list[float] = json.loads(out)
    return seconds


def digests(film: Path) -> tuple[str, str, str]:
    """Digests of the decoded pictures, of their times, and of the packets of sound."""
    pictures, times, sound = (hashlib.sha256() for _ in range(3))
    with av.open(str(film)) as opened:
        streams = [opened.streams.video[0], *opened.streams.audio]
        for packet in opened.demux(streams):
            if packet.stream.type == "audio":
                sound.update(bytes(packet) + str((packet.pts, packet.dts)).encode())
                continue
            for frame in packet.decode():
                pictures.update(frame.to_ndarray().tobytes())
                times.update(str(frame.pts).encode() + b" ")
    return pictures.hexdigest()[:16], times.hexdigest()[:16], sound.hexdigest()[:16]


def lumas(film: Path) -> Iterator[np.ndarray]:
    with av.open(str(film)) as opened:
        for frame in opened.decode(video=0):
            depth = 255 if frame.format.components[0].bits == 8 else 1023
            plane = frame.planes[0]
            rows = np.frombuffer(plane, np.uint8 if depth == 255 else np.uint16)
            width = plane.line_size // rows.itemsize
            yield rows.reshape(-1, width)[:, : frame.width].astype(np.float64) / depth


def psnr(one: Path, other: Path) -> float:
    """PSNR of the luma of two films, in dB."""
    errors = [np.mean((a - b) ** 2) for a, b in zip(lumas(one), lumas(other), strict=True)]
    return float(-10 * np.log10(np.mean(errors)))


def scale(
    films: list[Path],
    output: Path,
    seconds: float,
    size: tuple[int, int] | None,
    frames: int = RATE,
) -> None:
    """Write the first seconds of films in a row, with four key frames a second, and sound."""
    with av.open(str(output), "w") as made:
        video, sound, base = None, None, Fraction(0)
        for film in films:
            with av.open(str(film)) as opened:
                source = opened.streams.video[0]
                rate = Fraction(frames) if size else Fraction(source.average_rate or RATE)
                width, height = size or (source.width, source.height)
                if video is None:
                    video = made.add_stream("libx264", rate=rate)
                    video.width, video.height, video.pix_fmt = width, height, "yuv420p"
                    video.options = {"preset": "ultrafast", "crf": "20"}
                    video.codec_context.gop_size = max(1, round(rate / 4))
                    spoken = [f for f in films if _has_sound(f)]
                    if spoken:
                        with av.open(str(spoken[-1])) as other:
                            sound = made.add_stream_from_template(other.streams.audio[0])
                count = 0
                for frame in opened.decode(source):
                    if count >= seconds * rate:
                        break
                    shown = frame.reformat(width, height, "yuv420p")
                    shown.pts, shown.time_base = round(base * rate) + count, 1 / rate
                    shown.pict_type = av.video.frame.PictureType.NONE
                    made.mux(video.encode(shown))
                    count += 1
                base += count / rate
        assert video is not None
        made.mux(video.encode(None))
        if sound is not None:
            with av.open(str(spoken[-1])) as other:
                for packet in other.demux(audio=0):
                    if (
                        packet.size
                        and packet.pts is not None
                        and packet.pts * packet.time_base < base
                    ):
                        packet.stream = sound
                        made.mux(packet)


def _has_sound(film: Path) -> bool:
    with av.open(str(film)) as opened:
        return bool(opened.streams.audio)


def loop(film: Path, output: Path, minutes: float) -> None:
    """Write a film over and over, without decoding it."""
    with av.open(str(film)) as source:
        stream = source.streams.video[0]
        packets = [p for p in source.demux(stream) if p.size]
        length = max((p.pts or 0) + (p.duration or 0) for p in packets)
        base = stream.time_base
        assert base is not None
        with av.open(str(output), "w") as made:
            copy = made.add_stream_from_template(stream)
            for turn in range(round(minutes * 60 / (length * base)) + 1):
                for packet in packets:
                    again = av.Packet(bytes(packet))
                    again.pts, again.dts = (
                        (packet.pts or 0) + turn * length,
                        (packet.dts or 0) + turn * length,
                    )
                    again.duration, again.time_base = packet.duration, base
                    again.is_keyframe, again.stream = packet.is_keyframe, copy
                    made.mux(again)


@click.group()
def cli() -> None:
    """Measure films made in segments."""


def _length(film: Path) -> Fraction:
    with av.open(str(film)) as opened:
        return Fraction(opened.duration or 0, av.time_base)


@cli.command()
@click.argument("films", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--seconds", default=2.5, help="Of each film.")
@click.option("--in-a-row", is_flag=True, help="Ten films in a row instead, at one size.")
@click.option("--working-size", default=96)
def equality(films: tuple[Path, ...], seconds: float, in_a_row: bool, working_size: int) -> None:
    """Compare each film, made in several ways."""
    moments, report = random.Random(1), {}
    rows = [(film.name, [film], None) for film in films]
    if in_a_row:
        rows = [("ten in a row", [*films, *films, *films][:10], SIZE)]
    with tempfile.TemporaryDirectory() as name, two_nodes() as address:
        source, made = Path(name) / "source.mkv", Path(name) / "out.mkv"
        order = order_of(source, made, LOSSLESS, working_size)
        colorizer = order.settings.make_colorizer("cpu")
        for title, parts, size in rows:
            scale(parts, source, seconds, size)
            length = _length(source) / 7
            ways = {
                "one go": Means(),
                "7 segments": Means(length=length),
                "2 jobs": Means(("cpu", "cpu"), length=length),
                "Ray": Means(length=length, cluster=Cluster(address)),
            }
            found: dict[str, tuple[str, str, str]] = {}
            for way, means in ways.items():
                colorize_film(order, colorizer, means, overwrite=True)
                found[way] = digests(made)
            made.unlink()
            kills, longest = 0, 0.5
            while kills < 5:
                if run(order, ways["7 segments"], moments.uniform(0, longest)) is None:
                    kills += 1
                    continue
                kills, longest = 0, longest / 4  # it was ready before: once more, and quicker
            run(order, ways["7 segments"])
            found[f"killed {kills} times"] = digests(made)
            ok = len(set(found.values())) == 1
            report[title] = [list(next(iter(found.values()))), list(found), ok]
            click.echo(f"{title}: {'the same' if ok else 'DIFFERENT'}: {', '.join(found)}")
            for way, each in found.items() if not ok else list(found.items())[:1]:
                click.echo(f"  {way}: pictures, times, sound {' '.join(each)}")
    click.echo(json.dumps(report))


@contextmanager
def two_nodes() -> Iterator[str]:
    """Be connected with a Ray cluster on this machine: its address.

    The head works at nothing, two nodes do.
    """
    os.environ["RAY_AUTH_MODE"] = "disabled"
    import ray
    from ray.cluster_utils import Cluster as Nodes

    small = {"object_store_memory": 80_000_000}
    head = {"num_cpus": 0, "include_dashboard": False, **small}
    nodes = Nodes(initialize_head=True, head_node_args=head)
    try:
        for _ in range(2):
            nodes.add_node(num_cpus=2, **small)
        ray.init(nodes.address, log_to_driver=False, logging_level=logging.ERROR)
        yield nodes.address
    finally:
        ray.shutdown()
        nodes.shutdown()


@cli.command()
@click.argument("films", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--seconds", default=60.0, help="Of each film.")
@click.option("--loop", "looped", default=0.0, help="Minutes for which each is then repeated.")
@click.option("--segments", default=7)
@click.option("--small", is_flag=True, help="Scale each to 320x180.")
@click.option("--working-size", default=64)
def quality(
    films: tuple[Path, ...],
    seconds: float,
    looped: float,
    segments: int,
    small: bool,
    working_size: int,
) -> None:
    """Compare luma and times of films that libx264 encodes in segments with those in one go."""
    report: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        source, short = Path(name) / "source.mkv", Path(name) / "short.mkv"
        for film in films:
            scale([film], source, seconds, SIZE if small else None)
            if looped:
                source.replace(short)
                loop(short, source, looped)
            figures: dict[str, float] = {}
            times = set()
            for way, count in {"one": 1, "segments": segments}.items():
                made = Path(name) / f"{way}.mkv"
                order = order_of(source, made, EncoderSettings(), working_size)
                colorizer = order.settings.make_colorizer("cpu")
                colorize_film(
                    order, colorizer, Means(length=_length(source) / count), overwrite=True
                )
                figures[way], figures[f"{way}, bytes"] = psnr(source, made), made.stat().st_size
                times.add(digests(made)[1:])
            figures["segment, s"] = float(_length(source) / segments)
            report[film.name] = figures
            alike = "the same times and sound" if len(times) == 1 else "OTHER TIMES OR SOUND"
            click.echo(
                f"{film.name}: segments of {figures['segment, s']:.2f} s: luma "
                f"{figures['segments'] - figures['one']:+.3f} dB from {figures['one']:.3f}, "
                f"{figures['segments, bytes'] / figures['one, bytes']:.4f} of the bytes; {alike}"
            )
    click.echo(json.dumps(report))


@cli.command()
@click.argument("film", type=click.Path(path_type=Path, exists=True))
@click.option("--minutes", default=10.0)
@click.option("--rate", default=RATE, help="Frames a second.")
@click.option("--segments", default=20)
@click.option("--rounds", default=2)
@click.option("--working-size", default=64)
def overhead(
    film: Path, minutes: float, rate: int, segments: int, rounds: int, working_size: int
) -> None:
    """Compare the time that many segments take with that of one."""
    with tempfile.TemporaryDirectory() as name:
        source = _looped(film, Path(name), minutes, rate)
        length = _length(source)
        ways = {"one": Means(length=length), "many": Means(length=length / segments)}
        _in_turn(source, ways, working_size, rounds)


@cli.command()
@click.argument("film", type=click.Path(path_type=Path, exists=True))
@click.option("--minutes", default=10.0)
@click.option("--rate", default=RATE, help="Frames a second.")
@click.option("--rounds", default=2)
@click.option("--working-size", default=64)
def jobs(film: Path, minutes: float, rate: int, rounds: int, working_size: int) -> None:
    """Compare the time that two processes take with that of one."""
    with tempfile.TemporaryDirectory() as name:
        source = _looped(film, Path(name), minutes, rate)
        ways = {"one": Means(), "two": Means(("cpu", "cpu"))}
        _in_turn(source, ways, working_size, rounds)


def _in_turn(source: Path, ways: dict[str, Means], working_size: int, rounds: int) -> None:
    """Make a film in two ways, one after the other, and print what the second takes of the first.

    Each round begins with the other way, so that a machine that slows down favors none.
    """
    ratios: list[list[float]] = []
    for number in range(rounds):
        found: dict[str, list[float]] = {}
        for way in list(ways)[:: 1 - 2 * (number % 2)]:
            made = source.with_name(f"{way}.mkv")
            seconds = run(order_of(source, made, X264, working_size), ways[way])
            assert seconds is not None
            click.echo(f"{way}: {seconds[0]:.1f} s of processor time, {seconds[1]:.1f} s")
            found[way] = seconds
        first, second = (found[way] for way in ways)
        ratios.append([b / a for a, b in zip(first, second, strict=True)])
    processor, wall = map(statistics.median, zip(*ratios, strict=True))
    click.echo(
        f"{', then '.join(ways)}: {processor:.3f} of the processor time, {wall:.3f} of the time"
    )
    click.echo(json.dumps(ratios))


@cli.command()
@click.argument("film", type=click.Path(path_type=Path, exists=True))
@click.option("--minutes", default=60.0)
@click.option("--rate", default=RATE, help="Frames a second.")
@click.option("--working-size", default=32)
def memory(film: Path, minutes: float, rate: int, working_size: int) -> None:
    """Print the resident memory while a film is made, when so many minutes of it are done."""
    marks = [minute for minute in (1, 5, 15, 30, 45, 60, 90, 120) if minute <= minutes]
    page, seen = resource.getpagesize(), {}
    with tempfile.TemporaryDirectory() as name:
        source = _looped(film, Path(name), minutes, rate)

        def progress(frames: int, done: Fraction, length: Fraction | None) -> None:
            while marks and done >= 60 * marks[0]:
                pages = int(Path("/proc/self/statm").read_text().split()[1])
                seen[marks.pop(0)] = pages * page / 1e6
                click.echo(f"{list(seen)[-1]} min: {list(seen.values())[-1]:.0f} MB")

        order = order_of(source, Path(name) / "out.mkv", X264, working_size)
        colorizer = order.settings.make_colorizer("cpu")
        began = time.monotonic()
        result = colorize_film(order, colorizer, listener=Listener(progress=progress))
        click.echo(f"{result.frames} frames in {time.monotonic() - began:.0f} s")
    click.echo(json.dumps(seen))


def _looped(film: Path, folder: Path, minutes: float, rate: int = RATE) -> Path:
    scale([film], folder / "small.mkv", 20, SIZE, rate)
    loop(folder / "small.mkv", folder / "source.mkv", minutes)
    return folder / "source.mkv"


if __name__ == "__main__":
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    cli()
