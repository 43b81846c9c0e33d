"""`vidcolor hints`: what is checked, listed, drawn and suggested."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from clips import make_clip
from hint_films import SHOT, make_shots, middle_of, shots, time_of
from PIL import Image

HEAD = "version = 1\n"


@pytest.fixture
def film(tmp_path: Path) -> Path:
    make_shots(tmp_path / "film.mkv")
    return tmp_path / "film.mkv"


def say(film: Path, *entries: str) -> None:
    """Write a file of hints beside the film."""
    film.with_name(f"{film.stem}.hints.toml").write_text(HEAD + "\n".join(entries))


def point(number: int, color: str = "tan", place: tuple[float, float] | None = None) -> str:
    x, y = place or middle_of(number)
    return f'[[point]]\nat = "{float(time_of(number)):.3f}"\nxy = [{x}, {y}]\ncolor = "{color}"'


def test_check_tells_all_problems_and_notes(
    vidcolor: Callable, film: Path, weights: Path, tmp_path: Path
) -> None:
    Image.new("L", (50, 50), 255).save(tmp_path / "square.png")
    Image.new("RGB", (50, 50)).save(tmp_path / "like.png")
    (tmp_path / "like.png").write_bytes(b"no picture")
    say(
        film,
        point(99),
        point(3),
        point(3, "navy"),
        '[[region]]\nat = "0.1"\ncolor = "tan"\nmask = "square.png"',
        '[[stroke]]\nat = "0.1"\npath = [[0, 0], [1, 1]]\ncolor = "tan"\nfor = "0.1..9"',
        '[[palette]]\ncolors = [["tan", 1.0]]\nfor = "8..9"',
        '[[palette]]\nlike = "like.png"',
    )
    run = vidcolor("hints", "check", film, "--weights", weights, "--device", "cpu")
    assert run.code == 2
    problems = run.out.splitlines()
    for begin in (
        "point 1: at: 3.960 s lies behind the end of the film",
        "region 1: ",
        "palette 1: for: 8.000 s lies behind the end of the film",
        "palette 2: ",
        "point 2 and point 3 lie within one pixel",
    ):
        assert len([line for line in problems if line.startswith(begin)]) == 1, begin
    assert not [line for line in problems if line.startswith("stroke 1")]
    assert "4 of 7 hints can't be used" in run.err


def test_check_is_content_with_good_hints(vidcolor: Callable, film: Path, weights: Path) -> None:
    say(film, point(3))
    run = vidcolor("hints", "check", film, "--weights", weights, "--device", "cpu")
    assert (run.code, run.out) == (0, f"{film}: the only hint can be used\n")
    say(film, point(3), point(12))
    run = vidcolor("hints", "check", film, "--weights", weights, "--device", "cpu")
    assert (run.code, run.out) == (0, f"{film}: all 2 hints can be used\n")


@pytest.mark.parametrize("command", ["check", "list", "draw"])
def test_without_hints_the_file_to_write_is_named(
    vidcolor: Callable, film: Path, weights: Path, command: str
) -> None:
    run = vidcolor("hints", command, film, "--weights", weights, "--device", "cpu")
    assert run.code == 2
    assert f"write them into {film.with_name('film.hints.toml')}" in run.err


@pytest.mark.parametrize("command", ["check", "list", "draw"])
def test_a_film_that_is_not_there_is_no_film_without_hints(
    vidcolor: Callable, tmp_path: Path, command: str
) -> None:
    run = vidcolor("hints", command, tmp_path / "none.mkv")
    assert (run.code, run.err) == (
        1, f"Error: {tmp_path / 'none.mkv'}: no such file; check the name\n",
    )  # fmt: skip


def test_list_has_a_line_for_each(vidcolor: Callable, film: Path, tmp_path: Path) -> None:
    """With the time of its frame, the extent of its shot, and what it says."""
    say(
        film,
        point(SHOT + 4, "#8c1c1c"),
        point(99),
        '[[stroke]]\nat = "0.41"\npath = [[0, 0], [1, 1]]\ncolor = "navy"\nfor = "0.4..0.5"\n'
        "spread = 0.1",
        '[[palette]]\ncolors = [["red", 1], ["tan", 1], ["navy", 1], ["teal", 1]]\nstrength = 0.3',
    )
    run = vidcolor("hints", "list", film)
    assert run.code == 0, run.err
    rows = [[part for part in line.split("  ") if part] for line in run.out.splitlines()]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["stroke 1", "0:00:00.400", "shot 0:00:00.400..0:00:00.800", "navy",
         "strength 1, spread 0.1", "for 0:00:00.400..0:00:00.500"],
        ["point 1", "0:00:00.560", "shot 0:00:00.400..0:00:00.800", "#8c1c1c", "strength 1",
         "for shot"],
        ["point 2", "0:00:03.960", "outside the film", "tan", "strength 1", "for shot"],
        ["palette 1", "-", "-", "red, tan, navy and 1 more", "strength 0.3", "for film"],
    ]  # fmt: skip


def test_of_a_photograph_hints_are_checked_and_listed(
    vidcolor: Callable, tmp_path: Path, weights: Path
) -> None:
    Image.new("L", (96, 72), 90).save(tmp_path / "still.png")
    entry = '[[point]]\nxy = [0.5, 0.5]\ncolor = "{}"'
    say(tmp_path / "still.png", entry.format("tan"), entry.format("navy"))
    run = vidcolor("hints", "check", tmp_path / "still.png", "--weights", weights)
    assert run.code == 0, run.err
    assert run.out.startswith("point 1 and point 2 lie within one pixel")
    assert "all 2 hints can be used, but not quite as asked for: see above" in run.out
    run = vidcolor("hints", "list", tmp_path / "still.png")
    assert run.out == "point 1  tan   strength 1\npoint 2  navy  strength 1\n"
    run = vidcolor("hints", "draw", tmp_path / "still.png", "--weights", weights)
    assert run.code == 2
    assert "draw is for films" in run.err


def test_draw_outlines_each_mark_above_what_came_of_it(
    vidcolor: Callable, tmp_path: Path, weights: Path
) -> None:
    """In two frames; the second is so near to the end that its last frame stands below."""
    film = tmp_path / "film.mkv"
    make_shots(film, [shots(1)[0]] * 40)
    polygon = "[[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]]"
    say(
        film,
        point(2, place=(0.5, 0.5)),
        f'[[region]]\nat = "1.2"\npolygon = {polygon}\ncolor = "#705050"',
    )
    run = vidcolor("hints", "draw", film, "--weights", weights, "--device", "cpu")
    assert run.code == 0, run.err
    sheet = np.asarray(Image.open(film.with_name("film.hints.png"))).astype(int)
    # Nothing else is as bright as the outlines and the captions, which stand below.
    white = (sheet == 255).all(2)[:72]
    columns = np.flatnonzero(white.any(0))
    assert len(columns)
    square = columns[columns > columns[0] + 40]
    assert np.ptp(square) == pytest.approx(48, abs=2)
    assert np.ptp(np.flatnonzero(white[:, square].any(1))) == pytest.approx(36, abs=2)
    again = vidcolor("hints", "draw", film, "--weights", weights, "--device", "cpu")
    assert again.code == 2
    assert "--overwrite" in again.err


def suggested(vidcolor: Callable, *arguments: object) -> dict:
    run = vidcolor("hints", "suggest", *arguments, "--device", "cpu", "--json")
    assert run.code == 0, run.err
    return json.loads(run.out)


def test_suggestions_are_told_and_drawn(
    vidcolor: Callable, film: Path, weights: Path, tmp_path: Path
) -> None:
    x, y = middle_of(4)
    what = [film, "--at", "0.17", "--xy", f"{x},{y}", "--weights", weights]
    told = suggested(vidcolor, *what)
    assert (told["at"], told["xy"]) == ("0:00:00.160", [x, y])
    probabilities = [each["probability"] for each in told["suggestions"]]
    assert probabilities == sorted(probabilities, reverse=True)
    assert 1 < len(probabilities) <= 9
    sheet = tmp_path / "sheet.png"
    run = vidcolor("hints", "suggest", *what, "--sheet", sheet, "--device", "cpu")
    assert [line.split()[0] for line in run.out.splitlines()] == [
        each["color"] for each in told["suggestions"]
    ]
    assert np.asarray(Image.open(sheet)).std((0, 1)).min() > 10


def test_a_hint_at_the_place_comes_first(vidcolor: Callable, film: Path, weights: Path) -> None:
    """Even the color that was the unlikeliest."""
    x, y = middle_of(4)
    what = [film, "--at", "0.16", "--xy", f"{x},{y}", "--weights", weights]
    last = suggested(vidcolor, *what)["suggestions"][-1]["color"]
    say(film, point(4, last))
    first = suggested(vidcolor, *what)["suggestions"][0]["color"]
    apart = [
        int(a[i : i + 2], 16) - int(b[i : i + 2], 16) for a, b in [(first, last)] for i in (1, 3, 5)
    ]
    assert np.abs(apart).max() < 16


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_place_is_one_of_the_picture_that_a_player_shows(
    vidcolor: Callable, tmp_path: Path, weights: Path, rotation: int
) -> None:
    shown = np.full((96, 128), 60, np.uint8)
    shown[16:40, 80:112] = 180
    found = []
    for turned in (0, rotation):
        stored = np.ascontiguousarray(np.rot90(shown, -turned // 90))
        film = tmp_path / f"{turned}.mp4"
        make_clip(
            film, codec="libx264", pictures=[stored] * 3, size=stored.shape[::-1],
            times=range(0, 120, 40), pixels="yuv420p", rotation=turned, options={"qp": "0"},
        )  # fmt: skip
        told = suggested(vidcolor, film, "--at", "0.04", "--xy", "0.75,0.3", "--weights", weights)
        found.append([each["color"] for each in told["suggestions"]])
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--at", "9", "--xy", "0.5,0.5"], "9.000 s lies behind the end of the film"),
        (["--xy", "0.5,0.5"], "say with --at at what time"),
        (["--at", "0.1", "--xy", "0.5;0.5"], "'0.5;0.5' is no place"),
        (["--at", "0.1", "--xy", "0.5,1.5"], "'0.5,1.5' is no place"),
        (["--at", "0.1", "--xy", "nan,0"], "'nan,0' is no place"),
        (["--at", "0.1", "--xy", "0.5,0.02"], "0.5,0.02 lies in the black bars"),
    ],
)
def test_wrong_places_and_times_are_wrong_usage(
    vidcolor: Callable, tmp_path: Path, weights: Path, given: list[str], told: str
) -> None:
    pictures = [np.full((72, 96), 16, np.uint8) for _ in range(6)]
    for number, picture in enumerate(pictures):
        picture[12:60] = 100 + 8 * (np.arange(96) % 2) + number % 2
    make_shots(tmp_path / "film.mkv", pictures)
    run = vidcolor("hints", "suggest", tmp_path / "film.mkv", *given, "--weights", weights)
    assert run.code == 2
    assert told in run.err


def test_a_photograph_has_suggestions_without_a_time(
    vidcolor: Callable, tmp_path: Path, weights: Path
) -> None:
    Image.fromarray(shots(1)[0]).save(tmp_path / "still.png")
    what = [tmp_path / "still.png", "--xy", "1,1", "--weights", weights]
    assert suggested(vidcolor, *what)["at"] is None
    run = vidcolor("hints", "suggest", *what, "--at", "1")
    assert run.code == 2
    assert "a photograph has no times" in run.err
