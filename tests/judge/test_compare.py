"""Two films, or photographs, in one: against pictures put together here, plane by plane."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from clips import (
    display_matrix_of,
    luma_codes,
    make_clip,
    packets_of,
    planes_of,
    tags_of,
    times_of,
    write_planes,
)
from marked_films import make_aspects
from situation_films import make_parts

from vidcolor.errors import InputError, UnsupportedError, UsageError
from vidcolor.judge.compare import Pair, compare_films, compare_photographs
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.listener import Listener, Progress, ignore_progress

FFV1 = EncoderSettings("ffv1")
NO_LABELS = ("", "")


def compared(
    first: Path,
    second: Path,
    mode: str = "side-by-side",
    progress: Progress = ignore_progress,
    **options: Any,
) -> list[str]:
    """The notes; the film is c.mkv beside the first, lossless and without labels."""
    notes: list[str] = []
    pair = Pair(first, second, mode, options.pop("labels", NO_LABELS))
    listener = Listener(progress, notes.append)
    options = {"encoder": FFV1, "listener": listener, **options}
    compare_films(pair, first.with_name("c.mkv"), **options)
    return notes


def random_film(
    path: Path, seed: int, *, depth: int = 8, chroma: tuple[int, int] = (24, 32), **form: Any
) -> list[list[np.ndarray]]:
    """A film of noise in limited range, 64x48; its planes."""
    random = np.random.default_rng(seed)
    step = 1 << (depth - 8)
    dtype = np.uint8 if depth == 8 else np.uint16
    frames = [
        [
            random.integers(low * step, high * step + 1, shape).astype(dtype)
            for low, high, shape in ((16, 235, (48, 64)), (16, 240, chroma), (16, 240, chroma))
        ]
        for _ in range(4)
    ]
    write_planes(path, frames, **form)
    return frames


def test_a_pixel_aspect_that_changes_is_named(tmp_path):
    wide, usual = Fraction(4, 3), Fraction(16, 15)
    make_aspects(tmp_path / "a.mkv", [usual] * 2 + [wide] * 2)
    make_aspects(tmp_path / "b.mkv", [usual] * 4)
    assert compared(tmp_path / "a.mkv", tmp_path / "b.mkv") == [
        "pixel aspect 4/3 at 0.080 s: scaled to 16/15"
    ]
    again = compared(tmp_path / "b.mkv", tmp_path / "a.mkv", overwrite=True)
    assert again == ["a.mkv: pixel aspect 4/3 at 0.080 s: scaled to 16/15"]


def test_a_turn_that_changes_is_named(tmp_path):
    make_parts(tmp_path / "a.ts", [{}, {}], turn=90)
    make_parts(tmp_path / "b.ts", [{}, {}])
    line = "another rotation or mirroring at 0.320 s: taken as at the beginning"
    assert compared(tmp_path / "a.ts", tmp_path / "b.ts") == [line]
    again = compared(tmp_path / "b.ts", tmp_path / "a.ts", overwrite=True)
    assert again == [f"a.ts: {line}"]


@pytest.mark.parametrize(("pixels", "depth"), [("yuv420p", 8), ("yuv420p10le", 10)])
@pytest.mark.parametrize("color_range", [1, 2])
def test_planes_stand_side_by_side(
    tmp_path: Path, pixels: str, depth: int, color_range: int
) -> None:
    form = {"pixels": pixels, "color_range": color_range}
    left, right = (random_film(tmp_path / f"{i}.mkv", i, depth=depth, **form) for i in (0, 1))
    assert compared(tmp_path / "0.mkv", tmp_path / "1.mkv") == []
    step = 1 << (depth - 8)
    black, white = (0, 256 * step - 1) if color_range == 2 else (16 * step, 235 * step)
    lines = [black, white, white, black], 2 * [128 * step], 2 * [128 * step]
    made = planes_of(tmp_path / "c.mkv")
    assert len(made) == 4
    for frame, *pair in zip(made, left, right, strict=True):
        for plane, a, b, line in zip(frame, *pair, lines, strict=True):
            np.testing.assert_array_equal(plane, np.hstack([a, np.tile(line, (len(a), 1)), b]))
    with av.open(str(tmp_path / "c.mkv")) as film:
        context = film.streams.video[0].codec_context
        assert context.pix_fmt == pixels
        assert (context.colorspace, context.color_range) == (1, color_range)
    assert times_of(tmp_path / "c.mkv") == times_of(tmp_path / "0.mkv")


@pytest.mark.parametrize(("pixels", "depth"), [("yuv420p", 8), ("yuv420p10le", 10)])
def test_a_difference_is_doubled_around_middle_grey(
    tmp_path: Path, pixels: str, depth: int
) -> None:
    form = {"pixels": pixels, "depth": depth, "color_range": 1}
    first, second = (random_film(tmp_path / f"{i}.mkv", i, **form) for i in (0, 1))
    compared(tmp_path / "0.mkv", tmp_path / "1.mkv", "difference")
    middle = 1 << (depth - 1)
    for frame, *pair in zip(planes_of(tmp_path / "c.mkv"), first, second, strict=True):
        for plane, a, b in zip(frame, *pair, strict=True):
            wanted = np.clip(middle + 2 * (b.astype(int) - a), 0, 2 * middle - 1)
            np.testing.assert_array_equal(plane, wanted)


def test_equal_films_differ_by_nothing(tmp_path: Path) -> None:
    make_clip(tmp_path / "0.mkv")
    compared(tmp_path / "0.mkv", tmp_path / "0.mkv", "difference")
    assert all((plane == 128).all() for frame in planes_of(tmp_path / "c.mkv") for plane in frame)


@pytest.mark.parametrize(("seconds", "sweeps"), [(4, 1), (14, 1), (16, 2)])
def test_a_wipe_goes_there_and_back(tmp_path: Path, seconds: int, sweeps: int) -> None:
    for name, code in (("0.mkv", 60), ("1.mkv", 180)):
        planes = [np.full(shape, code, np.uint8) for shape in ((48, 100), (24, 50), (24, 50))]
        write_planes(
            tmp_path / name, [planes] * 20, pixels="yuv420p",
            times=range(0, 1000 * seconds, 50 * seconds),
        )  # fmt: skip
    compared(tmp_path / "0.mkv", tmp_path / "1.mkv", "wipe")
    with av.open(str(tmp_path / "0.mkv")) as film:
        period = film.duration / 1e6 / sweeps
    ats = []
    for (y, u, v), time in zip(planes_of(tmp_path / "c.mkv"), times_of(tmp_path / "0.mkv"),
                               strict=True):  # fmt: skip
        phase = float(time) / period % 1
        share = 1 - 2 * phase if phase < 0.5 else 2 * phase - 1
        ats.append(at := 2 * round(50 * share))
        luma = np.where(np.arange(100) < at, 60, 180)
        luma[max(0, at - 2) : at + 2] = 0
        luma[max(0, at - 1) : at + 1] = 255
        chroma = np.where(np.arange(50) < at // 2, 60, 180)
        chroma[max(0, at // 2 - 1) : at // 2 + 1] = 128
        for plane, row in ((y, luma), (u, chroma), (v, chroma)):
            assert (plane == row).all()
    assert ats[0] == 100
    assert min(ats) < 15


@pytest.mark.parametrize("pixels", ["yuv444p", "yuv422p", "yuv440p"])
def test_finer_chroma_becomes_the_mean_of_what_shares_a_sample(tmp_path: Path, pixels: str) -> None:
    chroma = {"yuv444p": (48, 64), "yuv422p": (48, 32), "yuv440p": (24, 64)}[pixels]
    frames = random_film(tmp_path / "0.mkv", 0, chroma=chroma, pixels=pixels, color_range=1)
    compared(tmp_path / "0.mkv", tmp_path / "0.mkv")
    for (y, *made), (luma, *planes) in zip(planes_of(tmp_path / "c.mkv"), frames, strict=True):
        np.testing.assert_array_equal(y[:, 68:], luma)
        for plane, codes in zip(made, planes, strict=True):
            blocks = codes.reshape(24, chroma[0] // 24, 32, chroma[1] // 32)
            assert np.abs(plane[:, 34:] - blocks.mean((1, 3))).max() <= 0.501


def test_odd_pictures_keep_a_sample_of_chroma_for_each_pixel(tmp_path: Path) -> None:
    for name, offset in (("0.mkv", 0), ("1.mkv", 3)):
        grey = [luma_codes(i + offset, (61, 41)) for i in range(3)]
        write_planes(tmp_path / name, [(g, g[::-1], g[:, ::-1]) for g in grey])
    notes = compared(tmp_path / "0.mkv", tmp_path / "1.mkv")
    assert notes == ["odd size 127x41: written as 4:4:4"]
    for index, planes in enumerate(planes_of(tmp_path / "c.mkv")):
        for plane, turn in zip(planes, (np.s_[:], np.s_[::-1], np.s_[:, ::-1]), strict=True):
            # Full-range 0 is the least that chroma can be, and stands for -128 as 1 does.
            for part, number in ((plane[:, :61], index), (plane[:, 66:], index + 3)):
                wanted = luma_codes(number, (61, 41))[turn].astype(int)
                assert np.abs(part - wanted).max() <= (plane is not planes[0])


PATCHES = np.array(
    [[230, 40, 30], [40, 200, 60], [30, 60, 220], [240, 230, 40], [128, 128, 128], [250, 250, 250]]
)
MATRICES = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 5: (0.299, 0.114), 7: (0.212, 0.087)}


def color_film(path: Path, matrix: int, full: bool, depth: int) -> None:
    """Patches of 16x48 pixels of those colours, by the formulas of H.273."""
    kr, kb = MATRICES[matrix]
    r, g, b = PATCHES.T / 255
    y = kr * r + (1 - kr - kb) * g + kb * b
    units = y, (b - y) / (2 - 2 * kb), (r - y) / (2 - 2 * kr)
    peak = (1 << depth) - 1
    black, luma, chroma = (0, peak, peak) if full else (16, 219, 224)
    step = 1 if full else 1 << (depth - 8)
    codes = [units[0] * luma * step + black * step,
             *(unit * chroma * step + (1 << (depth - 1)) for unit in units[1:])]  # fmt: skip
    dtype = np.uint8 if depth == 8 else np.uint16
    planes = [np.tile(np.rint(c).clip(0, peak).astype(dtype).repeat(16), (48, 1)) for c in codes]
    write_planes(
        path, [planes], pixels="yuv444p" if depth == 8 else "yuv444p10le",
        matrix=matrix, color_range=2 if full else 1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((1, False, 8), (6, False, 8)),
        ((6, False, 8), (1, True, 8)),
        ((5, True, 8), (7, False, 10)),
        ((1, False, 10), (6, True, 8)),
    ],
)
def test_colours_are_right_whatever_the_films_are_stored_in(
    tmp_path: Path, first: tuple, second: tuple
) -> None:
    color_film(tmp_path / "0.mkv", *first)
    color_film(tmp_path / "1.mkv", *second)
    notes = compared(tmp_path / "0.mkv", tmp_path / "1.mkv")
    assert notes == (["1.mkv has 10 bits: shown with 8"] if second[2] > first[2] else [])
    with av.open(str(tmp_path / "c.mkv")) as film:
        frame = next(film.decode(video=0))
        assert frame.format.components[0].bits == first[2]
        rgb = frame.to_ndarray(format="rgb24").astype(int)
    for left in (0, 100):
        patches = rgb[24, left + 8 : left + 96 : 16]
        assert np.abs(patches - PATCHES).max() <= 3


# Pairs


def numbered_film(
    path: Path, times: Sequence[int], time_base: Fraction = Fraction(1, 1000), **form: Any
) -> None:
    """Frame i is of one grey, 20 + 5 i."""
    pictures = [np.full((48, 64), 20 + 5 * i, np.uint8) for i in range(len(times))]
    make_clip(path, times=times, time_base=time_base, pictures=pictures, **form)


def pairs_in(path: Path) -> list[tuple[int, int | None]]:
    """The numbers of the frames that stand side by side."""
    columns = ((y[0, 10], y[0, 100]) for y, _, _ in planes_of(path))
    return [((a - 20) // 5, None if b == 16 else (b - 20) // 5) for a, b in columns]


@pytest.mark.parametrize(
    ("first", "second", "notes"),
    [
        (range(0, 400, 40), range(0, 400, 100), "6 are shown again, 0 never"),
        (range(0, 400, 100), range(0, 400, 40), "0 are shown again, 5 never"),
        (range(0, 400, 40), range(0, 400, 33), "0 are shown again, 2 never"),
        ((0, 17, 33, 34, 100, 140), (0, 30, 34, 35, 101, 139), "1 are shown again, 1 never"),
    ],
)
def test_each_frame_stands_beside_the_one_on_screen_in_its_middle(
    tmp_path: Path, first: Sequence[int], second: Sequence[int], notes: str
) -> None:
    numbered_film(tmp_path / "0.mkv", first)
    numbered_film(tmp_path / "1.mkv", second)
    told = compared(tmp_path / "0.mkv", tmp_path / "1.mkv")
    with av.open(str(tmp_path / "0.mkv")) as film:
        middles = [f.pts + (f.duration or 0) / 2 for f in film.decode(video=0)]
    wanted = [max(i for i, time in enumerate(second) if time <= middle) for middle in middles]
    assert pairs_in(tmp_path / "c.mkv") == list(enumerate(wanted))
    assert any(f"1.mkv has frames at other times: {notes}" in line for line in told)


@pytest.mark.parametrize("late", [0, 700])
def test_a_copy_in_another_container_goes_frame_by_frame(tmp_path: Path, late: int) -> None:
    """Matroska rounds times to milliseconds; both begin with their first frames."""
    base = Fraction(1001, 24000)
    numbered_film(tmp_path / "0.mp4", range(20), base, codec="libx264", options={"qp": "0"})
    times = [late + round(1000 * i * base) for i in range(20)]
    numbered_film(tmp_path / "1.mkv", times, audio="flac")
    notes = compared(tmp_path / "0.mp4", tmp_path / "1.mkv")
    assert pairs_in(tmp_path / "c.mkv") == [(i, i) for i in range(20)]
    begin = "1.mkv begins at another time (+0.700 s): first frame to first frame"
    assert notes == ([begin] if late else [])


@pytest.mark.parametrize(
    ("count", "notes"),
    [
        (7, ["1.mkv ends earlier: it is black for the last 3 frames"]),
        (10, []),
        (11, ["1.mkv goes on when 0.mkv has ended: left out"]),
    ],
)
def test_films_of_other_lengths(tmp_path: Path, count: int, notes: list[str]) -> None:
    numbered_film(tmp_path / "0.mkv", range(0, 400, 40))
    numbered_film(tmp_path / "1.mkv", range(0, 40 * count, 40))
    assert compared(tmp_path / "0.mkv", tmp_path / "1.mkv") == notes
    wanted = [(i, i if i < count else None) for i in range(10)]
    assert pairs_in(tmp_path / "c.mkv") == wanted


@pytest.mark.parametrize(
    ("start", "duration", "frames"),
    [("0.4", "0.2", range(10, 15)), ("0.41", None, range(11, 25)), (None, "0.1", range(3))],
)
@pytest.mark.parametrize("late", [(0, 0), (0, 560), (560, 0)])
def test_a_span_shows_the_same_moments_of_both(
    tmp_path: Path, start: str | None, duration: str | None, frames: range, late: tuple[int, int]
) -> None:
    for name, begin, step in (("0.mkv", late[0], 40), ("1.mkv", late[1], 80)):
        times = range(begin, begin + 1000, step)
        numbered_film(tmp_path / name, times, gop=5, audio="flac")
    span = {
        "start": start and Fraction(start) + Fraction(late[0], 1000),
        "duration": duration and Fraction(duration) + (0 if start else Fraction(late[0], 1000)),
    }
    notes = compared(tmp_path / "0.mkv", tmp_path / "1.mkv", **span)
    assert pairs_in(tmp_path / "c.mkv") == [(i, i // 2) for i in frames]
    assert not any("goes on" in line for line in notes)
    assert all(line.endswith(" 0 never") for line in notes if "never" in line)
    assert times_of(tmp_path / "c.mkv")[0] == 0


def test_a_span_that_the_second_film_does_not_reach(tmp_path: Path) -> None:
    numbered_film(tmp_path / "0.mkv", range(0, 1000, 40))
    numbered_film(tmp_path / "1.mkv", range(0, 200, 40))
    with pytest.raises(UsageError, match=r"1\.mkv: no frame at or after 0\.800 s"):
        compared(tmp_path / "0.mkv", tmp_path / "1.mkv", start=Fraction("0.8"))
    assert not (tmp_path / "c.mkv").exists()


# Shapes


@pytest.mark.parametrize("rotation", [90, 180, -90])
@pytest.mark.parametrize("mirrored", [False, True])
def test_turned_films_are_upright(tmp_path: Path, rotation: int, mirrored: bool) -> None:
    form = {
        "codec": "libx264",
        "options": {"qp": "0"},
        "color_range": 2,
        "times": range(0, 80, 40),
    }
    turned = make_clip(tmp_path / "0.mov", rotation=rotation, mirrored=mirrored, **form)
    upright = []
    for codes in turned:
        picture = np.rot90(codes, rotation // 90)
        upright.append(np.ascontiguousarray(picture[:, ::-1] if mirrored else picture))
    height, width = upright[0].shape
    make_clip(tmp_path / "1.mkv", pictures=upright, size=(width, height), **form)
    assert compared(tmp_path / "0.mov", tmp_path / "1.mkv") == []
    for (y, *_), picture in zip(planes_of(tmp_path / "c.mkv"), upright, strict=True):
        np.testing.assert_array_equal(y[:, :width], picture)
        np.testing.assert_array_equal(y[:, width + 4 :], picture)
    assert display_matrix_of(tmp_path / "c.mkv") == []


def test_pixels_become_square_and_other_proportions_get_bars(tmp_path: Path) -> None:
    """Half a DVD's size, with a square of 80 lines in it, beside a square film."""
    picture = np.full((240, 360), 100, np.uint8)
    picture[100:180, 99:189] = 200
    form = {"codec": "libx264", "options": {"qp": "0"}, "times": (0,)}
    make_clip(
        tmp_path / "0.mkv", pictures=[picture], size=(360, 240), aspect=Fraction(8, 9), **form
    )
    square = np.full((120, 120), 60, np.uint8)
    make_clip(tmp_path / "1.mkv", pictures=[square], size=(120, 120), **form)
    notes = compared(tmp_path / "0.mkv", tmp_path / "1.mkv")
    assert notes == ["1.mkv is 120x120: shown at 240x240 within 320x240"]
    ((y, u, _),) = planes_of(tmp_path / "c.mkv")
    assert y.shape == (240, 2 * 320 + 4)
    rows, columns = np.nonzero(y[:, :320] > 150)
    assert (np.ptp(rows), np.ptp(columns)) == (79, 79)
    right = y[:, 324:]
    assert (right[:, 40:280] == 60).all()
    assert (right[:, :40] == 16).all()
    assert (right[:, 280:] == 16).all()
    assert (u == 128).all()
    with av.open(str(tmp_path / "c.mkv")) as film:
        assert film.streams.video[0].sample_aspect_ratio in (None, 0, 1)


def test_a_narrower_film_stands_in_the_middle_to_the_code(tmp_path: Path) -> None:
    make_clip(tmp_path / "0.mkv", size=(100, 48), times=(0,))
    shapes = (48, 62), (24, 31), (24, 31)
    random = np.random.default_rng(0)
    planes = [random.integers(16, 236, shape, np.uint8) for shape in shapes]
    write_planes(tmp_path / "1.mkv", [planes], pixels="yuv420p", color_range=1)
    assert compared(tmp_path / "0.mkv", tmp_path / "1.mkv") == [
        "1.mkv is 62x48: shown at 62x48 within 100x48"
    ]
    ((y, u, v),) = planes_of(tmp_path / "c.mkv")
    for made, wanted, left in ((y, planes[0], 122), (u, planes[1], 61), (v, planes[2], 61)):
        np.testing.assert_array_equal(made[:, left : left + wanted.shape[1]], wanted)


@pytest.mark.parametrize("fields", ["tff", "bff"])
def test_fields_stay_apart(tmp_path: Path, fields: str) -> None:
    lumas = [16 + luma_codes(i) % 200 for i in range(4)]
    for name, pictures in (("0.mkv", lumas), ("1.mkv", lumas[::-1])):
        make_clip(tmp_path / name, pictures=pictures, times=range(0, 160, 40), fields=fields)
    assert compared(tmp_path / "0.mkv", tmp_path / "1.mkv") == []
    with av.open(str(tmp_path / "c.mkv")) as film:
        assert all(frame.interlaced_frame for frame in film.decode(video=0))
    for (y, *_), a, b in zip(planes_of(tmp_path / "c.mkv"), lumas, lumas[::-1], strict=True):
        np.testing.assert_array_equal(y[:, :64], a)
        np.testing.assert_array_equal(y[:, 68:], b)


def test_the_chroma_of_a_field_is_its_own(tmp_path: Path) -> None:
    """4:4:4 with one colour in the even lines, another in the odd ones, becomes 4:2:0."""
    frame = av.VideoFrame(64, 48, "yuv444p")
    with av.open(str(tmp_path / "0.mkv"), "w") as film:
        video = film.add_stream("libx264", rate=25, width=64, height=48)
        video.pix_fmt, video.options = "yuv444p", {"qp": "0", "x264-params": "tff=1"}
        video.codec_context.flags |= av.codec.context.Flags.interlaced_dct
        video.codec_context.color_range = video.codec_context.colorspace = 1
        for plane in frame.planes:
            lines = np.frombuffer(memoryview(plane), np.uint8).reshape(48, -1)
            lines[::2], lines[1::2] = (100, 100) if plane is frame.planes[0] else (90, 170)
        film.mux(video.encode(frame))
        film.mux(video.encode())
    compared(tmp_path / "0.mkv", tmp_path / "0.mkv")
    ((_, u, v),) = planes_of(tmp_path / "c.mkv")
    for plane in (u, v):
        assert (plane[::2, :32] == 90).all()
        assert (plane[1::2, :32] == 170).all()


@pytest.mark.parametrize("other", [{"fields": "bff"}, {}, {"fields": "tff", "size": (64, 96)}])
def test_fields_that_do_not_match_are_shown_at_once(tmp_path: Path, other: dict) -> None:
    make_clip(tmp_path / "0.mkv", fields="tff", times=(0, 40))
    make_clip(tmp_path / "1.mkv", times=(0, 40), **other)
    notes = compared(tmp_path / "0.mkv", tmp_path / "1.mkv")
    assert notes[-1] == "interlaced: both fields of a frame are shown at once"
    with av.open(str(tmp_path / "c.mkv")) as film:
        assert not any(frame.interlaced_frame for frame in film.decode(video=0))


# Labels


@pytest.mark.parametrize("code", [16, 235, 120])
@pytest.mark.parametrize("size", [(320, 240), (64, 48)])
def test_labels_show_on_light_and_dark(tmp_path: Path, code: int, size: tuple[int, int]) -> None:
    width, height = size
    picture = np.full((height, width), code, np.uint8)
    form = {"size": size, "times": (0,), "matrix": 1, "colored": True}
    make_clip(tmp_path / "0.mkv", pictures=[picture], **form)
    compared(tmp_path / "0.mkv", tmp_path / "0.mkv", labels=("before", "after"))
    ((y, u, _),) = planes_of(tmp_path / "c.mkv")
    for left, corner in ((0, np.s_[: width // 2]), (width + 4, np.s_[width // 2 :])):
        luma, chroma = y[:, left : left + width], u[:, left // 2 : (left + width) // 2]
        changed = luma != code
        assert changed[: height // 2, corner].any()
        assert not changed[height // 2 :].any()
        assert luma.max() > 200
        assert luma.min() == 16
        if code < 235:
            letters = luma[::2, ::2] > 225
            assert (chroma[letters] == 128).all()
    other_half = y[:, width // 2 + 10 : width]
    assert (other_half == code).all()


def test_labels_are_the_files_names_and_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def labelled(first: str, second: str, **options: Any) -> np.ndarray:
        for name in (first, second):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            make_clip(tmp_path / name, pictures=[picture], size=(480, 240), times=(0,))
        compared(tmp_path / first, tmp_path / second, overwrite=True, **options)
        return planes_of((tmp_path / first).with_name("c.mkv"))[0][0]

    picture = np.full((240, 480), 120, np.uint8)
    named = labelled("a.mkv", "b.mkv", labels=None)
    given = labelled("a.mkv", "b.mkv", labels=("a.mkv", "b.mkv"))
    np.testing.assert_array_equal(named, given)
    assert (labelled("a.mkv", "b.mkv", labels=("a", "b")) != named).any()
    folders = labelled("x/a.mkv", "y/a.mkv", labels=None)
    np.testing.assert_array_equal(
        folders, labelled("a.mkv", "b.mkv", labels=("x/a.mkv", "y/a.mkv"))
    )
    monkeypatch.chdir(tmp_path)
    compared(Path("a.mkv"), Path("x/a.mkv"), overwrite=True, labels=None)
    np.testing.assert_array_equal(
        planes_of(Path("c.mkv"))[0][0], labelled("a.mkv", "b.mkv", labels=("a.mkv", "x/a.mkv"))
    )
    long = labelled("n" * 60 + ".mkv", "two\nlines \udcff.mkv", labels=None)[:, :480]
    columns = np.nonzero((long != 120).any(0))[0]
    assert 0 < columns[0] < 12
    assert 400 < columns[-1] < 479


# The rest of the film, failures, photographs, the command


def test_all_beside_the_picture_is_the_first_film_s(tmp_path: Path) -> None:
    make_clip(
        tmp_path / "0.mkv", audio="flac", subtitles=[(40, 200, "hello")],
        chapters=[(0, 200, "one"), (200, 480, "two")], metadata={"title": "Waves"},
    )  # fmt: skip
    make_clip(tmp_path / "1.mkv", audio="aac", second_video=True, metadata={"title": "Colour"})
    assert compared(tmp_path / "0.mkv", tmp_path / "1.mkv") == []
    for kind in ("audio", "subtitle"):
        assert packets_of(tmp_path / "c.mkv", kind) == packets_of(tmp_path / "0.mkv", kind)
    with av.open(str(tmp_path / "c.mkv")) as film:
        assert [c["metadata"]["title"] for c in film.chapters()] == ["one", "two"]
    tags = tags_of(tmp_path / "c.mkv")
    assert tags["title"] == "Waves"
    assert tags["comment"].endswith("compare mode=side-by-side with=1.mkv")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(143)])
def test_an_interruption_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    make_clip(tmp_path / "0.mkv", times=range(0, 4000, 40))

    def progress(frames: int, *_: object) -> None:
        if frames == 3:
            raise error

    with pytest.raises(type(error)):
        compared(tmp_path / "0.mkv", tmp_path / "0.mkv", progress=progress)
    assert [path.name for path in tmp_path.iterdir()] == ["0.mkv"]


def test_progress_ends_with_the_film(tmp_path: Path) -> None:
    make_clip(tmp_path / "0.mkv")
    steps: list[tuple] = []
    compared(tmp_path / "0.mkv", tmp_path / "0.mkv", progress=lambda *step: steps.append(step))
    assert [frames for frames, *_ in steps] == list(range(1, 13))
    assert steps[-1][1:] == (Fraction("0.48"), Fraction("0.48"))


def test_what_can_t_be_compared_is_one_line(tmp_path: Path) -> None:
    make_clip(tmp_path / "0.mkv")
    make_clip(tmp_path / "rgb.nut", codec="rawvideo", pixels="rgb24", colored=True)
    make_clip(tmp_path / "grey.nut", codec="rawvideo", pixels="rgb24")
    make_clip(tmp_path / "ycgco.mkv", matrix=8, colored=True)
    make_clip(tmp_path / "grey.mkv", matrix=8)
    (tmp_path / "no.mkv").write_bytes(b"no film")
    before = {path.name for path in tmp_path.iterdir()}
    for name, error, words in (
        ("rgb.nut", UnsupportedError, "rgb.nut: its colour is stored as RGB; convert"),
        ("ycgco.mkv", UnsupportedError, "ycgco.mkv: colours for the matrix 8 of H.273 can't be"),
        ("no.mkv", InputError, "no.mkv: not a film"),
    ):
        with pytest.raises(error, match=words):
            compared(tmp_path / "0.mkv", tmp_path / name)
        assert {path.name for path in tmp_path.iterdir()} == before
    for name in ("grey.nut", "grey.mkv"):
        compared(tmp_path / "0.mkv", tmp_path / name, overwrite=True)
        assert all((u == 128).all() for _, u, _ in planes_of(tmp_path / "c.mkv"))


def photograph(
    path: Path, seed: int, size: tuple[int, int] = (60, 40), dtype: type = np.uint8
) -> np.ndarray:
    bgr = np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, (*size[::-1], 3), dtype)
    cv2.imwrite(str(path), bgr)
    return bgr.astype(int)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_photographs(tmp_path: Path, dtype: type) -> None:
    paths = tmp_path / "0.png", tmp_path / "1.png", tmp_path / "c.png"
    left, right = photograph(paths[0], 0, dtype=dtype), photograph(paths[1], 1, dtype=dtype)
    peak = np.iinfo(dtype).max
    middle = (peak + 1) // 2
    line = np.tile(np.array([0, peak, peak, 0])[:, None], (40, 1, 3))
    wiped = np.hstack([left[:, :30], right[:, 30:]])
    wiped[:, 28:32], wiped[:, 29:31] = 0, peak
    for mode, wanted in (
        ("side-by-side", np.hstack([left, line, right])),
        ("difference", (middle + 2 * (right - left)).clip(0, peak)),
        ("wipe", wiped),
    ):
        compare_photographs(Pair(*paths[:2], mode, NO_LABELS), paths[2], overwrite=True)
        made = cv2.imread(str(paths[2]), cv2.IMREAD_UNCHANGED)
        assert made.dtype == dtype
        np.testing.assert_array_equal(made, wanted)


def test_photographs_of_other_sizes_and_depths(tmp_path: Path) -> None:
    paths = tmp_path / "0.png", tmp_path / "1.png", tmp_path / "c.png"
    photograph(paths[0], 0)
    cv2.imwrite(str(paths[1]), np.full((20, 20, 4), 257 * 99, np.uint16))
    notes: list[str] = []
    pair = Pair(paths[0], paths[1], labels=NO_LABELS)
    compare_photographs(pair, paths[2], listener=Listener(note=notes.append))
    assert notes == [
        "left out: the alpha channel of 1.png",
        "1.png is 20x20: shown at 40x40 within 60x40",
    ]
    right = cv2.imread(str(paths[2]))[:, 64:]
    assert (right[:, 10:50] == 99).all()
    assert (right[:, :10] == 0).all()
    assert (right[:, 50:] == 0).all()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Here: a.mkv, b.mkv, a.png and b.png."""
    for name in ("a", "b"):
        make_clip(tmp_path / f"{name}.mkv")
        photograph(tmp_path / f"{name}.png", 0)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_comparison_lies_beside_the_first(folder: Path, vidcolor: Callable) -> None:
    run = vidcolor("compare", "a.mkv", "b.mkv", "--preset", "ultrafast", "--mode", "wipe")
    assert (run.code, run.out, run.err) == (0, "a.compare.mkv\n", "")
    assert len(times_of(folder / "a.compare.mkv")) == 12
    assert vidcolor("compare", "a.png", "b.png", "--labels", ",").out == "a.compare.png\n"
    options = ("--encoder", "ffv1", "--start", "0.2", "--duration", "0.1", "-o", "c.mkv")
    assert vidcolor("compare", "a.mkv", "b.mkv", *options).code == 0
    assert len(times_of(folder / "c.mkv")) == 3
    again = vidcolor("compare", "a.mkv", "b.mkv", *options)
    assert (again.code, "c.mkv: exists already; --overwrite replaces it" in again.err) == (2, True)
    assert vidcolor("compare", "a.mkv", "b.mkv", *options, "-y").code == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("a.mkv", "b.png"), "b.png: a film and a photograph can't be compared"),
        (("a.mkv", "b.mkv", "-o", "a.mkv", "-y"), "a.mkv: is the input itself"),
        (("a.mkv", "b.mkv", "-o", "b.mkv", "-y"), "b.mkv: is the input itself"),
        (("a.png", "b.png", "-o", "b.png", "-y"), "b.png: is the input itself"),
        (("a.mkv", "b.mkv", "-o", "c.avi"), "c.avi: unknown kind of film .avi"),
        (("a.mkv", "b.mkv", "--labels", "one"), "--labels takes two, A,B, not 'one'"),
        (("a.mkv", "b.mkv", "--labels", "1,2,3"), "--labels takes two, A,B, not '1,2,3'"),
        (("a.mkv", "b.mkv", "--encoder-option", "x"), "--encoder-option takes KEY=VALUE"),
        (("a.png", "b.png", "-o", "c.jpg"), "c.jpg: photographs are compared in a PNG"),
        (("a.png", "b.png", "--crf", 3), "a.png: --start, --duration and the encoder's options"),
    ],
)
def test_wrong_usage_is_one_line(
    folder: Path, vidcolor: Callable, arguments: tuple, problem: str
) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    wrong = vidcolor("compare", *arguments)
    assert (wrong.code, wrong.out) == (2, "")
    assert problem in wrong.err
    assert wrong.err.count("\n") == 1
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
