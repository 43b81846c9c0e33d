"""Hostile films: mutants of small valid ones, each sent through reader and writer by itself.

    python tests/support/fuzz.py --mutants 2000 --seed 1

A mutant may be refused in one line, or be written; then the film holds as many frames as were
handed to the writer. Anything else is a defect: a crash, a hang, a traceback, more memory than
allowed, a file left behind. Mutant N of a seed is always the same; `--first N --mutants 1` runs it
again, and `--keep FOLDER` keeps those that found a defect.
"""

import argparse
import os
import resource
import shutil
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from clips import make_clip

from vidcolor.errors import VidcolorError
from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader
from vidcolor.output.encoders import EncoderSettings
from vidcolor.output.writer import Writer

SECONDS = 20
"""After which a mutant counts as hanging."""
MEMORY = 4 << 30
"""Bytes of address space for one mutant, above what the program itself takes."""
OUTPUTS = (
    ("film.mkv", EncoderSettings("ffv1")),
    ("film.mkv", EncoderSettings("libx264", preset="ultrafast")),
    ("film.mp4", EncoderSettings("libx264", preset="ultrafast")),
    ("film.mov", EncoderSettings("libx264", preset="ultrafast")),
)
SPANS = ({}, {}, {"start": Fraction("0.2"), "duration": Fraction("0.12"), "run_up": 2})
WRITTEN, REFUSED, DEFECT = range(3)

_25 = {"times": range(12), "time_base": Fraction(1, 25)}
_TEXT = {"subtitles": [(40, 200, "hello"), (240, 300, "again")], "chapters": [(0, 480, "one")]}
_CLIPS = {
    "ffv1.mkv": {"codec": "ffv1", "audio": "flac", "attachment": b"a note", **_TEXT},
    "h264.mkv": {"codec": "libx264", "audio": "aac", "rotation": 90, **_TEXT},
    "mjpeg.mkv": {"codec": "mjpeg", "pixels": "yuvj420p", "second_video": True},
    "h264.mp4": {"codec": "libx264", "audio": "aac", "chapters": [(0, 480, "one")]},
    "hevc.mp4": {"codec": "libx265", "options": {"x265-params": "log-level=none"}},
    "prores.mov": {"codec": "prores_ks", "pixels": "yuv422p10le", "depth": 10, "rotation": 180},
    "raw.mov": {"codec": "rawvideo", "pixels": "yuyv422"},
    "mpeg4.avi": {"codec": "mpeg4", "audio": "mp2", **_25},
    "mpeg2.ts": {"codec": "mpeg2video", "audio": "mp2", **_25},
    "h264.ts": {"codec": "libx264", **_25},
    "mpeg2.vob": {"codec": "mpeg2video", **_25},
    "vp9.webm": {"codec": "libvpx-vp9", "audio": "libopus", "options": {"cpu-used": "8"}},
    "wmv.asf": {"codec": "wmv2", "audio": "ac3"},
    "h264.flv": {"codec": "libx264"},
    "ffv1.nut": {"codec": "ffv1", **_25},
    "gif.gif": {"codec": "gif", "pixels": "gray", **_25},
}  # fmt: skip
_EXTREMES = (b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\1", b"\xff")


def make_clips(folder: Path) -> dict[str, bytes]:
    """Valid films of several containers and codecs, by name."""
    for name, recipe in _CLIPS.items():
        make_clip(folder / name, **recipe)
    return {name: (folder / name).read_bytes() for name in _CLIPS}


def mutant(films: dict[str, bytes], seed: int, number: int) -> tuple[str, bytes]:
    """The name of a film and what became of its content."""
    random = np.random.default_rng((seed, number))
    name = str(random.choice(list(films)))
    content = bytearray(films[name])
    for _ in range(random.integers(1, 4)):
        _MUTATIONS[random.integers(len(_MUTATIONS))](content, films, random)
    return name, bytes(content)


def _flip(content: bytearray, films: dict[str, bytes], random: np.random.Generator) -> None:
    for _ in range(random.integers(1, 12)):
        content[_place(content, random)] ^= 1 << int(random.integers(8))


def _overwrite(content: bytearray, films: dict[str, bytes], random: np.random.Generator) -> None:
    """Numbers at the edges of what fits, where sizes and counts may stand."""
    extreme = _EXTREMES[random.integers(len(_EXTREMES))]
    at = _place(content, random)
    content[at : at + len(extreme)] = extreme


def _cut(content: bytearray, films: dict[str, bytes], random: np.random.Generator) -> None:
    del content[max(64, _place(content, random)) :]


def _excise(content: bytearray, films: dict[str, bytes], random: np.random.Generator) -> None:
    at = _place(content, random)
    del content[at : at + int(random.integers(1, 200))]


def _double(content: bytearray, films: dict[str, bytes], random: np.random.Generator) -> None:
    """A run of bytes twice; in MP4 and MOV, a whole box."""
    at, length = _place(content, random), int(random.integers(1, 400))
    boxes = [content.find(kind) for kind in (b"trak", b"stsd", b"stts", b"stco", b"moov", b"elst")]
    found = [box - 4 for box in boxes if box > 4]
    if found and random.random() < 0.7:
        at = found[random.integers(len(found))]
        length = int.from_bytes(content[at : at + 4])
    content[at:at] = content[at : at + length]


def _cross(content: bytearray, films: dict[str, bytes], random: np.random.Generator) -> None:
    """The beginning of another film."""
    other = films[str(random.choice(list(films)))]
    length = int(random.integers(4, 600))
    content[:length] = other[:length]


_MUTATIONS = (_flip, _flip, _overwrite, _overwrite, _cut, _excise, _double, _cross)


def _place(content: bytearray, random: np.random.Generator) -> int:
    """Anywhere; as often in the first kilobyte, and in the last, where headers stand."""
    start, end = ((0, len(content)), (0, 1024), (len(content) - 1024, len(content)))[
        random.integers(3)
    ]
    return int(random.integers(max(0, start), max(1, min(end, len(content)))))


def send_through(source: Path, folder: Path, number: int) -> int:
    """Reader to writer, with grey chroma; the frames written. Raises what they raise."""
    name, settings = OUTPUTS[number % len(OUTPUTS)]
    span = SPANS[number % len(SPANS)]
    frames = 0
    with (
        Reader(source, **span) as reader,
        Writer(folder / name, reader, settings, comment="fuzz") as writer,
    ):
        depth = reader.picture.depth
        dtype = np.uint8 if depth == 8 else np.uint16
        chroma = np.full((2, *writer.chroma_shape), 1 << (depth - 1), dtype)
        for item in reader:
            if not isinstance(item, Frame):
                writer.copy(item)
            elif not item.outside:
                writer.write(item, chroma)
                frames += 1
    return frames


def judge(name: str, content: bytes, number: int, folder: Path) -> tuple[int, str]:
    """What became of one mutant, in a process of its own with limits; the verdict and its words."""
    source, output = folder / name, folder / "out"
    source.write_bytes(content)
    output.mkdir()
    words = folder / "words"
    child = os.fork()
    if not child:
        os._exit(_child(source, output, number, words))
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    said = words.read_text(errors="replace") if words.exists() else ""
    left = [path.name for path in output.iterdir()]
    if code < 0:
        return DEFECT, f"ended by {signal.Signals(-code).name}"
    if code == REFUSED and left:
        return DEFECT, f"left behind {left}: {said}"
    return code, said


def _child(source: Path, output: Path, number: int, words: Path) -> int:
    signal.alarm(SECONDS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    own = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (own + MEMORY,) * 2)
    try:
        frames = send_through(source, output, number)
        (made,) = output.iterdir()
        with av.open(str(made)) as film:
            held = sum(1 for _ in film.decode(video=0))
        words.write_text(f"{frames} frames written, {held} there")
        return WRITTEN if held == frames else DEFECT
    except VidcolorError as error:
        words.write_text(str(error))
        return DEFECT if "\n" in str(error) else REFUSED
    except BaseException:
        words.write_text(traceback.format_exc())
        return DEFECT


def fuzz(numbers: range, seed: int, keep: Path | None) -> Iterator[tuple[int, str, int, str]]:
    """(number, film, verdict, words) of each mutant."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        films = make_clips(place)
        for number in numbers:
            name, content = mutant(films, seed, number)
            with tempfile.TemporaryDirectory(dir=place) as own:
                verdict, words = judge(name, content, number, Path(own))
                if verdict == DEFECT and keep is not None:
                    shutil.copy(Path(own) / name, keep / f"{seed}-{number}-{name}")
            yield number, name, verdict, words.replace(f"{own}/", "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--mutants", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder, which must exist")
    parser.add_argument("--verbose", action="store_true")
    given = parser.parse_args()
    av.logging.set_level(None)
    verdicts: Counter[int] = Counter()
    for number, name, verdict, words in fuzz(
        range(given.first, given.first + given.mutants), given.seed, given.keep
    ):
        verdicts[verdict] += 1
        if verdict == DEFECT or given.verbose:
            print(f"{number} {name}: {words}", flush=True)
    print(
        f"{verdicts.total()} mutants: {verdicts[WRITTEN]} written, {verdicts[REFUSED]} refused, "
        f"{verdicts[DEFECT]} defects"
    )
    sys.exit(bool(verdicts[DEFECT]))


if __name__ == "__main__":
    main()
