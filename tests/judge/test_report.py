"""The page about a film: all of the run is on it, and nothing outside it."""

import json
import os
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import make_clip, times_of
from pages import Page, pixels

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.judge import report as film_report
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.pipeline.film import colorize_file

NAME = "<b>&'.mkv"


@pytest.fixture
def colorize(vidcolor: Callable, weights: Path) -> Callable:
    """Runs `vidcolor colorize` with the small weights and a fast encoder."""

    def run(*arguments: object) -> object:
        return vidcolor("colorize", "--weights", weights, "--preset", "ultrafast", *arguments)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Holds film.mkv, and cuts.txt with times at which three shots begin."""
    make_clip(tmp_path / "film.mkv")
    (tmp_path / "cuts.txt").write_text("0.16\n0.24\n")
    return tmp_path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def reported(path: Path) -> Page:
    page = Page(path.read_text(encoding="utf-8"))
    assert page.stands_alone()
    return page


def test_the_page_is_whole_and_stands_alone(folder, colorize):
    film, path = folder / NAME, folder / "page.html"
    make_clip(film, second_video=True)
    run = colorize(film, "--cuts", folder / "cuts.txt", "--report", path, "--temperature", 0.75)
    assert (run.code, run.out.count("\n")) == (0, 1)
    page = reported(path)
    assert "".join(page.texts["h1"]) == f"{NAME} in colour"
    assert page.texts["h2"] == ["Settings", "Notes", "Over time", "Shots"]
    lines = page.texts["li"]
    for setting in (
        "weights: small", "temperature: 0.75", "rebalance: 0.25", "look-ahead: 10",
        f"cuts: {folder / 'cuts.txt'}", "encoder: libx264 crf=18 preset=ultrafast",
    ):  # fmt: skip
        assert setting in lines
    assert any(line.startswith("left out: video stream 1") for line in lines)
    assert "12 frames, 0.5 s, 64x48;" in page.texts["p"][0]


def test_every_shot_has_a_row_and_is_shown_before_and_after(folder, colorize):
    path = folder / "page.html"
    assert colorize(
        folder / "film.mkv", "--cuts", folder / "cuts.txt", "--report", path
    ).code == 0  # fmt: skip
    page = reported(path)
    heading, *shots, film = page.rows
    assert heading[:5] == ["shot", "before", "after", "from s", "to s"]
    assert heading[-1] == "confidence"
    assert [(row[0], *row[3:5]) for row in shots] == [
        ("1", "0.00", "0.16"), ("2", "0.16", "0.24"), ("3", "0.24", "0.48"),
    ]  # fmt: skip
    assert (film[0], *film[1:5]) == ("all", "", "", "0.00", "0.48")
    for row in shots:
        before, after = pixels(row[1]), pixels(row[2])
        assert before.shape == (48, 64)
        assert after.shape == (48, 64, 3)
        assert np.ptp(after.astype(int), axis=2).mean() > 5
        assert 0.125 < float(row[-1]) < 1
    assert len(page.sources) == 1 + 2 * len(shots)
    assert pixels(page.sources[0]).shape[1] > 800


def test_confidence_is_the_mean_over_the_shot(folder, checkpoint: Checkpoint):
    colorizer = Colorizer(checkpoint, precision="fp32", batch_size=4)
    cuts = (Fraction(16, 100), Fraction(24, 100))
    result = colorize_file(folder / "film.mkv", folder / "b.mkv", colorizer, cuts=cuts)
    assert result.shots == (0, 4, 6)
    assert len(result.confidence) == 12
    page = Page(film_report.film_report(folder / "film.mkv", result, {}))
    means = [np.mean(result.confidence[part]) for part in (slice(4), slice(4, 6), slice(6, 12))]
    means.append(np.mean(result.confidence))
    assert [row[-1] for row in page.rows[1:]] == [f"{mean:.3f}" for mean in means]


def test_where_colour_was_kept_there_is_no_confidence(folder, colorize):
    film, path = folder / "part.mkv", folder / "page.html"
    make_clip(film, colored=range(4, 6))
    options = ["--only-gray", "--cuts", folder / "cuts.txt", "--report", path]
    assert colorize(film, *options).code == 0
    page = reported(path)
    assert [row[-1] == "-" for row in page.rows[1:]] == [False, True, False, False]
    assert "2 frames had colour: kept as it was" in page.texts["li"]
    assert "only-gray: on" in page.texts["li"]


def test_a_span_has_its_own_times(folder, colorize):
    path = folder / "page.html"
    options = ["--start", "0.08", "--duration", "0.2", "--cuts", folder / "cuts.txt"]
    assert colorize(folder / "film.mkv", *options, "--report", path).code == 0
    page = reported(path)
    assert {"start: 0.08 s", "duration: 0.2 s"} <= set(page.texts["li"])
    assert [row[3:5] for row in page.rows[1:-1]] == [
        ["0.00", "0.08"], ["0.08", "0.16"], ["0.16", "0.20"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rotation", "mirrored", "aspect", "shape"),
    [
        (0, False, Fraction(2), (48, 128)),
        (90, False, Fraction(2), (128, 48)),
        (-90, True, None, (64, 48)),
        (180, True, Fraction(1, 2), (48, 32)),
    ],
)
def test_thumbnails_are_upright_and_of_true_aspect(
    folder, colorize, rotation, mirrored, aspect, shape
):
    corners = np.array([[40, 90], [140, 200]], np.uint8)
    picture = corners.repeat(24, 0).repeat(32, 1)
    make_clip(
        folder / "a.mkv", codec="libx264", options={"qp": "0"}, pictures=[picture] * 3,
        times=(0, 40, 80), color_range=2, rotation=rotation, mirrored=mirrored, aspect=aspect,
    )  # fmt: skip
    assert colorize(folder / "a.mkv", "--report", folder / "page.html").code == 0
    expected = np.rot90(corners, rotation // 90)
    expected = expected[:, ::-1] if mirrored else expected
    before, after = (pixels(source) for source in reported(folder / "page.html").rows[1][1:3])
    assert before.shape == after.shape[:2] == shape
    height, width = shape
    seen = before.reshape(2, height // 2, 2, width // 2).mean((1, 3))
    assert np.abs(seen - expected).max() < 4


def test_thumbnails_fit_their_box(folder, colorize):
    make_clip(folder / "a.mkv", size=(640, 360), times=(0, 40))
    assert colorize(folder / "a.mkv", "--report", folder / "page.html").code == 0
    assert pixels(reported(folder / "page.html").rows[1][1]).shape == (99, 176)


def test_of_many_shots_some_are_shown_evenly_chosen(folder, colorize, monkeypatch):
    monkeypatch.setattr(film_report, "THUMBNAILS", 3)
    (folder / "cuts.txt").write_text("\n".join(f"{0.08 * i:.2f}" for i in range(1, 5)))
    path = folder / "page.html"
    options = ["--cuts", folder / "cuts.txt", "--report", path]
    assert colorize(folder / "film.mkv", *options).code == 0
    page = reported(path)
    assert "3 of 5 shots, evenly chosen, are pictured." in page.texts["p"]
    assert [bool(row[1]) for row in page.rows[1:]] == [True, False, True, False, True, False]


def test_a_name_that_is_no_text(folder, colorize):
    film = folder / os.fsdecode(b"caf\xe9.mkv")
    (folder / "film.mkv").rename(film)
    assert colorize(film, "--quiet", "--report", folder / "page.html").code == 0
    assert reported(folder / "page.html").texts["h1"] == ["caf?.mkv in colour"]


def test_a_film_of_one_frame(folder, colorize):
    make_clip(folder / "a.mkv", size=(3, 2), times=(0,))
    assert colorize(folder / "a.mkv", "--report", folder / "page.htm").code == 0
    assert [len(row) for row in reported(folder / "page.htm").rows] == [13] * 3


# The command


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--report", "page.png"], "page.png: the report is a page; name it .html"),
        (["--report", "old.html"], "old.html: exists already; --overwrite replaces it"),
        (["-o", "-", "--report", "page.html"], "--report reads the finished film again"),
        (["other.mkv", "--report", "page.html"], "--report tells of one film"),
        (["-o", "link.mkv", "-y", "--report", "link.html"], "link.html: is the output itself"),
    ],
)
def test_wrong_usage_is_named_before_any_work(folder, colorize, monkeypatch, arguments, words):
    monkeypatch.chdir(folder)
    make_clip(folder / "other.mkv")
    (folder / "old.html").write_text("precious")
    (folder / "link.html").symlink_to("link.mkv")
    before = names(folder)
    run = colorize("film.mkv", *arguments)
    assert (run.code, run.out, run.err.count("\n")) == (2, "", 1)
    assert words in run.err
    assert names(folder) == before
    assert (folder / "old.html").read_text() == "precious"


def test_photographs_have_no_report(folder, colorize):
    run = colorize(folder / "photo.png", "--report", folder / "page.html")
    assert run.code == 2
    assert "photo.png: --start, --duration, --only-gray, --two-pass, --verify and --rep" in run.err


@pytest.mark.parametrize("link", ["page.html", "link.html"])
def test_the_report_is_never_the_input(folder, colorize, link):
    film = folder / "page.html"
    (folder / "film.mkv").rename(film)
    if link != film.name:
        (folder / link).symlink_to(film)
    content = film.read_bytes()
    run = colorize(film, "-o", folder / "b.mkv", "--report", folder / link, "-y")
    assert run.code == 2
    assert f"{link}: is the input itself" in run.err
    assert film.read_bytes() == content


def test_overwrite_replaces_it(folder, colorize):
    (folder / "page.html").write_text("old")
    assert colorize(folder / "film.mkv", "-y", "--report", folder / "page.html").code == 0
    assert reported(folder / "page.html").rows
    assert not [name for name in names(folder) if name.startswith(".")]


def test_a_film_that_is_passed_over_has_no_report(folder, colorize):
    (folder / "film.color.mkv").write_text("there")
    run = colorize(folder / "film.mkv", "-n", "--report", folder / "page.html")
    assert (run.code, run.err.count("skipped")) == (0, 1)
    assert not (folder / "page.html").exists()


def test_a_report_that_has_no_folder_is_refused_before_any_work(folder, colorize):
    run = colorize(folder / "film.mkv", "--report", folder / "none/page.html")
    assert (run.code, run.out) == (1, "")
    assert "none/page.html: its folder does not exist" in run.err
    assert not (folder / "film.color.mkv").exists()


def test_a_report_that_can_t_be_written_leaves_the_film(folder, small_disk, colorize):
    (small_disk / "full").write_bytes(bytes(shutil.disk_usage(small_disk).free - 4096))
    run = colorize(folder / "film.mkv", "--json", "--report", small_disk / "page.html")
    assert run.code == 1
    assert json.loads(run.out)["frames"] == 12
    assert run.err.startswith(f"Error: {small_disk / 'page.html'}: the disk is full; ")
    assert run.err.count("\n") == 1
    assert len(times_of(folder / "film.color.mkv")) == 12
    assert names(small_disk) == {"full"}
