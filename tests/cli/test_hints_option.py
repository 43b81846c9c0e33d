"""`--hints` and `--like`: found beside the film, said, told by the output, and read from there."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from clips import planes_of, tags_of
from hint_films import SHOT, make_shots, middle_of, time_of
from PIL import Image

from vidcolor.hints.file import Hints

GIVEN = SHOT + 4
POINT = f"""version = 1
[[point]]
at = "{float(time_of(GIVEN)):.3f}"
xy = {list(middle_of(GIVEN))}
color = "#a04038"
"""
LOSSLESS = ("--encoder", "ffv1", "--precision", "fp32", "-y")


@pytest.fixture
def film(tmp_path: Path) -> Path:
    make_shots(tmp_path / "film.mkv")
    return tmp_path / "film.mkv"


@pytest.fixture
def run(vidcolor: Callable, weights: Path) -> Callable:
    """Runs a command of vidcolor with the small weights."""
    return lambda command, *arguments: vidcolor(command, "--weights", weights, *arguments)


def same(one: Path, other: Path) -> bool:
    pairs = zip(planes_of(one), planes_of(other), strict=True)
    return all(all(map(np.array_equal, a, b)) for a, b in pairs)


def test_the_file_beside_the_film_is_found_and_said(film: Path, run: Callable) -> None:
    plain, found, given, none = (film.with_name(f"{name}.mkv") for name in "abcd")
    assert "hints" not in run("colorize", film, "-o", plain, *LOSSLESS).err
    film.with_name("film.hints.toml").write_text(POINT)
    done = run("colorize", film, "-o", found, *LOSSLESS)
    assert done.code == 0
    assert f"{film}: hints: those of film.hints.toml\n" in done.err
    film.with_name("film.hints.toml").rename(film.with_name("other.toml"))
    run("colorize", film, "-o", given, "--hints", film.with_name("other.toml"), *LOSSLESS)
    film.with_name("other.toml").rename(film.with_name("film.hints.toml"))
    assert "hints" not in run("colorize", film, "-o", none, "--hints", "none", *LOSSLESS).err
    assert same(found, given)
    here = run("colorize", film, "-o", "-", "--hints", "./none", *LOSSLESS)
    assert here.code == 2
    assert "none: can't be read" in here.err
    assert same(plain, none)
    assert not same(plain, found)


def test_of_a_frame_sequence_it_lies_beside_the_folder(tmp_path: Path, run: Callable) -> None:
    (tmp_path / "reel").mkdir()
    for number in range(4):
        Image.fromarray(np.full((48, 64), 120, np.uint8)).save(tmp_path / f"reel/{number:04}.png")
    (tmp_path / "reel.hints.toml").write_text(POINT.replace("0.560", "0"))
    for name in ("reel", "reel/%04d.png"):
        done = run("colorize", tmp_path / name, "--rate", 24, "-o", tmp_path / "a.mkv", "-y")
        assert done.code == 0
        assert ("hints: those of reel.hints.toml" in done.err) is (name == "reel")


def test_an_empty_file_makes_the_very_same_film(film: Path, run: Callable) -> None:
    plain, empty = film.with_name("a.mkv"), film.with_name("b.mkv")
    run("colorize", film, "-o", plain, *LOSSLESS)
    film.with_name("film.hints.toml").write_text("version = 1\n")
    assert run("colorize", film, "-o", empty, *LOSSLESS).code == 0
    assert same(plain, empty)
    assert tags_of(plain)["comment"] == tags_of(empty)["comment"]


def test_two_films_that_share_a_file_are_told(film: Path, run: Callable) -> None:
    film.with_name("film.hints.toml").write_text(POINT)
    film.with_name("film.mp4").write_bytes(film.read_bytes())
    done = run("colorize", film, "-o", film.with_name("a.mkv"), *LOSSLESS)
    assert "film.hints.toml holds for film.mp4 too; rename it, or name one with --hints" in done.err


def test_one_file_is_for_one_film(film: Path, run: Callable) -> None:
    film.with_name("other.toml").write_text(POINT)
    make_shots(film.with_name("b.mkv"))
    done = run("colorize", film, film.with_name("b.mkv"), "--hints", film.with_name("other.toml"))
    assert done.code == 2
    assert done.err.startswith("Error: --hints FILE is for one film")


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (POINT.replace("at =", "att ="), 2, "point 1: unknown key 'att'"),
        (POINT.replace("0.560", "9"), 2, "point 1: at: 9.000 s lies behind the end of the film"),
        (POINT + '[[palette]]\nlike = "gone.jpg"\n', 1, "gone.jpg is not there"),
        (
            'version = 1\n[[region]]\nat = "0"\ncolor = "tan"\nmask = "tall.png"\n',
            2,
            "region 1: {folder}/tall.png: the mask is 20x90, of another aspect",
        ),
    ],
)
def test_what_is_wrong_is_one_line(
    film: Path, run: Callable, text: str, code: int, line: str
) -> None:
    Image.fromarray(np.zeros((90, 20), np.uint8)).save(film.with_name("tall.png"))
    film.with_name("film.hints.toml").write_text(text)
    done = run("colorize", film, "-o", film.with_name("out.mkv"))
    assert done.code == code
    assert line.format(folder=film.parent) in done.err.splitlines()[-1]
    assert not film.with_name("out.mkv").exists()


def test_the_output_tells_of_its_hints(film: Path, run: Callable) -> None:
    file, output = film.with_name("film.hints.toml"), film.with_name("a.mkv")
    file.write_text(POINT)
    digest = Hints.load(file).sha256
    done = run("colorize", film, "-o", output, "--json", *LOSSLESS)
    assert json.loads(done.out)["hints"] == digest
    assert f"hints={digest}" in tags_of(output)["comment"]
    again, others, none = (film.with_name(f"{name}.mkv") for name in "bcd")
    done = run("colorize", film, "-o", again, "--settings-from", output, *LOSSLESS)
    assert "whose settings these are" not in done.err
    assert same(output, again)
    file.write_text(POINT.replace("a04038", "308030"))
    done = run("colorize", film, "-o", others, "--settings-from", output, *LOSSLESS)
    assert "hints: others than those of the film whose settings these are" in done.err
    file.unlink()
    done = run("colorize", film, "-o", none, "--settings-from", output, *LOSSLESS)
    assert "hints: none, but the film whose settings these are had some" in done.err


def test_a_picture_to_be_like_is_told_and_looked_at_again(film: Path, run: Callable) -> None:
    still, output = film.with_name("still.png"), film.with_name("a.mkv")
    Image.new("RGB", (40, 30), "#335577").save(still)
    like = ("--like", still, "--like-strength", 0.5, "--saturation-like", 0.2)
    assert run("colorize", film, "-o", output, *like, *LOSSLESS).code == 0
    comment = tags_of(output)["comment"]
    assert "like-strength=0.5 saturation-like=0.2" in comment
    again = film.with_name("b.mkv")
    assert run("colorize", film, "-o", again, "--settings-from", output, *LOSSLESS).code == 0
    assert same(output, again)
    Image.new("RGB", (40, 30), "#775533").save(still)
    done = run("colorize", film, "-o", again, "--settings-from", output, *LOSSLESS)
    assert done.code == 1
    assert "is another picture than the film was made with" in done.err
    assert run(
        "colorize", film, "-o", again, "--settings-from", output, "--like", still, *LOSSLESS
    ).code == 0  # fmt: skip
    still.unlink()
    done = run("colorize", film, "-o", again, "--settings-from", output, *LOSSLESS)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "is not there; name the picture with --like" in done.err


def test_a_strength_needs_a_picture(film: Path, run: Callable) -> None:
    for command, *asked in (
        ("colorize", "--like-strength", 0.5),
        ("tune", "--over", "like-strength=0,.5,1"),
    ):
        done = run(command, film, *asked)
        assert done.code == 2
        assert done.err == (
            "Error: --like-strength says how far --like goes; name a picture with --like\n"
        )


def test_photographs_have_hints_without_times(tmp_path: Path, run: Callable) -> None:
    photo = tmp_path / "photo.png"
    Image.fromarray(np.full((48, 64), 120, np.uint8)).save(photo)
    file = tmp_path / "photo.hints.toml"
    file.write_text('version = 1\n[[point]]\nxy = [0.5, 0.5]\ncolor = "#a04038"\n')
    done = run("colorize", photo, "-o", tmp_path / "red.png")
    assert done.code == 0
    assert "hints: those of photo.hints.toml" in done.err
    red, green, blue = np.asarray(Image.open(tmp_path / "red.png"))[24, 32].astype(int)
    assert red > green + 50
    assert red > blue + 50
    file.write_text(file.read_text() + 'at = "3"\n')
    done = run("colorize", photo, "-o", tmp_path / "late.png")
    assert done.code == 2
    assert "point 1: at: a photograph has no times; leave it out" in done.err


def test_other_commands_take_them_too(film: Path, run: Callable) -> None:
    film.with_name("film.hints.toml").write_text(POINT)
    for command in ("preview", "tune", "confidence", "palette"):
        done = run(command, film, "-y", *(() if command == "tune" else ("-n", 2)))
        assert done.code == 0, done.err
        assert "hints: those of film.hints.toml" in done.err
    still = film.with_name("still.png")
    Image.new("RGB", (40, 30), "#335577").save(still)
    over = ("--over", "like-strength=0,.5,1", "--like", still, "--hints", "none")
    assert run("tune", film, "-y", *over).code == 0
    picked = run("tune", film, "--pick", 2, *over)
    assert picked.out.endswith(f"--like {still} --like-strength 0.5 --hints none\n")
