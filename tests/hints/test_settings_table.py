"""The table of settings in a file of hints, and what `colorize` makes of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vidcolor.colorize.settings import ColorSettings
from vidcolor.errors import InputError, UsageError
from vidcolor.hints.file import Hints
from vidcolor.hints.film_wide import settled
from vidcolor.pipeline.film_settings import film_settings

ALL = """version = 1
[settings]
temperature = 0.3
rebalance = 0
saturation = 1.5
min-confidence = 0.1
pool = true
refine = "levin"
hint-size = 256
like = "mood.png"
like-strength = 0.5
saturation-like = 0.25
sample = 7
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "mood.png").write_bytes(b"a picture")
    return tmp_path / "film.hints.toml"


def test_every_setting_is_read(path: Path) -> None:
    path.write_text(ALL)
    hints = Hints.load(path)
    assert settled(ColorSettings(), hints, ()) == ColorSettings(
        temperature=0.3,
        rebalance=0.0,
        saturation=1.5,
        min_confidence=0.1,
        pool=True,
        refine="levin",
        hint_size=256,
        like=str(path.parent / "mood.png"),
        like_strength=0.5,
        saturation_like=0.25,
        sample=7,
    )
    assert not hints
    assert hints.sha256 == Hints().sha256


def test_what_is_given_otherwise_wins(path: Path) -> None:
    path.write_text(ALL)
    settings = settled(ColorSettings(temperature=2), Hints.load(path), {"temperature", "pool"})
    assert (settings.temperature, settings.pool, settings.rebalance) == (2, None, 0)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("temperature = 5", "temperature: 5 is not within 0..4"),
        ("temperature = nan", "temperature: nan is not within 0..4"),
        ("temperature = true", "temperature: True is no number"),
        ("temperature = '1'", "temperature: '1' is no number"),
        ("hint-size = 100.5", "hint-size: 100.5 is no whole number"),
        ("pool = 'on'", "pool: 'on' is neither true nor false"),
        ("refine = 'none'", "refine: 'none' is none of 'off' and 'levin'"),
        ("like = 3", "like: 3 is no text; write it in quotes"),
        ("temprature = 1", "unknown key 'temprature'; the nearest is 'temperature'"),
        ("device = 'cpu'", "unknown key 'device'"),
    ],
)
def test_what_is_wrong_is_named(path: Path, line: str, told: str) -> None:
    path.write_text(f"[settings]\n{line}\n".replace("[s", "version = 1\n[s"))
    with pytest.raises(UsageError) as error:
        Hints.load(path)
    assert f"{path}: settings: {told}" in str(error.value)


def test_a_picture_that_is_not_there_is_named(path: Path) -> None:
    path.write_text('version = 1\n[settings]\nlike = "none.png"\n')
    with pytest.raises(InputError, match="settings: like: "):
        Hints.load(path)
    path.write_text("version = 1\nsettings = 3\n")
    with pytest.raises(UsageError, match="write the settings as a table"):
        Hints.load(path)


def test_commands_read_the_table_and_options_win(
    film: Path, weights: Path, vidcolor: Callable[..., Any], tmp_path: Path
) -> None:
    path = film.with_name("film.hints.toml")
    path.write_text("version = 1\n[settings]\ntemperature = 0.25\nrebalance = 0.75\n")
    made = tmp_path / "made.mkv"
    done = vidcolor("colorize", film, "-o", made, "--weights", weights, "--temperature", 0.5)
    assert done.code == 0, done.err
    assert "settings: those of film.hints.toml: rebalance" in done.err
    found = film_settings(made)
    assert (found.temperature, found.rebalance) == (0.5, 0.75)
    # Settings that made a film are all given: the table counts no more.
    again = tmp_path / "again.mkv"
    path.write_text("version = 1\n[settings]\nrebalance = 0.1\n")
    done = vidcolor("colorize", film, "-o", again, "--weights", weights, "--settings-from", made)
    assert done.code == 0, done.err
    assert film_settings(again) == found
    done = vidcolor("colorize", film, "-o", again, "--overwrite", "--weights", weights,
                    "--hints", "none")  # fmt: skip
    assert film_settings(again).rebalance != 0.1


def test_films_of_one_command_have_their_own_settings(
    film: Path, weights: Path, vidcolor: Callable[..., Any], tmp_path: Path
) -> None:
    other = film.with_name("other.mkv")
    other.write_bytes(film.read_bytes())
    for name, value in (("film", 0.2), ("other", 0.9)):
        film.with_name(f"{name}.hints.toml").write_text(
            f"version = 1\n[settings]\nrebalance = {value}\n"
        )
    out = tmp_path / "out"
    for arguments in ((film, other), ("--recursive", film.parent)):
        done = vidcolor("colorize", *arguments, "-o", out, "--weights", weights)
        assert done.code == 0, done.err
        for name, value in (("film", 0.2), ("other", 0.9)):
            assert film_settings(out / f"{name}.color.mkv").rebalance == value
            (out / f"{name}.color.mkv").unlink()
        for path in out.rglob("*"):
            if path.is_file():
                path.unlink()


def test_hints_check_knows_the_table(
    film: Path, weights: Path, vidcolor: Callable[..., Any]
) -> None:
    path = film.with_name("film.hints.toml")
    path.write_text("version = 1\n[settings]\nrebalance = 0.5\n")
    done = vidcolor("hints", "check", film, "--weights", weights)
    assert (done.code, done.out) == (0, f"{film}: the settings can be used; there are no hints\n")
    path.write_text("version = 1\n[settings]\nrebalance = 2\n")
    done = vidcolor("hints", "check", film, "--weights", weights)
    assert done.code == 2
    assert "settings: rebalance: 2 is not within 0..1" in done.err
