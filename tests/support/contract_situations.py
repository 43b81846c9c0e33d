"""The contract's situations: awkward films one by one, each into every container."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
from clips import luma_codes, make_clip, planes_of, times_of
from contract_runs import LOSSLESS, colorizer
from contract_terms import KEPT, LEFT_OUT, LOST
from cropped import crop
from field_pictures import stream
from marked_films import (
    afd_message,
    aspect_of,
    captions_message,
    make_scans,
    make_with_messages,
    scans_of,
    side_data_of,
    triplets,
)
from matroska_parts import atom, display, edition, element, simple_tag, tag, with_parts
from PIL import Image
from sequences import make_sequence
from situation_films import make_header_again, make_late_sound, make_parts, make_primed

from vidcolor.errors import InputError, OutputError, UnsupportedError
from vidcolor.frame_sequence import FrameSequence
from vidcolor.pipeline.film import colorize_file

OUTPUTS = (".mkv ffv1", ".mkv libx264", ".mp4 libx264", ".mov libx264", ".webm libvpx-vp9")
_TICK = 48
"""Samples of a thousandth of a second."""
REFUSED = "refused, with the remedy"


@dataclass(frozen=True)
class Situation:
    """An awkward film.

    make: writes it to the path, or returns another one. suffix: that of the path. same: whether
    the output has what is awkward of the source. words: what a note says where it has not; () where
    it must be kept or the film be refused.
    """

    make: Callable[[Path], "Path | None"]
    suffix: str
    same: Callable[[Path, Path], bool]
    words: tuple[str, ...] = ()


@cache
def situation_verdict(name: str, output: str) -> str:
    """What becomes of the situation that `SITUATIONS` calls `name`.

    Raises:
        AssertionError: the contract is broken.
    """
    situation = SITUATIONS[name]
    suffix, encoder = output.split()
    with tempfile.TemporaryDirectory() as folder:
        path, target = Path(folder, f"a{situation.suffix}"), Path(folder, f"b{suffix}")
        source = situation.make(path) or path

        def colorize(strict: bool) -> tuple[str, ...]:
            return colorize_file(
                source, target, colorizer(), encoder=LOSSLESS[encoder], strict=strict
            ).notes

        try:
            notes, strictly = colorize(True), True
        except UnsupportedError as error:
            assert "--encoder" in str(error)
            assert not target.exists()
            return REFUSED
        except (InputError, OutputError):
            assert not target.exists()
            notes, strictly = colorize(False), False
        named = [n for n in notes if situation.words and all(w in n for w in situation.words)]
        kept = situation.same(source, target)
        assert kept or named, f"lost, and nothing says so: {notes}"
        assert not (kept and named), f"named, but not lost: {named}"
        assert strictly == (not named), f"--strict and the notes disagree: {notes}"
        if kept:
            return KEPT
        return LEFT_OUT if named[0].startswith("left out") else LOST


def _never(source: Path, output: Path) -> bool:
    """No container at hand can say it."""
    return False


def _has_sound(source: Path, output: Path) -> bool:
    with av.open(str(output)) as film:
        return bool(film.streams.audio) and any(p.size for p in film.demux(audio=0))


def _sounds_alike(source: Path, output: Path) -> bool:
    """What is heard from the first frame on is the same, but for a tick of Matroska."""
    if not _has_sound(source, output):
        return False
    before, after = _heard(source), _heard(output)
    assert before.size > 40000
    inner = before[_TICK : before.size - _TICK]
    return any(
        np.array_equal(after[at : at + inner.size], inner)
        for at in range(min(2 * _TICK, after.size))
    )


def _heard(path: Path) -> np.ndarray:
    """The samples from the time of the first frame on."""
    begin = times_of(path)[0]
    with av.open(str(path)) as film:
        frames = [f for p in film.demux(audio=0) if p.size for f in p.decode()]
        ahead = begin - frames[0].pts * frames[0].time_base
        samples = np.concatenate([frame.to_ndarray()[0] for frame in frames])
        return samples[max(0, round(ahead * frames[0].rate)) :]


def _same_scans(source: Path, output: Path) -> bool:
    return scans_of(output) == scans_of(source)


def _same_frames(source: Path, output: Path) -> bool:
    """All frames are there, at their times, with their luma."""
    lumas = [planes[0] for planes in planes_of(source)]
    made = [planes[0] for planes in planes_of(output)]
    begin, first = times_of(source)[0], times_of(output)[0]
    times = zip(times_of(source), times_of(output), strict=True)
    return (
        all(map(np.array_equal, lumas, made))
        and len(lumas) == len(made)
        and all(abs((b - first) - (a - begin)) <= Fraction(1, 1000) for a, b in times)
    )


def _same_aspects(source: Path, output: Path) -> bool:
    """All frames are as they are stored in the source, each with its own pixel aspect."""
    aspects = []
    for path in (source, output):
        with av.open(str(path)) as film:
            aspects.append([aspect_of(frame) for frame in film.decode(video=0)])
    assert len(set(aspects[0])) > 1
    return aspects[1] == aspects[0] and _same_frames(source, output)


def _same_side_data(kind: str) -> Callable[[Path, Path], bool]:
    def same(source: Path, output: Path) -> bool:
        before = side_data_of(source, kind)
        assert any(before)
        return side_data_of(output, kind) == before

    return same


def _with_messages(codec: str, *messages: tuple[int, bytes]) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        make_with_messages(path, codec, [list(messages)] * 12)

    return make


def _with_captions(path: Path) -> None:
    said = [[(4, captions_message(triplets(index, 20)))] for index in range(12)]
    make_with_messages(path, "mpeg2video", said)


def _with_field_pictures(path: Path) -> None:
    fields = [
        f for pair in stream([luma_codes(i, (64, 64)) for i in range(10)], True) for f in pair
    ]
    path.write_bytes(b"".join(fields))


def _whole_fields(source: Path, output: Path) -> bool:
    made = [planes[0] for planes in planes_of(output)]
    return (
        all(np.array_equal(luma, luma_codes(i, (64, 64))) for i, luma in enumerate(made))
        and set(scans_of(output)) == {"tff"}
        and times_of(output) == [Fraction(index, 25) for index in range(10)]
    )


def _cropped(path: Path) -> None:
    make_clip(
        path,
        codec="libx264",
        options={"qp": "0"},
        color_range=1,
        transfer=1,
        matrix=1,
    )
    crop(path, 6, 10, 4, 0)


def _matroska(editions: bytes = b"", tags: bytes = b"") -> Callable[[Path], None]:
    def make(path: Path) -> None:
        plain = path.with_name("plain.mkv")
        make_clip(plain)
        with_parts(plain, path, editions, tags)

    return make


def _sequence(pixels: str, depth: int, suffix: str, gap: bool) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        numbers = [10, 11, 12, 14] if gap else [10, 11, 12, 13]
        make_sequence(path, f"%06d{suffix}", numbers=numbers, pixels=pixels, depth=depth)
        return FrameSequence(path / f"%06d{suffix}", Fraction(24))

    return make


def _same_scans_of_film(source: Path, output: Path) -> bool:
    """The grey codes of the files, in their depth, one frame after the other."""
    made = [planes[0] for planes in planes_of(output)]
    depth = 10 if made[0].dtype == np.uint16 else 8
    return all(np.array_equal(luma, luma_codes(i, depth=depth)) for i, luma in enumerate(made))


_LASTING = [40, 100, 70, 300]


def _animated(alpha: int | None = None) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        frames = [np.full((48, 64), level, np.uint8) for level in (20, 60, 100, 140)]
        if alpha is not None:
            frames = [np.dstack([f, f, f, np.full_like(f, alpha)]) for f in frames]
        first, *rest = map(Image.fromarray, frames)
        first.save(
            path, save_all=True, append_images=rest, duration=_LASTING, loop=3, lossless=True
        )

    return make


def _same_repeats(source: Path, output: Path) -> bool:
    """Frames and their times must be the same; how often they repeat may be lost."""
    levels = [int(planes[0][9, 9]) for planes in planes_of(output)]
    assert [round(1000 * time) for time in times_of(output)] == [0, 40, 140, 210]
    assert np.abs(np.array(levels) - (20, 60, 100, 140)).max() <= 1
    with av.open(str(output)) as film:
        return {name.lower(): text for name, text in film.metadata.items()}.get("loop") == "3"


_TWO = atom(1, 0, title="one") + atom(2, 200, title="two")
SITUATIONS: dict[str, Situation] = {
    "sound that begins midway": Situation(make_late_sound, ".ts", _has_sound, ("left out: audio",)),
    "sound's codec header, again": Situation(
        lambda path: make_header_again(path, False), ".flv", _sounds_alike, ("left out: audio",)
    ),
    "sound's codec header, another one": Situation(
        lambda path: make_header_again(path, True), ".flv", _never, ("audio stream",)
    ),
    "samples to be skipped at the beginning of sound": Situation(
        make_primed, ".mp4", _sounds_alike, ("left out: audio",)
    ),
    "field order that flips": Situation(
        lambda path: make_scans(path, ["tff"] * 5 + ["bff"] * 4) and None, ".mkv", _same_scans
    ),
    "progressive frames among interlaced ones": Situation(
        lambda path: make_scans(path, (["tff"] * 2 + ["prog"] * 3) * 2) and None,
        ".mkv",
        _same_scans,
    ),
    "fields that are pictures of their own": Situation(
        _with_field_pictures, ".h264", _whole_fields
    ),
    "pixel aspect that changes": Situation(
        lambda path: make_parts(path, [{"aspect": Fraction(16, 15)}, {"aspect": Fraction(64, 45)}]),
        ".ts",
        _same_aspects,
        ("pixel aspect 64/45 at 0.320 s: scaled",),
    ),
    "rotation that changes": Situation(
        lambda path: make_parts(path, [{}, {}], turn=90),
        ".ts",
        _never,
        ("another rotation or mirroring at 0.320 s",),
    ),
    "transfer that changes": Situation(
        lambda path: make_parts(path, [{}, {"transfer": 5}]),
        ".ts",
        _never,
        ("transfer 5 of H.273 at 0.320 s",),
    ),
    "captions of broadcasts, in MPEG-2": Situation(
        _with_captions, ".ts", _same_side_data("A53_CC"), ("captions in the picture",)
    ),
    "active format (AFD)": Situation(
        _with_messages("mpeg2video", (4, afd_message(10))),
        ".ts",
        _same_side_data("AFD"),
        ("active format",),
    ),
    "cropping": Situation(_cropped, ".mkv", _never, ("left out", "cropping hides")),
    "nested chapters": Situation(
        _matroska(edition(atom(1, 0, atom(3, 0, title="part"), title="one"))),
        ".mkv",
        _never,
        ("nested chapter",),
    ),
    "second edition of chapters": Situation(
        _matroska(edition(_TWO) + edition(atom(3, 100, title="other"))),
        ".mkv",
        _never,
        ("second edition",),
    ),
    "chapter titles in several languages": Situation(
        _matroska(edition(atom(1, 0, display("eins", "ger"), title="one"))),
        ".mkv",
        _never,
        ("chapter titles, several each",),
    ),
    "tags given twice": Situation(
        _matroska(tags=tag(simple_tag("ACTOR", "A"), simple_tag("ACTOR", "B"))),
        ".mkv",
        _never,
        ("tag ACTOR: 1 of 2 lost",),
    ),
    "tags inside tags": Situation(
        _matroska(tags=tag(simple_tag("ACTOR", "A", simple_tag("CHARACTER", "Z")))),
        ".mkv",
        _never,
        ("tag CHARACTER inside ACTOR",),
    ),
    "tags of another level": Situation(
        _matroska(
            tags=tag(simple_tag("TITLE", "film"))
            + tag(simple_tag("TITLE", "s"), targets=element(0x68CA, 70))
        ),
        ".mkv",
        _never,
        ("tag TITLE: its level",),
    ),
    "scans of 10 bits, one file a frame": Situation(
        _sequence("gbrp10be", 10, ".dpx", False), "", _same_scans_of_film
    ),
    "scans of 8 bits, one file a frame": Situation(
        _sequence("gray", 8, ".png", False), "", _same_scans_of_film
    ),
    "scans with a number missing": Situation(
        _sequence("gray", 8, ".tif", True), "", _never, ("missing",)
    ),
    **{
        f"animated {suffix}, and its repeats": Situation(
            _animated(), suffix, _same_repeats, ("tag loop",)
        )
        for suffix in (".gif", ".webp", ".png")
    },
    "alpha of an animated .webp": Situation(
        _animated(128), ".webp", _never, ("left out: alpha channel",)
    ),
}  # fmt: skip
