"""How much a true frame of each film, as a reference, brings the frames after it nearer the truth.

Of every film the frame number --at is the reference. The film is colorized from there on without
it, with it (given as a picture of the film, and as its own frame), and with a frame of the next
film, which shows something else. Told are PSNR and CIEDE2000 so many frames later, as far as these
belong to the same shot, and what the reference costs in flicker and in processor time.

    python benchmarks/references.py FILM... [--at 5] [--away 0,12,48,120]
    python benchmarks/references.py --harmed FILM...

With --harmed the reference is mirrored, cut to the 70 % in its middle, darkened to a half, saved as
a JPEG of quality 40, or given together with the frame of the next film.
"""

import argparse
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from vidcolor.color import metrics
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.draw.pixels import rgb_pixels
from vidcolor.hints.file import Hints
from vidcolor.hints.marks import ReferencePicture
from vidcolor.input.reader import Reader
from vidcolor.judge.measure import measure
from vidcolor.judge.measured_frames import MeasuredFrame, measured_frames, measured_shape
from vidcolor.net.checkpoint import load
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.film import colorize_file
from vidcolor.pipeline.shots import Shots

KINDS = "automatic", "matched", "own", "unlike"
HARMED = "automatic", "matched", "mirrored", "cropped", "darkened", "JPEG 40", "both"


def frames_of(path: Path, start: Fraction, count: int) -> list[MeasuredFrame]:
    """Return so many frames of a film from a time on, as they are measured."""
    with Reader(path, start=start or None) as reader:
        return list(islice(measured_frames(reader, measured_shape(reader.picture)), count))


def nearness(truth: MeasuredFrame, frame: MeasuredFrame) -> tuple[float, float]:
    """Return PSNR and CIEDE2000 of a frame's chroma over the true luma."""
    colored = rgb_pixels(truth.luma, frame.chroma)
    return metrics.psnr(truth.rgb(), colored), metrics.ciede2000(truth.rgb(), colored)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("films", type=Path, nargs="+")
    parser.add_argument("--at", type=int, default=5)
    parser.add_argument("--away", default="0,12,48,120")
    parser.add_argument("--every", type=int)
    parser.add_argument("--harmed", action="store_true")
    arguments = parser.parse_args()
    kinds = HARMED if arguments.harmed else KINDS
    away = [int(number) for number in arguments.away.split(",")]
    checkpoint = load("film")
    every = {} if arguments.every is None else {"every": arguments.every}
    colorizer = Colorizer(checkpoint, **every)
    rows: dict[tuple[int, str], list[tuple[float, float]]] = defaultdict(list)
    flicker: dict[str, list[float]] = defaultdict(list)
    seconds: dict[str, float] = defaultdict(float)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        starts = dict(_references(arguments.films, arguments.at, folder))
        for number, film in enumerate(arguments.films):
            start = starts[film]
            truth = frames_of(film, start, max(away) + 1)
            shot = Shots(film, None).at(start)
            there = [n for n in away if n < len(truth) and start + truth[n].time < shot.end]
            length = truth[there[-1]].time + Fraction(1, 10)
            unlike = arguments.films[(number + 1) % len(arguments.films)]
            right, wrong = (ReferencePicture(_still(folder, each)) for each in (film, unlike))
            given = {
                "automatic": (),
                "matched": (right,),
                "own": (ReferencePicture(right.picture, at=start),),
                "unlike": (wrong,),
                "both": (right, wrong),
            }
            for kind, path in _harmed(right.picture).items():
                given[kind] = (ReferencePicture(path),)
            for kind in kinds:
                output = folder / "out.mkv"
                began = time.process_time()
                colorize_file(
                    film,
                    output,
                    colorizer,
                    encoder=EncoderSettings("ffv1"),
                    start=start or None,
                    duration=length,
                    overwrite=True,
                    hints=Hints(references=given[kind]) if given[kind] else None,
                )
                seconds[kind] += time.process_time() - began
                found = frames_of(output, Fraction(0), max(there) + 1)
                told = {n: nearness(truth[n], found[n]) for n in there}
                for n, figures in told.items():
                    rows[n, kind].append(figures)
                flicker[kind].append(measure(output).overall.figures.flicker or 0.0)
                shown = "  ".join(f"{n}: {a:.2f} {b:.2f}" for n, (a, b) in told.items())
                print(f"{film.name} {kind}: {shown}  flicker {flicker[kind][-1]:.2f}", flush=True)
    for n in away:
        line = "  ".join(f"{kind} {_mean(rows[n, kind])}" for kind in kinds)
        print(f"{n} frames away ({len(rows[n, 'matched'])} films): {line}")
    print("flicker:", "  ".join(f"{kind} {np.mean(flicker[kind]):.3f}" for kind in kinds))
    print("processor time:", "  ".join(f"{kind} {seconds[kind]:.1f} s" for kind in kinds))
    table = {f"{n} {kind}": figures for (n, kind), figures in rows.items()}
    print(json.dumps({"frames": table, "flicker": flicker, "seconds": seconds}))


def _references(films: Sequence[Path], at: int, folder: Path) -> "Sequence[tuple[Path, Fraction]]":
    """Write frame number `at` of each film, in colour; return when each is shown."""
    starts = []
    for film in films:
        frame = frames_of(film, Fraction(0), at + 1)[at]
        Image.fromarray(frame.rgb()).save(_still(folder, film))
        starts.append((film, frame.time))
    return starts


def _harmed(still: Path) -> dict[str, Path]:
    """Write a picture as it should better not be, in several ways; return where each is."""
    picture = Image.open(still)
    edges = [round(share * side) for share in (0.15, 0.85) for side in picture.size]
    kinds = {
        "mirrored": picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        "cropped": picture.crop((edges[0], edges[1], edges[2], edges[3])),
        "darkened": picture.point(lambda code: code // 2),
        "JPEG 40": picture,
    }
    paths = {}
    for kind, harmed in kinds.items():
        paths[kind] = still.with_name(f"{still.stem} {kind}{'.jpg' if 'JPEG' in kind else '.png'}")
        harmed.save(paths[kind], quality=40)
    return paths


def _still(folder: Path, film: Path) -> Path:
    return folder / f"{film.stem}.png"


def _mean(figures: Sequence[tuple[float, float]]) -> str:
    psnr, ciede2000 = np.mean(figures, 0) if figures else (np.nan, np.nan)
    return f"{psnr:.2f}/{ciede2000:.2f}"


if __name__ == "__main__":
    main()
