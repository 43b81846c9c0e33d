"""Tuning sheets: every cell the film's own colour, in its place, with the command that makes it."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from clips import make_clip, packets_of, planes_of, tags_of, times_of
from PIL import Image
from test_preview import TICK, film, sheet_of, shots

from vidcolor.cli.grid import Cell
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.controls import Controls
from vidcolor.colorize.settings import ColorSettings
from vidcolor.colorize.variants import Variant
from vidcolor.draw.sheet import GAP, GROUND, INK, contact_sheet
from vidcolor.input.reader import Reader
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.net.predictor import Predictor
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.film import colorize_file
from vidcolor.pipeline.film_variants import colorize_variants, reaches
from vidcolor.pipeline.survey import survey_film
from vidcolor.preview.colored_frames import only_first
from vidcolor.preview.stored import chroma_shape
from vidcolor.temporal.kernel import ExponentialDecay

__all__ = ["film"]

FFV1 = EncoderSettings("ffv1")


def variants_of(checkpoint: Checkpoint, engine: str = "auto") -> list[Variant]:
    """Of different decodings, kernels, sizes and cuts; one is pooled."""
    first = Colorizer(checkpoint, precision="fp32", engine=engine, batch_size=5)

    def colorizer(**options: Any) -> Colorizer:
        return Colorizer(checkpoint, **{"batch_size": 5, "predictor": first.predictor, **options})

    vivid = replace(checkpoint.decoding, temperature=0.1)
    large = replace(checkpoint.decoding, working_size=96)
    pooled = replace(checkpoint.decoding, pool=True, saturation=1.2)
    return [
        Variant(first),
        Variant(colorizer(decoding=vivid, controls=Controls(1.5, 0.2)), (Fraction(33, 25),)),
        Variant(colorizer(kernel=ExponentialDecay(0.1, 30, 4)), ()),
        Variant(colorizer(decoding=large, motion=False)),
        Variant(colorizer(decoding=pooled)),
    ]


def whole(path: Path, variant: Variant) -> dict[Fraction, list[np.ndarray]]:
    """By time, the planes of the whole film as the variant makes it."""
    output = path.with_name("whole.mkv")
    colorize_file(path, output, variant.colorizer, encoder=FFV1, cuts=variant.cuts, overwrite=True)
    return dict(zip(times_of(output), planes_of(output), strict=True))


def frames_of(
    path: Path, variants: Sequence[Variant], start: Fraction, duration: Fraction | None
) -> list[tuple[Fraction, np.ndarray, list[np.ndarray]]]:
    """Time, luma and chroma of the frames that `colorize_variants` gives."""
    run_up, run_out = reaches(variants)
    span = {} if duration is None else {"duration": duration, "run_out": run_out}
    with Reader(path, start=start, run_up=run_up, **span) as reader:
        stored = survey_film(path, reader.picture).film(chroma_shape(reader.picture))
        items = reader if span else only_first(reader, run_out)
        return [
            (reader.seconds(each.frame), each.frame.luma.copy(), each.chromas)
            for made, _ in colorize_variants(reader, items, stored, variants)
            for each in made
        ]


@pytest.mark.parametrize(
    ("indices", "engine"),
    [
        ((31, 99), "auto"),
        ((31, 99), "torch"),
        pytest.param((0, 35, 57), "auto", marks=pytest.mark.long),
    ],
)
def test_each_cell_is_the_film_s_bit_for_bit(
    film: Path, checkpoint: Checkpoint, indices: tuple[int, ...], engine: str
) -> None:
    variants = variants_of(checkpoint, engine)
    films = [whole(film, variant) for variant in variants]
    for index in indices:
        ((time, luma, chromas),) = frames_of(film, variants, index * TICK, None)
        assert time == index * TICK
        assert len({chroma.tobytes() for chroma in chromas}) == len(variants)
        for made, chroma in zip(films, chromas, strict=True):
            assert np.array_equal(made[time][0], luma)
            assert np.array_equal(made[time][1:], chroma)


def test_so_is_each_frame_of_a_clip(film: Path, checkpoint: Checkpoint) -> None:
    variants = variants_of(checkpoint)
    films = [whole(film, variant) for variant in variants]
    shown = frames_of(film, variants, 26 * TICK, 14 * TICK)
    assert [time for time, *_ in shown] == [index * TICK for index in range(26, 40)]
    for time, _, chromas in shown:
        for made, chroma in zip(films, chromas, strict=True):
            assert np.array_equal(made[time][1:], chroma)


def test_so_it_is_with_fields_and_bars(tmp_path: Path, checkpoint: Checkpoint) -> None:
    path, pictures = tmp_path / "a.mkv", shots()[:40]
    for picture in pictures:
        picture[:8] = picture[-8:] = 16
    make_clip(path, pictures=pictures, times=range(40), time_base=TICK, gop=4, fields="tff")
    variants = variants_of(checkpoint)[:2]
    ((time, _, chromas),) = frames_of(path, variants, 20 * TICK, None)
    for variant, chroma in zip(variants, chromas, strict=True):
        assert np.array_equal(whole(path, variant)[time][1:], chroma)
        assert (chroma[:, :4] == 128).all()


# The command


@pytest.fixture
def run(vidcolor: Callable, weights: Path) -> Callable:
    """Runs `vidcolor tune` with the small weights."""
    return lambda *arguments: vidcolor("tune", "--weights", weights, *arguments)


def framed(sheet: np.ndarray) -> list[tuple[int, int]]:
    """The middles, x and y, of what is framed brightly."""
    thick = cv2.erode((sheet == INK).all(2).astype(np.uint8), np.ones((3, 3), np.uint8))
    count, _, boxes, _ = cv2.connectedComponentsWithStats(thick)
    return [(left + w // 2, top + h // 2) for left, top, w, h, _ in boxes[1:count].tolist()]


def pictures_of(sheet: np.ndarray, size: tuple[int, int]) -> list[np.ndarray]:
    """The pictures of this size, (height, width), row by row; they have no pixel of the ground."""
    inside = (sheet != GROUND).any(2) & (sheet != INK).any(2)
    count, _, boxes, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8), connectivity=4)
    found = [boxes[i] for i in range(1, count) if (boxes[i][3], boxes[i][2]) == size]
    rows = sorted(found, key=lambda box: (box[1], box[0]))
    return [sheet[top : top + height, left : left + width] for left, top, width, height, _ in rows]


def test_a_photograph_s_cells_are_what_colorize_writes(
    run: Callable, vidcolor: Callable, weights: Path, tmp_path: Path
) -> None:
    coarse = np.random.default_rng(0).integers(60, 200, (6, 8)).astype(np.uint8)
    grey = cv2.resize(coarse, (256, 192), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(tmp_path / "a.png"), grey)
    options = ("--over", "temperature=0.1,0.5", "--over", "saturation=0.5,1,2")
    first = run(tmp_path / "a.png", *options)
    assert (first.code, first.out, first.err) == (0, f"{tmp_path / 'a.tune.png'}\n", "")
    cells = pictures_of(sheet_of((tmp_path / "a.tune.png").read_bytes()), (192, 256))
    assert len(cells) == 6
    for number, cell in enumerate(cells, 1):
        line = run(tmp_path / "a.png", *options, "--pick", number).out
        program, *arguments = shlex.split(line)
        assert program == "vidcolor"
        assert vidcolor(*arguments, "--overwrite", "--quiet").code == 0
        written = np.asarray(Image.open(tmp_path / "a.color.png").convert("RGB"))
        assert np.array_equal(cell, written)


def test_the_default_is_framed_and_the_sheet_lies_beside_the_film(
    film: Path, run: Callable
) -> None:
    first = run(film)
    path = film.with_name("film.tune.png")
    assert (first.code, first.out, first.err) == (0, f"{path}\n", "")
    sheet = sheet_of(path.read_bytes())
    cells = pictures_of(sheet, (48, 64))
    assert len(cells) == 15
    height, width, _ = sheet.shape
    ((x, y),) = framed(sheet)
    assert (5 * x // width, 3 * y // height) == (2, 0)  # temperature 0.5, rebalance 0.25
    again = run(film)
    assert (again.code, again.out) == (2, "")
    assert f"{path}: exists already; --overwrite replaces it" in again.err


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (("--over", "temperature=0.3,0.4"), 0),
        (("--over", "temperature=0.3,0.5"), 1),
        (("--over", "look-ahead=0,10", "--over", "cuts=off,auto"), 1),
    ],
)
def test_one_cell_is_framed_if_the_defaults_are_among_them(
    film: Path, run: Callable, options: tuple[str, ...], count: int
) -> None:
    assert run(film, *options, "-o", film.with_name("a.png")).code == 0
    sheet = sheet_of(film.with_name("a.png").read_bytes())
    assert len(framed(sheet)) == count


def test_several_moments_stand_below_each_other(film: Path, run: Callable) -> None:
    for options in (("--moments", 2), ("--at", 0, "--at", "0:02")):
        run(film, "--over", "decay=0.1,0.2,0.3", "-o", film.with_name("a.png"), "-y", *options)
        sheet = sheet_of(film.with_name("a.png").read_bytes())
        assert len(pictures_of(sheet, (48, 64))) == 6


def test_the_network_sees_a_frame_once_whatever_varies(
    film: Path, run: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    probabilities = Predictor.probabilities

    def counted(self: Any, luma: Any) -> Any:
        seen.append(len(luma))
        return probabilities(self, luma)

    monkeypatch.setattr(Predictor, "probabilities", counted)
    counts = []
    for every, options in (
        (1, ("--over", "temperature=0.5")),
        (1, ("--over", "temperature=0.1,0.5,1", "--over", "cuts=auto,off")),
        (1, ("--over", "decay=0.1,0.2", "--over", "motion=on,off")),
        (3, ("--over", "temperature=0.5")),
        (3, ("--over", "temperature=0.1,0.5,1", "--over", "decay=0.1,0.2")),
    ):
        seen.clear()
        sheet = film.with_name("a.png")
        done = run(film, "--at", 1, "-o", sheet, "-y", "--every", every, *options)
        assert done.code == 0
        counts.append(len(seen))
    assert counts[0] == counts[2] <= counts[1] <= counts[0] + 2
    assert counts[3] == counts[4] < counts[0]


def test_the_title_card_is_not_shown(tmp_path: Path, run: Callable, weights: Path) -> None:
    card = np.full((48, 64), 16, np.uint8)
    pictures = [card] * 40 + shots()[:20]
    make_clip(tmp_path / "a.mkv", pictures=pictures, times=range(60), time_base=TICK, gop=5)
    run(tmp_path / "a.mkv", "--over", "temperature=0.1")
    (cell,) = pictures_of(sheet_of((tmp_path / "a.tune.png").read_bytes()), (48, 64))
    assert np.ptp(cell.astype(int), axis=2).max() > 20


def test_a_clip_is_a_film_of_sheets_with_its_sound(tmp_path: Path, run: Callable) -> None:
    path = tmp_path / "a.mkv"
    make_clip(
        path, pictures=shots(), times=range(100), time_base=TICK, gop=20, audio="flac", rotation=90
    )
    made = run(path, "--clip", "0.4", "--at", "0:01", "--over", "temperature=0.1,0.5,1")
    output = tmp_path / "a.tune.mkv"
    assert (made.code, made.out) == (0, f"{output}\n")
    assert times_of(output) == [index * TICK for index in range(10)]
    assert [p[2] for p in packets_of(output, "audio")] == [
        payload for _, time, payload in packets_of(path, "audio") if 1 <= time < Fraction("1.4")
    ]
    assert tags_of(output)["comment"].startswith("vidcolor ")
    run(path, "--at", "0:01.12", "--over", "temperature=0.1,0.5,1")
    still = sheet_of((tmp_path / "a.tune.png").read_bytes()).astype(int)
    with av.open(str(output)) as film:
        frame = list(film.decode(video=0))[3].to_ndarray(format="rgb24").astype(int)
    heading = 24
    height, width, _ = frame.shape
    assert np.abs(frame - still[:height, :width])[heading:].mean() < 4
    again = run(path, "--clip", 1)
    assert (again.code, again.out) == (2, "")


def test_beyond_the_end_there_is_nothing_that_takes_longer(film: Path, run: Callable) -> None:
    wrong = run(film, "--at", "9:00")
    assert (wrong.code, wrong.err.count("\n")) == (2, 1)


def test_a_clip_begins_early_enough_to_be_as_long_as_asked(tmp_path: Path, run: Callable) -> None:
    card = np.full((48, 64), 16, np.uint8)
    pictures = [card] * 40 + shots()[:20]
    make_clip(tmp_path / "a.mkv", pictures=pictures, times=range(60), time_base=TICK, gop=5)
    assert run(tmp_path / "a.mkv", "--clip", "2", "--over", "temperature=0.1").code == 0
    assert len(times_of(tmp_path / "a.tune.mkv")) == 50


def test_a_clip_tells_what_it_leaves_out(tmp_path: Path, run: Callable) -> None:
    path = tmp_path / "a.mkv"
    make_clip(path, pictures=shots()[:20], times=range(20), time_base=TICK, audio="flac")
    made = run(path, "--clip", "0.2", "--over", "temperature=0.1", "-o", tmp_path / "a.webm")
    assert (made.code, made.out) == (0, f"{tmp_path / 'a.webm'}\n")
    assert made.err == f"{path}: left out: audio stream 1 (flac): .webm can't hold it\n"


@pytest.mark.parametrize(
    ("command", "folder"),
    [
        pytest.param(command, folder, marks=() if i == j else pytest.mark.long)
        for i, command in enumerate(("preview", "tune", "confidence", "palette"))
        for j, folder in enumerate((".", "/", "", ".."))
    ],
)
def test_a_folder_is_no_film(
    vidcolor: Callable, command: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    wrong = vidcolor(command, folder)
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.err.count("\n") == 1
    assert "--rate 24" in wrong.err


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--pick", 1), "colorize film.mkv --temperature 0.12 "),
        (("--pick", 3), "colorize film.mkv "),
        (("--pick", 15), "colorize film.mkv --temperature 2 --rebalance 0.85 "),
        (("--pick", 2, "--temperature", 0.6), "colorize film.mkv --temperature 0.3 "),
        (("--pick", 3, "--saturation", 1.5), "colorize film.mkv --saturation 1.5 "),
        (("--pick", 2, "--over", "min-confidence=0,.2"), "colorize film.mkv --min-confidence 0.2 "),
        (("--pick", 1, "--over", "window=0,20"), "colorize film.mkv --window 0 "),
        (("--pick", 2, "--over", "window=0,20"), "colorize film.mkv "),
        (("--pick", 1, "--over", "pool=on,off"), "colorize film.mkv --pool on "),
        (("--pick", 2, "--over", "pool=on,off"), "colorize film.mkv "),
    ],
)
def test_a_pick_is_the_command_line_and_needs_no_film(
    run: Callable, weights: Path, arguments: tuple[Any, ...], line: str
) -> None:
    picked = run("film.mkv", *arguments)
    assert (picked.code, picked.err) == (0, "")
    words = shlex.split(picked.out)
    at = words.index("--weights")
    assert words.pop(at + 1) == str(weights)
    del words[at]
    assert " ".join(words) == f"vidcolor {line}".strip()


def test_names_are_quoted_and_are_no_options(run: Callable) -> None:
    assert "'old film.mkv'" in run("old film.mkv", "--pick", 1).out
    assert " ./-film.mkv " in run("--pick", 1, "--", "-film.mkv").out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--over", "temprature=1"), "there is no 'temprature' to vary; do you mean temperature?"),
        (("--over", "SATURATION=1"), "there is no 'SATURATION' to vary; do you mean saturation?"),
        (("--over", "=1"), "there is no '' to vary; choose from: weights, temperature, "),
        (("--over", "temperature"), "write temperature=VALUE,VALUE,..., not 'temperature'"),
        (("--over", "temperature=1,,2"), "write temperature=VALUE,VALUE,..., not"),
        (("--over", "temperature=1,1.0"), "'temperature=1,1.0' has a value twice"),
        (("--over", "temperature=5"), "'--temperature': 5.0 is not in the range 0<=x<=4"),
        (("--over", "motion=some"), "'some' is not one of 'on', 'off'"),
        (("--over", "decay=1", "--over", "decay=2"), "--over takes one option across"),
        (("--over", "decay=1", "--decay", "2"), "--decay is varied by --over"),
        (("--over", "window=" + ",".join(map(str, range(65)))), "65 x 1 cells are more than 64"),
        (("--pick", 16), "there is no cell 16; choose 1 to 15"),
        (("--pick", 0), "there is no cell 0; choose 1 to 15"),
        (("--at", 1, "--moments", 2), "--at and --moments exclude each other"),
        (("--clip", 2, "--moments", 2), "--clip begins at one moment"),
        (("--clip", 0), "the duration is 0 s; give more than 0"),
        (("--clip", 1, "-o", "clip.png"), "clip.png: unknown kind of film .png"),
        (("-o", "sheet.jpg"), "sheet.jpg: the sheet is a PNG; name it .png"),
        (("--at", "9:00"), "no frame at or after 540.000 s"),
    ],
)
def test_what_can_t_be_is_wrong_usage(
    film: Path, run: Callable, arguments: tuple[Any, ...], problem: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(film.parent)
    wrong = run("film.mkv", *arguments)
    assert (wrong.code, wrong.out) == (2, "")
    assert problem in wrong.err
    assert sorted(p.name for p in film.parent.iterdir()) == ["film.mkv", "small.safetensors"]


def test_a_photograph_has_no_moments(run: Callable) -> None:
    wrong = run("photo.jpg", "--moments", 2)
    assert (wrong.code, wrong.out) == (2, "")
    assert "photo.jpg: --at, --moments and --clip are for films" in wrong.err


def test_captions_tell_the_number_and_what_varies_of_files_the_names() -> None:
    settings = ColorSettings("/some/where/old.safetensors", min_confidence=0.25, window=3)
    assert Cell(7, settings, "auto", ("weights", "min_confidence")).label == (
        "7: weights old.safetensors, min-confidence 0.25"
    )


def test_a_heading_fits_on_its_sheet() -> None:
    cell = np.full((20, 30, 3), 200, np.uint8), "1"
    plain, headed = contact_sheet([[cell]]), contact_sheet([[cell]], heading="film.mkv at 0:00:01")
    grown = headed.shape[0] - plain.shape[0]
    assert grown > 0
    ink = np.flatnonzero((headed[: GAP + grown] > 150).any((0, 2)))
    assert GAP <= ink[0] < ink[-1] < headed.shape[1] - GAP / 2
    assert np.array_equal(headed[GAP + grown :, : plain.shape[1]], plain[GAP:])
