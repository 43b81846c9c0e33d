"""Which reference pictures the options name, and what is wrong with them."""

from fractions import Fraction
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from vidcolor.cli.hint_options import NONE, HintChoice, find_hints
from vidcolor.cli.main import cli
from vidcolor.cli.reference_options import NO_REFERENCES, References
from vidcolor.cli.types import PictureInSpan
from vidcolor.colorize.settings import ColorSettings
from vidcolor.errors import InputError, UsageError
from vidcolor.hints.file import Hints
from vidcolor.hints.marks import ReferencePicture

SPAN = Fraction(70), Fraction("80.5")


def _save(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((8, 8, 3), (200, 30, 30), np.uint8)).save(path)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a.png", (Path("a.png"), None)),
        ("a.png@1:10..1:20.5", (Path("a.png"), SPAN)),
        ("me@home.png", (Path("me@home.png"), None)),
        ("me@home.png@70..80.5", (Path("me@home.png"), SPAN)),
        ("auto", (Path("auto"), None)),
        (__file__ + "@1..2", (Path(__file__), (Fraction(1), Fraction(2)))),
    ],
)
def test_a_span_stands_behind_the_last_at(text: str, found: object) -> None:
    assert PictureInSpan().convert(text, None, None) == found


def test_stills_are_for_the_times_in_their_names(tmp_path: Path) -> None:
    folder = tmp_path / "refs"
    _save(folder / "film.0-00-01.000.png", folder / "film.0-00-01.000 b.png", folder / "x.png")
    (folder / "notes.txt").write_text("no picture")
    (folder / "._film.0-00-01.000.png").write_text("a companion that other systems leave")
    notes: list[str] = []
    references = References(folder=folder).read(False, notes.append)
    assert references == (
        ReferencePicture(folder / "film.0-00-01.000 b.png", at=Fraction(1)),
        ReferencePicture(folder / "x.png"),
    )
    assert [each.reach for each in references] == ["shot", "film"]
    assert notes == [
        "film.0-00-01.000.png: is for the same time as film.0-00-01.000 b.png, which is used",
        "notes.txt: is no picture that can be read; it is not used",
        "x.png: has no time in its name; it is used where the film looks alike",
    ]


def found(film: Path, choice: HintChoice) -> Hints | None:
    """What a command line says of the hints of a film."""
    with click.Context(cli):
        return find_hints(film, choice, ColorSettings("film"), print)[1]


def test_auto_lets_each_color_every_shot(tmp_path: Path) -> None:
    _save(tmp_path / "refs/film.0-00-01.000.png", tmp_path / "a.png")
    chosen = References(
        ((tmp_path / "a.png", SPAN), (Path("auto"), None)), tmp_path / "refs", "matched", 0.5
    )
    hints = found(tmp_path / "film.mkv", HintChoice(NONE, chosen))
    assert hints is not None
    first, still = hints.references
    assert first == ReferencePicture(tmp_path / "a.png", None, "matched", 0.5, SPAN)
    assert (still.at, still.reach) == (Fraction(1), "film")
    assert not hints.lends_marks


def test_auto_alone_is_for_what_a_file_of_hints_knows(tmp_path: Path) -> None:
    film, auto = tmp_path / "film.mkv", References(((Path("auto"), None),))
    film.with_suffix(".hints.toml").write_text(
        'version = 1\n[[point]]\nat = "1"\nxy = [0.5, 0.5]\ncolor = "red"\n'
    )
    hints, without = found(film, HintChoice(None, auto)), found(film, HintChoice())
    assert hints is not None
    assert without is not None
    assert (hints.lends_marks, without.lends_marks) == (True, False)
    assert hints.sha256 != without.sha256
    with pytest.raises(UsageError, match="name some with --reference"):
        found(film, HintChoice(NONE, auto))


def test_the_line_that_tune_prints_says_the_same(tmp_path: Path) -> None:
    chosen = References(((Path("a b.png"), SPAN), (Path("auto"), None)), Path("refs"), "own", 0.5)
    words = chosen.command_line()
    assert PictureInSpan().convert(words[1], None, None) == (Path("a b.png"), SPAN)
    assert words[2:] == [
        "--reference", "auto", "--references", "refs", "--match", "own",
        "--reference-strength", "0.5",
    ]  # fmt: skip
    assert NO_REFERENCES.command_line() == []
    styled = References(((Path("a.png"), None),), match="style", encoder_weights=Path("v.pth"))
    assert styled.command_line() == [
        "--reference", "a.png", "--match", "style", "--encoder-weights", "v.pth",
    ]  # fmt: skip


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.png: is not there; name the picture"):
        References(((tmp_path / "no.png", None),)).read(False, print)
    with pytest.raises(InputError, match="no: no folder; make one with vidcolor stills"):
        References(folder=tmp_path / "no").read(False, print)
    with pytest.raises(InputError, match="has no pictures; make some with vidcolor stills"):
        References(folder=tmp_path).read(False, print)
    with pytest.raises(InputError, match="is a folder; give it with --references"):
        References(((tmp_path, None),)).read(False, print)
    with pytest.raises(UsageError, match="name some with --reference"):
        References(strength=0.5).read(False, print)
    with pytest.raises(UsageError, match="for --match style alone"):
        References(folder=tmp_path, encoder_weights=tmp_path / "v.pth").read(False, print)
    with pytest.raises(InputError, match=r"v\.pth: is not there; name the file of weights"):
        References(match="style", encoder_weights=tmp_path / "v.pth").read(False, print)


@pytest.mark.parametrize("span", ["2..1", "a..b", "1..1"])
def test_a_span_that_is_none_is_wrong_usage(span: str) -> None:
    result = CliRunner().invoke(cli, ["preview", "film.mkv", "--reference", f"a.png@{span}"])
    assert result.exit_code == 2
