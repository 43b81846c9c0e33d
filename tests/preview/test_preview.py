"""Previews: the film's own colours, at moments that show most of it, as a player shows them."""

import io
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from clips import luma_codes, make_clip, planes_of, times_of
from marked_films import make_scans
from PIL import Image

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.draw.sheet import GAP, GROUND
from vidcolor.input.reader import Reader
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.batches import reach
from vidcolor.pipeline.film import colorize_file
from vidcolor.pipeline.listener import Listener
from vidcolor.preview.colored_frames import choose_frames, preview_frames
from vidcolor.preview.moments import moments
from vidcolor.preview.preview import preview
from vidcolor.preview.reaching import easily_reached, warn_if_slow
from vidcolor.preview.sheet_pictures import LONG_SIDE
from vidcolor.temporal.kernel import ExponentialDecay

TICK = Fraction(1, 25)
SHOTS = (0, 31, 58, 100)
"""Where shots begin, and the end."""


def shots() -> list[np.ndarray]:
    """Three shots, in each of which a picture of its own moves."""
    frames = []
    for shot, (begin, end) in enumerate(pairwise(SHOTS)):
        coarse = np.random.default_rng(shot).integers(30, 220, (8, 10)).astype(np.uint8)
        picture = np.asarray(Image.fromarray(coarse).resize((80, 64), Image.Resampling.BICUBIC))
        frames += [np.roll(picture, i % 5, 1)[:48, :64].copy() for i in range(end - begin)]
    return frames


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Of three shots, with few key frames and with B-frames."""
    make_clip(
        tmp_path / "film.mkv",
        codec="libx264",
        pictures=shots(),
        times=range(100),
        time_base=TICK,
        gop=24,
        options={"bf": "3", "b-adapt": "0", "sc_threshold": "0"},
    )
    return tmp_path / "film.mkv"


def sheet_of(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def cells(sheet: np.ndarray) -> list[np.ndarray]:
    """The pictures on a sheet of one row, cut out along the ground, captions left out."""
    row = sheet[GAP]
    edges = np.flatnonzero(np.diff((row != GROUND).any(1), prepend=False))
    return [sheet[GAP:, left:right] for left, right in zip(edges[::2], edges[1::2], strict=True)]


@pytest.mark.parametrize(
    ("kernel", "motion", "cuts"),
    [
        (ExponentialDecay(0.2, 6, 3), True, None),
        (ExponentialDecay(0.2, 6, 3), False, (Fraction(31, 25),)),
        (ExponentialDecay(0.1, 40), True, ()),
        (ExponentialDecay(0.2, 0), True, None),
    ],
)
def test_a_previewed_frame_is_the_film_s_bit_for_bit(
    film: Path,
    checkpoint: Checkpoint,
    kernel: ExponentialDecay,
    motion: bool,
    cuts: tuple[Fraction, ...] | None,
) -> None:
    colorizer = Colorizer(checkpoint, kernel=kernel, motion=motion, precision="fp32", batch_size=5)
    output = film.with_name("whole.mkv")
    colorize_file(film, output, colorizer, encoder=EncoderSettings("ffv1"), cuts=cuts)
    whole = dict(zip(times_of(output), planes_of(output), strict=True))
    asked = [index * TICK for index in (0, 24, 31, 33, 57, 99)]
    with Reader(film) as reader:
        shown = list(preview_frames(film, reader.picture, asked, colorizer, cuts))
    assert [each.time for each in shown] == asked
    for each in shown:
        luma, *chroma = whole[each.time]
        assert np.array_equal(each.luma, luma)
        assert np.array_equal(each.chroma, chroma)


def test_it_is_so_for_interlaced_films_with_bars_too(
    tmp_path: Path, checkpoint: Checkpoint
) -> None:
    pictures = shots()[:40]
    for picture in pictures:
        picture[:8] = picture[-8:] = 16
    make_clip(
        tmp_path / "a.mkv", pictures=pictures, times=range(40), time_base=TICK, gop=4, fields="tff"
    )
    colorizer = Colorizer(checkpoint, precision="fp32")
    colorize_file(
        tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer, encoder=EncoderSettings("ffv1")
    )
    with Reader(tmp_path / "a.mkv") as reader:
        (shown,) = preview_frames(tmp_path / "a.mkv", reader.picture, [20 * TICK], colorizer)
    _, *chroma = planes_of(tmp_path / "b.mkv")[20]
    assert np.array_equal(shown.chroma, chroma)
    assert (shown.chroma[:, :4] == 128).all()
    assert (shown.chroma[:, 4:20] != 128).any()


def test_it_is_so_where_scans_mix(tmp_path: Path, checkpoint: Checkpoint) -> None:
    make_scans(tmp_path / "a.mkv", (["prog"] * 3 + ["tff"] * 2) * 6)
    colorizer = Colorizer(checkpoint, precision="fp32")
    colorize_file(
        tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer, encoder=EncoderSettings("ffv1")
    )
    with Reader(tmp_path / "a.mkv") as reader:
        asked = [index * TICK for index in (11, 14)]
        shown = list(preview_frames(tmp_path / "a.mkv", reader.picture, asked, colorizer))
    whole = dict(zip(times_of(tmp_path / "b.mkv"), planes_of(tmp_path / "b.mkv"), strict=True))
    for frame in shown:
        assert np.array_equal(frame.chroma, whole[frame.time][1:])


def test_the_moments_are_key_frames_that_differ(tmp_path: Path) -> None:
    """Of 12 key frames 2 show nothing, and 10 show three pictures."""
    shown = [0, 0, 0, 0, None, 1, 1, 0, None, 2, 0, 0]
    distinct = [shots()[begin] for begin in SHOTS[:3]]
    black = np.full_like(distinct[0], 16)
    pictures = [black if s is None else distinct[s] for s in shown for _ in range(5)]
    make_clip(tmp_path / "a.mp4", codec="mpeg4", pictures=pictures, times=range(60),
              time_base=TICK, gop=5)  # fmt: skip
    with Reader(tmp_path / "a.mp4") as reader:
        found = moments(reader, 3)
        every = moments(reader, 12)
    assert found == sorted(found)
    assert sorted(shown[int(time / TICK) // 5] for time in found) == [0, 1, 2]
    assert every == [5 * i * TICK for i, s in enumerate(shown) if s is not None]


def test_a_key_frame_in_a_fade_gives_way_to_what_fades_in(tmp_path: Path) -> None:
    """Five shots, each of which begins with its only key frame and comes out of black."""
    distinct = [shots()[begin] for begin in SHOTS[:3]]
    distinct += [picture[::-1] for picture in distinct[:2]]
    light = np.minimum(1, 0.1 * np.arange(1, 51))
    pictures = [
        (16 + (picture - 16.0) * share).astype(np.uint8) for picture in distinct for share in light
    ]
    make_clip(tmp_path / "a.mp4", codec="mpeg4", pictures=pictures, times=range(250),
              time_base=TICK, gop=50)  # fmt: skip
    with Reader(tmp_path / "a.mp4") as reader:
        found = [divmod(int(time / TICK), 50) for time in moments(reader, 5)]
    assert [shot for shot, _ in found] == [0, 1, 2, 3, 4]
    assert all(9 <= since <= 25 for _, since in found)


def test_a_film_of_nothing_still_has_moments(tmp_path: Path) -> None:
    black = np.full((48, 64), 16, np.uint8)
    make_clip(tmp_path / "a.mkv", pictures=[black] * 9, times=range(9), time_base=TICK, gop=1)
    with Reader(tmp_path / "a.mkv") as reader:
        assert len(moments(reader, 2)) == 2


def test_grey_stands_above_colour(film: Path, checkpoint: Checkpoint) -> None:
    sheet = sheet_of(preview(film, Colorizer(checkpoint, precision="fp32"), count=1))
    (cell,) = cells(sheet)
    assert cell.shape[1] == 64
    grey, color = cell[:48], cell[52:100].astype(int)
    assert (grey == grey[..., :1]).all()
    assert np.abs(color - grey).max() > 20
    luma = color @ [0.2126, 0.7152, 0.0722]
    assert np.abs(luma - grey[..., 0]).max() <= 2
    caption = sheet[GAP + 100 :]
    assert (caption.max(2) > 200).sum() > 50


@pytest.mark.parametrize(
    ("size", "rotation", "aspect", "expected"),
    [
        ((64, 48), 0, None, (48, 64)),
        ((64, 48), 0, Fraction(2), (48, 128)),
        ((64, 48), 90, None, (64, 48)),
        ((64, 48), -90, Fraction(2), (128, 48)),
        ((960, 240), 0, None, (120, 480)),
    ],
)
def test_pictures_are_upright_and_in_shape(
    tmp_path: Path,
    checkpoint: Checkpoint,
    size: tuple[int, int],
    rotation: int,
    aspect: Fraction | None,
    expected: tuple[int, int],
) -> None:
    """A frame's first row is white: where it is turned to the left, the first column is."""
    pictures = [luma_codes(i, size) // 2 for i in range(3)]
    for picture in pictures:
        picture[: size[1] // 4] = 235
    make_clip(tmp_path / "a.mov", codec="libx264", size=size, pictures=pictures, times=(0, 40, 80),
              rotation=rotation, aspect=aspect)  # fmt: skip
    sheet = sheet_of(preview(tmp_path / "a.mov", Colorizer(checkpoint), count=1))
    middle = sheet[GAP : GAP + expected[0]]
    columns = np.flatnonzero((middle[expected[0] // 2] != GROUND).any(1))
    assert columns[-1] - columns[0] + 1 == expected[1] <= LONG_SIDE
    grey = middle[:, columns[0] : columns[-1] + 1, 0].astype(int)
    means = {0: grey[0], 90: grey[:, 0], -90: grey[:, -1]}
    white = [turn for turn, edge in means.items() if edge.mean() > 245]
    assert white == [rotation]


def test_a_mirrored_film_is_shown_mirrored(tmp_path: Path, checkpoint: Checkpoint) -> None:
    picture = np.tile(np.linspace(16, 235, 64).astype(np.uint8), (48, 1))
    make_clip(tmp_path / "a.mov", codec="libx264", pictures=[picture], times=(0,), mirrored=True)
    (cell,) = cells(sheet_of(preview(tmp_path / "a.mov", Colorizer(checkpoint), count=1)))
    assert cell[:48, 0].mean() > 240 > 20 > cell[:48, -1].mean()


@pytest.mark.parametrize(
    ("gop", "length", "expected"),
    [(240, 960, [0, 494]), (240, 486, [0, 480]), (30, 960, [0, 480])],
    ids=["far", "at the end", "near"],
)
def test_where_key_frames_are_far_apart_frames_behind_them_are_shown(
    tmp_path: Path, gop: int, length: int, expected: list[int]
) -> None:
    """So that what their color depends on begins with a key frame, two frames set aside."""
    path = tmp_path / "a.mkv"
    make_clip(path, codec="mpeg4", times=range(length), time_base=TICK, gop=gop, size=(32, 32))
    with Reader(path) as reader:
        picture = reader.picture
    times = easily_reached(path, picture, [Fraction(0), 480 * TICK], (12, 7))
    assert times == [index * TICK for index in expected]


def test_far_key_frames_are_given_as_the_reason(tmp_path: Path, checkpoint: Checkpoint) -> None:
    colorizer = Colorizer(checkpoint, kernel=ExponentialDecay(0.2, 2))
    told: list[str] = []
    listener = Listener(note=told.append)
    for name, gop in (("near", 50), ("far", 240)):
        path = tmp_path / f"{name}.mkv"
        make_clip(path, codec="mpeg4", times=range(960), time_base=TICK, gop=gop, size=(32, 32))
        picture, _ = choose_frames(path, colorizer, 2, None, listener)
        assert not told
        warn_if_slow(path, picture, [0 * TICK, 479 * TICK], reach(colorizer, None), listener)
        assert len(told) == (name == "far")
    assert "up to 248 frames are decoded for a picture, 27 to smooth" in told[0]


# The command


@pytest.fixture
def run(vidcolor: Callable, weights: Path) -> Callable:
    """Runs `vidcolor preview` with the small weights."""
    return lambda *arguments: vidcolor("preview", "--weights", weights, *arguments)


def test_the_sheet_lies_beside_the_film(film: Path, run: Callable) -> None:
    sheet = film.with_name("film.preview.png")
    first = run(film)
    assert (first.code, first.out, first.err) == (0, f"{sheet}\n", "")
    before = sheet.read_bytes()
    again = run(film, "-n", 1)
    assert (again.code, again.out) == (2, "")
    assert f"{sheet}: exists already; --overwrite replaces it" in again.err
    assert sheet.read_bytes() == before
    assert run(film, "-n", 1, "--overwrite").code == 0
    assert len(cells(sheet_of(sheet.read_bytes()))) == 1


def test_the_picture_options_count(film: Path, run: Callable) -> None:
    made = {
        options: run(film, "-n", 2, "-o", film.with_name("a.png"), "-y", *options).code
        or film.with_name("a.png").read_bytes()
        for options in ((), ("--temperature", "1"), ("--window", "0"), ("--cuts", "off"))
    }
    assert made[()] != made["--temperature", "1"]
    assert made[()] != made["--window", "0"]
    assert 1 not in made.values()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("photo.jpg",), "photo.jpg: preview is for films; colorize a photograph"),
        (("film.mkv", "-o", "sheet.jpg"), "sheet.jpg: the sheet is a PNG; name it .png"),
        (("film.mkv", "--cuts", "nowhere.txt"), "nowhere.txt: can't be read"),
    ],
)
def test_what_can_t_be_is_wrong_usage(
    film: Path, run: Callable, arguments: tuple[str, ...], problem: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(film.parent)
    wrong = run(*arguments)
    assert (wrong.code, wrong.out) == (2, "")
    assert problem in wrong.err
    assert sorted(p.name for p in film.parent.iterdir()) == ["film.mkv", "small.safetensors"]


def test_no_film_no_sheet(tmp_path: Path, run: Callable) -> None:
    (tmp_path / "a.mkv").write_bytes(b"no film")
    failed = run(tmp_path / "a.mkv")
    assert (failed.code, failed.out) == (1, "")
    assert failed.err.startswith(f"Error: {tmp_path / 'a.mkv'}: not a film")
    assert not (tmp_path / "a.preview.png").exists()


def test_shown_or_not_the_path_is_printed(film: Path, run: Callable) -> None:
    shown = run(film, "-n", 1, "--show")
    assert (shown.code, shown.out, shown.err) == (0, f"{film.with_name('film.preview.png')}\n", "")
