"""A film from file to file: what is kept, what is new, and what failures leave behind."""

import threading
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from clips import (
    SIZE,
    TIMES,
    filtered,
    luma_codes,
    make_clip,
    packets_of,
    planes_of,
    tags_of,
    times_of,
)

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.errors import InputError, OutputError, UnsupportedError
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.net.decoding import Decoding
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.film import colorize_file
from vidcolor.temporal.kernel import ExponentialDecay

FFV1 = EncoderSettings("ffv1")
LOSSLESS = EncoderSettings("libx264", preset="ultrafast", options=(("qp", "0"),))
UNEVEN = (0, 17, 33, 34, 100, 140, 180, 1180, 1190, 1230, 1270, 1300)


@pytest.fixture
def colorizer(checkpoint: Checkpoint) -> Colorizer:
    """Batches of 5, so that the last one of the test film is not full."""
    kernel = ExponentialDecay(0.2, 6)
    return Colorizer(checkpoint, kernel=kernel, precision="fp32", batch_size=5)


@pytest.mark.parametrize("settings", [FFV1, LOSSLESS])
@pytest.mark.parametrize(
    ("pixels", "depth", "size"),
    [
        ("yuv420p", 8, SIZE),
        ("yuv420p10le", 10, SIZE),
        ("yuv422p", 8, SIZE),
        ("gray", 8, SIZE),
        ("yuv444p", 8, (63, 47)),
    ],
)
def test_luma_is_untouched_and_chroma_is_new(
    tmp_path: Path,
    colorizer: Colorizer,
    settings: EncoderSettings,
    pixels: str,
    depth: int,
    size: tuple[int, int],
) -> None:
    shown = make_clip(tmp_path / "a.mkv", pixels=pixels, depth=depth, size=size)
    colorize_file(tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer, encoder=settings)
    made = planes_of(tmp_path / "b.mkv")
    assert len(made) == len(shown)
    neutral = 1 << (depth - 1)
    for luma, (y, u, v) in zip(shown, made, strict=True):
        assert np.array_equal(y, luma)
        assert np.abs(u.astype(int) - neutral).max() > neutral // 32
        assert np.abs(v.astype(int) - neutral).max() > neutral // 32


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov"])
def test_every_frame_comes_at_its_time_and_the_sound_as_it_was(
    tmp_path: Path, colorizer: Colorizer, suffix: str
) -> None:
    source, output = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    make_clip(source, codec="libx264", times=UNEVEN, audio="flac" if suffix == ".mkv" else "aac")
    colorize_file(source, output, colorizer, encoder=LOSSLESS)
    assert times_of(output) == times_of(source)
    assert len(times_of(output)) == len(UNEVEN)
    assert packets_of(source, "audio")
    assert packets_of(output, "audio") == packets_of(source, "audio")


def test_everything_beside_the_picture_is_kept(tmp_path: Path, colorizer: Colorizer) -> None:
    make_clip(
        tmp_path / "a.mkv",
        audio="flac",
        subtitles=[(40, 200, "hello"), (240, 300, "again")],
        chapters=[(0, 200, "one"), (200, 480, "two")],
        attachment=b"a note",
        metadata={"title": "Waves"},
        second_video=True,
    )
    result = colorize_file(tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer)
    for kind in ("audio", "subtitle"):
        assert packets_of(tmp_path / "b.mkv", kind) == packets_of(tmp_path / "a.mkv", kind)
    with av.open(str(tmp_path / "b.mkv")) as film:
        assert [c["metadata"]["title"] for c in film.chapters()] == ["one", "two"]
        assert len(film.streams.attachments) == 1
        assert len(film.streams.video) == 1
    assert tags_of(tmp_path / "b.mkv")["title"] == "Waves"
    assert [note for note in result.notes if "video stream" in note] == list(result.notes)


def test_the_film_tells_what_made_it(tmp_path: Path, checkpoint: Checkpoint) -> None:
    make_clip(tmp_path / "a.mkv")
    colorizer = Colorizer(
        checkpoint,
        decoding=Decoding(0.75, 0.5, 96),
        kernel=ExponentialDecay(0.1, 7),
        precision="fp32",
        batch_size=3,
    )
    colorize_file(tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer)
    comment = tags_of(tmp_path / "b.mkv")["comment"]
    program, version, *settings = comment.split()
    assert program == "vidcolor"
    assert version[0].isdigit()
    assert set(settings) >= {
        "weights=small", "temperature=0.75", "rebalance=0.5", "working-size=96",
        "decay=0.1", "window=7", "look-ahead=0", "motion=on", "cuts=auto", "two-pass=off",
        "refine=off", "precision=fp32", "batch-size=3",
    }  # fmt: skip


SPANS = (
    (Fraction(2), Fraction(1), slice(50, 75)),
    (Fraction("2.01"), None, slice(51, 90)),
    (None, Fraction("0.1"), slice(0, 3)),
    (Fraction("3.56"), Fraction(9), slice(89, 90)),
)
SPANNED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ffv1", {}),
    ("libx264", {}),
    ("ffv1", {"cuts": (Fraction("1.8"), Fraction("2.6"), Fraction("3.04"))}),
    ("ffv1", {"two_pass": True}),
)
ENGINES = "torch", "auto"


@pytest.mark.parametrize(
    ("start", "duration", "frames", "codec", "options", "engine"),
    [
        pytest.param(
            *span, *film, ENGINES[(i + j) % 4 // 2], marks=() if i == j else pytest.mark.long
        )
        for i, span in enumerate(SPANS)
        for j, film in enumerate(SPANNED)
    ],
)
def test_a_span_equals_the_same_frames_of_the_whole(
    tmp_path: Path,
    checkpoint: Checkpoint,
    start: Fraction | None,
    duration: Fraction | None,
    frames: slice,
    codec: str,
    options: dict[str, Any],
    engine: str,
) -> None:
    colorizer = Colorizer(
        checkpoint, kernel=ExponentialDecay(0.2, 6), precision="fp32", engine=engine, batch_size=5
    )
    make_clip(tmp_path / "a.mkv", codec=codec, times=range(0, 3600, 40))
    for name, span in (("whole", (None, None)), ("part", (start, duration))):
        colorize_file(
            tmp_path / "a.mkv", tmp_path / f"{name}.mkv", colorizer,
            encoder=FFV1, start=span[0], duration=span[1], **options,
        )  # fmt: skip
    whole, part = planes_of(tmp_path / "whole.mkv")[frames], planes_of(tmp_path / "part.mkv")
    assert len(part) == len(whole) > 0
    for expected, made in zip(whole, part, strict=True):
        assert all(map(np.array_equal, made, expected))
    origin = times_of(tmp_path / "whole.mkv")[frames]
    assert times_of(tmp_path / "part.mkv") == [time - origin[0] for time in origin]


def test_a_listed_cut_is_at_the_nearest_frame(tmp_path: Path, checkpoint: Checkpoint) -> None:
    """The film's second part has the colours that it has alone, its first part likewise.

    Every frame is seen: in a film that begins elsewhere others are due.
    """
    kernel = ExponentialDecay(0.2, 6)
    colorizer = Colorizer(checkpoint, kernel=kernel, every=1, precision="fp32", batch_size=5)
    pictures = make_clip(tmp_path / "a.mkv")
    for name, part in (("first", slice(0, 5)), ("second", slice(5, 12))):
        shown = pictures[part]
        make_clip(tmp_path / f"{name}.mkv", times=range(0, 40 * len(shown), 40), pictures=shown)
        colorize_file(tmp_path / f"{name}.mkv", tmp_path / f"{name}2.mkv", colorizer, encoder=FFV1)
    for seconds in ("0.181", "0.2", "0.219"):
        colorize_file(
            tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer,
            encoder=FFV1, cuts=[Fraction(seconds)], overwrite=True,
        )  # fmt: skip
        parts = planes_of(tmp_path / "first2.mkv") + planes_of(tmp_path / "second2.mkv")
        for expected, made in zip(parts, planes_of(tmp_path / "b.mkv"), strict=True):
            assert all(map(np.array_equal, made, expected))


def test_a_span_cuts_sound_and_chapters(tmp_path: Path, colorizer: Colorizer) -> None:
    make_clip(
        tmp_path / "a.mkv",
        times=range(0, 3000, 40),
        audio="flac",
        chapters=[(0, 1200, "one"), (1200, 3000, "two")],
    )
    colorize_file(
        tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer,
        encoder=FFV1, start=Fraction(1), duration=Fraction(1),
    )  # fmt: skip
    sound = packets_of(tmp_path / "b.mkv", "audio")
    inside = [p for p in packets_of(tmp_path / "a.mkv", "audio") if 1 <= p[1] < 2]
    assert sound == [(stream, time - 1, payload) for stream, time, payload in inside]
    with av.open(str(tmp_path / "b.mkv")) as film:
        chapters = [(c["start"] * c["time_base"], c["end"] * c["time_base"])
                    for c in film.chapters()]  # fmt: skip
    assert chapters == [(0, Fraction(1, 5)), (Fraction(1, 5), 1)]


def test_black_bars_and_blank_frames_stay_exactly_neutral(
    tmp_path: Path, colorizer: Colorizer
) -> None:
    """Limited range: black is 16, white 235; bars of 8 lines above and below."""
    pictures = [40 + luma_codes(i) % 128 for i in range(len(TIMES))]
    for picture in pictures:
        picture[:8] = picture[-8:] = 16
    pictures[3][:], pictures[7][:] = 16, 235
    make_clip(tmp_path / "a.mkv", pictures=pictures)
    colorize_file(tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer, encoder=FFV1)
    for index, (_, *chroma) in enumerate(planes_of(tmp_path / "b.mkv")):
        for plane in chroma:
            assert (plane[:4] == 128).all()
            assert (plane[-4:] == 128).all()
            assert (plane == 128).all() == (index in (3, 7))


def test_colour_in_the_source_is_said_once_and_does_not_count(
    tmp_path: Path, colorizer: Colorizer
) -> None:
    told: list[str] = []
    for name, colored in (("grey", False), ("colour", True)):
        make_clip(tmp_path / f"{name}.mkv", colored=colored)
        output = tmp_path / f"{name}-out.mkv"
        colorize_file(
            tmp_path / f"{name}.mkv", output, colorizer, encoder=FFV1, note=told.append
        )  # fmt: skip
    assert told == ["the source has colour: only its luma is used"]
    grey, color = (planes_of(tmp_path / f"{name}-out.mkv") for name in ("grey", "colour"))
    assert all(np.array_equal(a, b) for x, y in zip(grey, color, strict=True)
               for a, b in zip(x, y, strict=True))  # fmt: skip


@pytest.mark.parametrize("fields", ["tff", "bff"])
@pytest.mark.parametrize(
    ("target", "settings"),
    [
        ("b.mkv", FFV1),
        ("b.mkv", LOSSLESS),
        ("b.mp4", LOSSLESS),
        ("b.mov", LOSSLESS),
    ],
)
def test_interlaced_film_stays_interlaced(
    tmp_path: Path, colorizer: Colorizer, target: str, settings: EncoderSettings, fields: str
) -> None:
    shown = make_clip(tmp_path / "a.mkv", fields=fields, times=TIMES[:6])
    result = colorize_file(tmp_path / "a.mkv", tmp_path / target, colorizer, encoder=settings)
    assert result.notes == ()
    with av.open(str(tmp_path / target)) as film:
        frames = list(film.decode(video=0))
    assert len(frames) == len(shown)
    for frame, luma in zip(frames, shown, strict=True):
        assert frame.interlaced_frame
        first = filtered(frame, "separatefields")[0]
        lines = np.frombuffer(memoryview(first.planes[0]), np.uint8)
        lines = lines.reshape(-1, first.planes[0].line_size)[: SIZE[1] // 2, : SIZE[0]]
        assert np.array_equal(lines, luma[fields == "bff" :: 2])


def test_each_field_has_the_colour_of_a_film_of_such_fields(
    tmp_path: Path, colorizer: Colorizer
) -> None:
    make_clip(tmp_path / "a.mkv", fields="tff")
    lumas = [luma_codes(index) for index in range(12)]
    colorize_file(tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer, encoder=FFV1)
    for parity in (0, 1):
        name = tmp_path / f"field-{parity}.mkv"
        half = [luma[parity::2] for luma in lumas]
        make_clip(
            name, codec="libx264", pixels="gray", pictures=half, size=(SIZE[0], SIZE[1] // 2),
            aspect=Fraction(1, 2), color_range=1, options={"qp": "0"},
        )  # fmt: skip
        alone = tmp_path / f"alone-{parity}.mkv"
        colorize_file(name, alone, colorizer, encoder=FFV1)
        for frame, field in zip(planes_of(tmp_path / "b.mkv"), planes_of(alone), strict=True):
            assert all(np.array_equal(f[parity::2], g) for f, g in zip(frame, field, strict=True))


@pytest.mark.parametrize(
    ("pixels", "depth", "color_range", "fields"),
    [
        ("yuv420p", 8, 1, None),
        ("yuv420p", 8, 2, None),
        ("yuv422p10le", 10, 1, None),
        ("gray", 8, 2, None),
        ("yuv420p", 8, 1, "tff"),
    ],
)
def test_bars_stay_grey_and_the_picture_has_the_colour_of_a_film_without(
    tmp_path: Path,
    colorizer: Colorizer,
    pixels: str,
    depth: int,
    color_range: int,
    fields: str | None,
) -> None:
    """Bars with noise, and not quite black."""
    random = np.random.default_rng(0)
    inside = slice(8, 36), slice(6, 56)
    pictures = [luma_codes(index, SIZE, depth) for index in range(12)]
    barred = [random.integers(18, 22, p.shape).astype(p.dtype) << (depth - 8) for p in pictures]
    for plane, picture in zip(barred, pictures, strict=True):
        plane[inside] = picture[inside]
    form = {"pixels": pixels, "depth": depth, "color_range": color_range, "fields": fields}
    make_clip(tmp_path / "a.mkv", pictures=barred, gop=1, **form)
    cropped = [np.ascontiguousarray(picture[inside]) for picture in pictures]
    make_clip(tmp_path / "b.mkv", pictures=cropped, size=(50, 28), **form)
    results = [
        colorize_file(tmp_path / name, tmp_path / f"{name}.mkv", colorizer, encoder=FFV1)
        for name in ("a.mkv", "b.mkv")
    ]
    assert [result.notes for result in results] == [
        ("black bars: the picture is 50x28 at 6,8",),
        (),
    ]
    made, alone = (planes_of(result.output) for result in results)
    for luma, planes, expected in zip(barred, made, alone, strict=True):
        assert np.array_equal(planes[0], luma)
        for plane, picture in zip(planes[1:], expected[1:], strict=True):
            down, across = luma.shape[0] // plane.shape[0], luma.shape[1] // plane.shape[1]
            part = slice(8 // down, 36 // down), slice(6 // across, 56 // across)
            assert np.array_equal(plane[part], picture)
            assert (picture != 1 << (depth - 1)).any()
            plane[part] = 1 << (depth - 1)
            assert (plane == 1 << (depth - 1)).all()


def test_bars_are_those_of_the_whole_film_whatever_the_span(
    tmp_path: Path, colorizer: Colorizer
) -> None:
    """A second half that is narrower, or dark, would be judged otherwise by itself."""
    narrower, darker = ([luma_codes(index) for index in range(12)] for _ in range(2))
    for picture in narrower[6:] + darker[:6]:
        picture[:8] = picture[40:] = 16
    for picture in darker[6:]:
        picture[:] = 20
    for pictures, notes in (
        (narrower, ()),
        (darker, ("black bars: the picture is 64x32 at 0,8",)),
    ):
        make_clip(tmp_path / "a.mkv", pictures=pictures, gop=1)
        result = colorize_file(
            tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer,
            encoder=FFV1, start=Fraction("0.24"), overwrite=True,
        )  # fmt: skip
        assert result.frames == 6
        assert result.notes == notes


@pytest.mark.parametrize(
    ("size", "depth", "settings", "made", "note"),
    [
        ((64, 48), 8, LOSSLESS, "yuv420p", None),
        ((64, 50), 8, LOSSLESS, "yuv422p", "fields of odd height in 64x50: written as 4:2:2"),
        ((64, 50), 10, FFV1, "yuv422p10le", "fields of odd height in 64x50: written as 4:2:2"),
        ((64, 50), 10, EncoderSettings("prores_ks"), "yuv422p10le",
         "fields of odd height in 64x50: written as 4:2:2"),
        ((63, 50), 8, LOSSLESS, "yuv444p", "odd size 63x50: written as 4:4:4"),
    ],
)  # fmt: skip
def test_fields_of_odd_height_share_no_chroma_with_lines_below(
    tmp_path: Path,
    colorizer: Colorizer,
    size: tuple[int, int],
    depth: int,
    settings: EncoderSettings,
    made: str,
    note: str | None,
) -> None:
    """As the 486 lines of NTSC have."""
    pixels = "yuv444p" if depth == 8 else "yuv444p10le"
    make_clip(
        tmp_path / "a.mkv", fields="bff", size=size, depth=depth, pixels=pixels, times=TIMES[:2]
    )
    result = colorize_file(tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer, encoder=settings)
    assert result.notes == ((note,) if note else ())
    with av.open(str(tmp_path / "b.mkv")) as film:
        assert film.streams.video[0].codec_context.pix_fmt == made
        assert all(frame.interlaced_frame for frame in film.decode(video=0))


def test_an_encoder_without_fields_refuses_an_interlaced_film(
    tmp_path: Path, colorizer: Colorizer
) -> None:
    make_clip(tmp_path / "a.mkv", fields="tff")
    with pytest.raises(UnsupportedError, match="libvpx-vp9 knows no fields; deinterlace it first"):
        colorize_file(tmp_path / "a.mkv", tmp_path / "b.webm", colorizer)


@pytest.mark.parametrize(
    ("changes", "output", "words"),
    [
        ({"second_video": True}, "b.mkv", "left out: video stream 1"),
        ({"pixels": "yuva420p"}, "b.mkv", "left out: alpha channel"),
        ({"attachment": b"x", "audio": "aac"}, "b.mp4", "left out: attachment stream 2"),
        ({"subtitles": [(0, 80, "{\\an8}x")]}, "b.mp4", "lost in the conversion: fonts"),
    ],
)
def test_strictly_a_loss_is_an_error(
    tmp_path: Path, colorizer: Colorizer, changes: dict[str, Any], output: str, words: str
) -> None:
    make_clip(tmp_path / "a.mkv", **changes)
    done: list[int] = []
    with pytest.raises(OutputError) as refusal:
        colorize_file(
            tmp_path / "a.mkv", tmp_path / output, colorizer,
            strict=True, progress=lambda frames, *_: done.append(frames),
        )  # fmt: skip
    assert words in str(refusal.value)
    assert done == []
    assert [path.name for path in tmp_path.iterdir()] == ["a.mkv"]


def test_strictly_damage_is_an_error_at_once(tmp_path: Path, colorizer: Colorizer) -> None:
    make_clip(tmp_path / "a.mkv", codec="mjpeg", pixels="yuvj420p", times=range(0, 6000, 40))
    victim = packets_of(tmp_path / "a.mkv", "video")[60][2]
    content = (tmp_path / "a.mkv").read_bytes()
    (tmp_path / "a.mkv").write_bytes(content.replace(victim, bytes(len(victim))))
    done: list[int] = []
    with pytest.raises(InputError, match="1 damaged packet could not be decoded"):
        colorize_file(
            tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer,
            encoder=FFV1, strict=True, progress=lambda frames, *_: done.append(frames),
        )  # fmt: skip
    assert len(done) <= 60
    assert [path.name for path in tmp_path.iterdir()] == ["a.mkv"]


def test_strictly_a_film_that_is_cut_off_is_an_error(tmp_path: Path, colorizer: Colorizer) -> None:
    make_clip(tmp_path / "a.mkv", times=range(0, 3000, 40))
    content = (tmp_path / "a.mkv").read_bytes()
    (tmp_path / "a.mkv").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="reading ended there"):
        colorize_file(tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer, encoder=FFV1, strict=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mkv"]


def test_strictly_what_is_not_lost_is_no_error(tmp_path: Path, colorizer: Colorizer) -> None:
    make_clip(
        tmp_path / "a.mkv", size=(63, 47), colored=True, second_video=True,
        subtitles=[(0, 80, "<i>x</i>")], chapters=[(0, 480, "one")],
    )  # fmt: skip
    result = colorize_file(
        tmp_path / "a.mkv", tmp_path / "b.mp4", colorizer, keep_video=True, strict=True
    )
    assert result.notes == (
        "odd size 63x47: written as 4:4:4",
        "subtitle stream 1 (subrip): converted to mov_text",
        "the source has colour: only its luma is used",
    )
    assert len(packets_of(tmp_path / "b.mp4", "video")) == 2 * len(TIMES)


@pytest.mark.parametrize("span", [(None, None, 12), (Fraction("0.2"), None, 7)])
def test_progress_counts_frames_and_ends_with_the_film(
    tmp_path: Path, colorizer: Colorizer, span: tuple[Fraction | None, Fraction | None, int]
) -> None:
    make_clip(tmp_path / "a.mkv")
    start, duration, frames = span
    seen: list[tuple[int, Fraction, Fraction | None]] = []
    colorize_file(
        tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer,
        encoder=FFV1, start=start, duration=duration,
        progress=lambda *step: seen.append(step),
    )  # fmt: skip
    assert [step[0] for step in seen] == list(range(1, frames + 1))
    assert [step[1] for step in seen] == sorted(step[1] for step in seen)
    assert seen[-1][1] == seen[-1][2] == frames * Fraction("0.04")


def _changing_film(path: Path) -> None:
    """Two recordings of different size, one behind the other, as broadcasters make them."""
    content = b""
    for index, size in enumerate([SIZE, (32, 32)]):
        times = range(40 * index, 40 * index + 40)
        make_clip(path, codec="mpeg2video", size=size, times=times, time_base=Fraction(1, 25))
        content += path.read_bytes()
    path.write_bytes(content)


def _stops_after(frames: int, error: BaseException) -> Callable[..., None]:
    def progress(done: int, *_: object) -> None:
        if done == frames:
            raise error

    return progress


def test_an_error_while_decoding_ends_all_and_leaves_nothing(
    tmp_path: Path, colorizer: Colorizer
) -> None:
    _changing_film(tmp_path / "a.ts")
    before = threading.active_count()
    with pytest.raises(UnsupportedError, match="64x48 to 32x32"):
        colorize_file(tmp_path / "a.ts", tmp_path / "b.mkv", colorizer, encoder=FFV1)
    assert threading.active_count() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.ts"]


def test_a_full_disk_ends_all_and_leaves_nothing(
    tmp_path: Path, small_disk: Path, colorizer: Colorizer
) -> None:
    pictures = list(np.random.default_rng(1).integers(16, 235, (90, 48, 64), np.uint8))
    make_clip(tmp_path / "a.mkv", times=range(0, 3600, 40), pictures=pictures)
    before = threading.active_count()
    with pytest.raises(OutputError, match="the disk is full"):
        colorize_file(tmp_path / "a.mkv", small_disk / "b.mkv", colorizer, encoder=FFV1)
    assert threading.active_count() == before
    assert not list(small_disk.iterdir())


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(143), RuntimeError("lost")])
@pytest.mark.parametrize("frames", [1, 40])
def test_an_interruption_ends_all_and_leaves_nothing(
    tmp_path: Path, colorizer: Colorizer, error: BaseException, frames: int
) -> None:
    make_clip(tmp_path / "a.mkv", times=range(0, 3600, 40))
    before = threading.active_count()
    with pytest.raises(type(error)):
        colorize_file(
            tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer,
            encoder=FFV1, progress=_stops_after(frames, error),
        )  # fmt: skip
    assert threading.active_count() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.mkv"]


@pytest.mark.parametrize("times", [(0,), TIMES[:5], TIMES[:6]])
def test_films_of_one_frame_or_of_whole_batches(
    tmp_path: Path, colorizer: Colorizer, times: Sequence[int]
) -> None:
    make_clip(tmp_path / "a.mkv", times=times)
    result = colorize_file(tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer, encoder=FFV1)
    assert result.frames == len(planes_of(tmp_path / "b.mkv")) == len(times)
