"""Confidence: the maps are those of the very probabilities that make the colour."""

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import matplotlib
import numpy as np
import pytest
import torch
from clips import make_clip, planes_of, tags_of, times_of
from PIL import Image
from situation_films import make_parts

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_format import Rectangle
from vidcolor.draw.sheet import GAP, GROUND
from vidcolor.input.reader import Reader
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.film import colorize_file
from vidcolor.pipeline.listener import Listener
from vidcolor.pipeline.photograph import colorize_still
from vidcolor.preview.colored_frames import preview_frames
from vidcolor.preview.confidence import PROBABILITY, RATIO, maps, paint_map
from vidcolor.preview.confidence_sheet import confidence_of_film, mean_over_time, panels
from vidcolor.preview.preview import preview
from vidcolor.temporal.kernel import ExponentialDecay

TICK = Fraction(1, 25)
SIZE = (96, 64)
COUNT = 30
BARS = 8
"""Rows of black above and below the picture."""


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A moving picture between bars, with sound."""
    coarse = np.random.default_rng(2).integers(30, 220, (9, 14)).astype(np.uint8)
    wide = cv2.resize(coarse, (SIZE[0] + COUNT, SIZE[1]), interpolation=cv2.INTER_CUBIC)
    pictures = [wide[:, i : i + SIZE[0]].clip(30, 220) for i in range(COUNT)]
    for picture in pictures:
        picture[:BARS] = picture[-BARS:] = 16
    make_clip(
        tmp_path / "film.mkv",
        codec="libx264",
        size=SIZE,
        pictures=pictures,
        times=range(COUNT),
        time_base=TICK,
        gop=6,
        options={"qp": "0"},
        audio="aac",
    )
    return tmp_path / "film.mkv"


@pytest.fixture
def colorizer(checkpoint: Checkpoint) -> Colorizer:
    return Colorizer(checkpoint, kernel=ExponentialDecay(0.2, 4, 2), precision="fp32")


@pytest.fixture
def run(vidcolor: Callable, weights: Path) -> Callable:
    """Runs `vidcolor confidence` with the small weights."""
    return lambda *arguments: vidcolor("confidence", "--weights", weights, *arguments)


def sheet_of(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def colors(places: np.ndarray) -> np.ndarray:
    rgba = np.asarray(matplotlib.colormaps["viridis"](places))
    return (255 * rgba[..., :3]).round().astype(np.uint8)


# The maps


def test_the_maps_are_the_first_probability_and_its_ratio_to_the_second() -> None:
    probabilities = torch.rand(7, 3, 4).softmax(0)
    probabilities[:, 0, 0] = torch.tensor([0, 0, 1.0, 0, 0, 0, 0])
    found = maps(probabilities)
    ranked = np.sort(probabilities.numpy(), 0)[::-1]
    assert np.array_equal(found[PROBABILITY], ranked[0])
    with np.errstate(divide="ignore"):
        expected = (ranked[0] / ranked[1]).clip(max=10)
    assert np.allclose(found[RATIO].clip(max=10), expected)


def test_scales_are_fixed_and_the_ratio_s_is_logarithmic() -> None:
    assert PROBABILITY(np.array([0, 0.25, 1])).tolist() == [0, 0.25, 1]
    assert RATIO(np.array([1, 10**0.5, 10, 1e6])).tolist() == pytest.approx([0, 0.5, 1, 1])


def test_what_is_not_active_is_ground() -> None:
    level = np.full((3, 5), 0.6, np.float32)
    picture = paint_map(level, Rectangle(16, 48, 0, 90), (64, 100), (32, 50))
    assert (picture[:8] == GROUND).all()
    assert (picture[24:] == GROUND).all()
    assert (picture[:, 45:] == GROUND).all()
    assert np.abs(picture[8:24, :45].astype(int) - colors(np.array(0.6))).max() <= 1


def test_maps_lie_where_their_picture_does(tmp_path: Path, checkpoint: Checkpoint) -> None:
    """A film that is turned, then mirrored: the network is surer of one place than of others."""
    picture = np.full((48, 64), 128, np.uint8)
    picture[4:12, 4:12] = 235
    for turned in (False, True):
        name = tmp_path / f"{turned}.mov"
        make_clip(name, codec="libx264", pictures=[picture] * 2, times=(0, 40),
                  rotation=90 * turned, mirrored=turned, options={"qp": "0"})  # fmt: skip
        with Reader(name) as reader:
            stored = reader.picture
        colorizer = Colorizer(checkpoint, precision="fp32")
        (frame,) = preview_frames(name, stored, [Fraction(0)], colorizer, probabilities=True)
        shown = panels(frame, stored)
        assert {panel.shape for panel in shown} == {(64, 48, 3) if turned else (48, 64, 3)}
        grey = shown[0].astype(int) @ [0.2126, 0.7152, 0.0722]
        row, column = (places.mean() for places in np.nonzero(grey > 220))
        assert (row < 20 and column < 20) if not turned else (row > 44 and column > 28), turned
        unlike = np.abs(shown[1].astype(int) - np.median(shown[1], (0, 1))).sum(2)
        heavy = unlike[:, :24].sum() > unlike[:, -24:].sum()
        assert heavy is not turned, "the map is turned as the picture is"


# Sheets


def test_the_sheet_is_the_preview_s_colour_above_its_maps(film: Path, colorizer: Colorizer) -> None:
    told: list[tuple[int, Fraction, Fraction | None]] = []
    sheet = sheet_of(
        confidence_of_film(
            film, colorizer, count=1, listener=Listener(lambda *each: told.append(each))
        )
    )
    (height, width), left = SIZE[::-1], GAP + (sheet.shape[1] - 2 * GAP - SIZE[0]) // 2
    parts = [
        sheet[top : top + height, left : left + width]
        for top in (GAP + place * (height + 4) for place in range(3))
    ]
    preview_sheet = sheet_of(preview(film, colorizer, count=1))
    middle = preview_sheet.shape[1] // 2
    below = preview_sheet[GAP + height + 4 :][:height]
    assert np.array_equal(parts[0], below[:, middle - width // 2 : middle + width // 2])
    with Reader(film) as reader:
        (frame,) = preview_frames(film, reader.picture, [Fraction(0)], colorizer, None, True)
    assert frame.probabilities is not None
    for part, (scale, figures) in zip(parts[1:], maps(frame.probabilities).items(), strict=True):
        assert (part[:BARS] == GROUND).all()
        assert (part[-BARS:] == GROUND).all()
        active = (SIZE[0], SIZE[1] - 2 * BARS)
        expected = cv2.resize(scale(figures), active, interpolation=cv2.INTER_LINEAR)
        assert np.abs(part[BARS:-BARS].astype(int) - colors(expected)).max() <= 2
        assert len(np.unique(part[BARS:-BARS].reshape(-1, 3), axis=0)) > 5
    assert [frames for frames, *_ in told] == list(range(1, COUNT + 1))


def test_the_curve_is_the_finished_film_s_confidence(film: Path, colorizer: Colorizer) -> None:
    result = colorize_file(
        film, film.with_name("a.mkv"), colorizer, encoder=EncoderSettings("ffv1")
    )
    means, told = mean_over_time(film, colorizer, None)
    assert list(means) == [float(index * TICK) for index in range(COUNT)]
    assert list(means.values()) == list(result.confidence)
    assert told.endswith("each frame")


def test_of_a_long_film_the_curve_has_evenly_spaced_frames(
    tmp_path: Path, checkpoint: Checkpoint
) -> None:
    """Long, measured by what each frame depends on: here on nothing but itself. Its sound goes on
    behind the last of its pictures."""
    make_clip(
        tmp_path / "a.mkv",
        times=range(96),
        time_base=TICK,
        gop=1,
        audio="aac",
        audio_start=Fraction(2),
    )
    colorizer = Colorizer(checkpoint, kernel=ExponentialDecay(window=0), precision="fp32")
    result = colorize_file(
        tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer, encoder=EncoderSettings("ffv1"), cuts=()
    )
    means, told = mean_over_time(tmp_path / "a.mkv", colorizer, ())
    frames = [round(time / TICK) for time in means]
    assert told.endswith("48 frames evenly spaced")
    assert frames == [-(-95 * index // 47) for index in range(48)]
    assert list(means.values()) == [result.confidence[frame] for frame in frames]


# The command


def test_a_sheet_lies_beside_the_film(film: Path, run: Callable) -> None:
    sheet = film.with_name("film.confidence.png")
    first = run(film, "-n", 2)
    assert (first.code, first.out, first.err) == (0, f"{sheet}\n", "")
    again = run(film)
    assert (again.code, again.out) == (2, "")
    assert f"{sheet}: exists already; --overwrite replaces it" in again.err
    assert sheet_of(sheet.read_bytes()).shape[1] > 2 * SIZE[0]


def test_a_photograph_has_a_sheet_of_its_own(
    tmp_path: Path, checkpoint: Checkpoint, run: Callable
) -> None:
    noise = cv2.resize(np.random.default_rng(1).integers(0, 255, (9, 12), np.uint8), (120, 90))
    cv2.imwrite(str(tmp_path / "a.png"), noise)
    made = run(tmp_path / "a.png")
    assert (made.code, made.out, made.err) == (0, f"{tmp_path / 'a.confidence.png'}\n", "")
    sheet = sheet_of((tmp_path / "a.confidence.png").read_bytes())
    colorize_still(tmp_path / "a.png", tmp_path / "b.png", Colorizer(checkpoint))
    colored = cv2.imread(str(tmp_path / "b.png"))[..., ::-1].astype(int)
    left = (sheet.shape[1] - 120) // 2
    assert np.abs(sheet[GAP : GAP + 90, left : left + 120] - colored).max() <= 2


def test_a_video_shows_the_film_beside_its_maps(film: Path, run: Callable) -> None:
    video = film.with_name("a.mkv")
    made = run(film, "-o", video)
    assert (made.code, made.out, made.err) == (0, f"{video}\n", "")
    assert times_of(video) == times_of(film)
    assert "weights=small" in tags_of(video)["comment"]
    with av.open(str(video)) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    height, width = SIZE[::-1]
    assert frames[0].shape[1] == 3 * width + 2 * GAP
    panels = [frames[9][:height, at : at + width] for at in (0, width + GAP, 2 * (width + GAP))]
    luma = panels[0].astype(int) @ [0.2126, 0.7152, 0.0722]
    source = (planes_of(film)[9][0].astype(float) - 16) * 255 / 219
    assert np.abs(luma - source).mean() < 4
    assert np.ptp(panels[0].astype(int), axis=2).max() > 20
    for panel in panels[1:]:
        assert np.abs(panel[: BARS - 2].astype(int) - GROUND).max() < 12
        assert np.ptp(panel[BARS:-BARS].reshape(-1, 3), axis=0).max() > 10
    changing = np.abs(frames[9].astype(int) - frames[0]).max((0, 2)) > 100
    label = frames[9][height + GAP :, :width]
    assert changing[:width].any()
    assert (label > 180).any()


def test_a_turn_that_changes_is_named(tmp_path: Path, run: Callable) -> None:
    make_parts(tmp_path / "a.ts", [{}, {}], turn=90)
    made = run(tmp_path / "a.ts", "-o", tmp_path / "a.mkv")
    assert made.code == 0
    assert "another rotation or mirroring at 0.320 s: taken as at the beginning" in made.err


def test_a_part_of_a_film_shows_what_the_whole_shows(film: Path, run: Callable) -> None:
    """The labels too: their times are the film's."""
    whole, part = film.with_name("whole.mov"), film.with_name("part.mov")
    assert run(film, "-o", whole).code == 0
    assert run(film, "-o", part, "--start", "0.4", "--duration", "0.2").code == 0
    expected, shown = planes_of(whole)[10:15], planes_of(part)
    assert len(shown) == 5
    for before, after in zip(expected, shown, strict=True):
        assert np.abs(before[0].astype(int) - after[0]).mean() < 1.5


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("film.mkv", "-o", "a.jpg"), "a.jpg: name it .png for a sheet, or .mkv, .mp4"),
        (("photo.jpg", "-o", "a.mkv"), "a.mkv: videos are made of films; name the sheet .png"),
        (("film.mkv", "--start", "1"), "--start and --duration are for a video"),
        (("film.mkv", "-o", "a.mp4", "--show"), "a.mp4: --show draws sheets"),
        (("film.mkv", "-o", "film.mkv"), "film.mkv: is the input itself"),
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


@pytest.mark.parametrize("output", ["a.png", "a.mkv"])
def test_no_film_no_picture(tmp_path: Path, run: Callable, output: str) -> None:
    (tmp_path / "film.mkv").write_bytes(b"no film")
    failed = run(tmp_path / "film.mkv", "-o", tmp_path / output)
    assert (failed.code, failed.out) == (1, "")
    assert failed.err.startswith(f"Error: {tmp_path / 'film.mkv'}: not a film")
    assert not (tmp_path / output).exists()
