"""Which photographs belong together, and what is said of those that don't."""

from pathlib import Path

import numpy as np
import pytest
from judging import BLUE, RED, photograph, write_photographs
from PIL import Image

from vidcolor.errors import InputError
from vidcolor.input.photographs import Photograph
from vidcolor.sitting.photographs import kind_of, paired, paired_hints, truths_in
from vidcolor.sitting.pictures import make_pictures
from vidcolor.sitting.sources import Folder

NAMES = ["sea/a", "sea/b", "c"]


def test_names_kinds_and_what_is_no_photograph(tmp_path: Path) -> None:
    write_photographs(tmp_path, NAMES, RED)
    (tmp_path / "notes.txt").write_text("not a picture")
    write_photographs(tmp_path / ".hidden", ["d"], RED)
    assert list(truths_in(tmp_path)) == ["c", "sea/a", "sea/b"]
    assert [kind_of(name) for name in ("c", "sea/a", "sea/deep/a")] == ["", "sea", "sea"]


def test_what_colorize_makes_is_paired(tmp_path: Path) -> None:
    write_photographs(tmp_path, NAMES, RED, ".color.png")
    found = paired(NAMES, tmp_path)
    assert {name: path.name for name, path in found.items()} == {
        "sea/a": "a.color.png", "sea/b": "b.color.png", "c": "c.color.png"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["sea/a", "c"], "has nothing for sea/b;"),
        (["c"], "has nothing for sea/a, sea/b;"),
        ([*NAMES, "sea/d"], "sea/d belongs to no truth"),
        ([*NAMES, "c.color"], "has two pictures of one name"),
        ([*NAMES, "p", "q", "r", "s", "t"], "p, q, r and 2 more belongs to no truth"),
    ],
)
def test_what_has_no_partner_is_named(tmp_path: Path, names: list[str], said: str) -> None:
    write_photographs(tmp_path, names, RED)
    with pytest.raises(InputError, match=said):
        paired(NAMES, tmp_path)


def test_two_of_one_name_are_named(tmp_path: Path) -> None:
    write_photographs(tmp_path, ["a"], RED)
    write_photographs(tmp_path, ["a"], RED, ".jpg")
    with pytest.raises(InputError, match=r"a\.png: has the name of a\.jpg"):
        truths_in(tmp_path)


def test_hints_are_paired(tmp_path: Path) -> None:
    (tmp_path / "sea").mkdir()
    for name in ("sea/a", "sea/b"):
        (tmp_path / f"{name}.hints.toml").write_text("version = 1\n")
    with pytest.raises(InputError, match="has nothing for c;"):
        paired_hints(NAMES, tmp_path)
    (tmp_path / "c.hints.toml").write_text("version = 1\n")
    assert paired_hints(NAMES, tmp_path).keys() == set(NAMES)


def chroma_of(tmp_path: Path, made: np.ndarray) -> np.ndarray:
    write_photographs(tmp_path / "truths", ["a"], RED)
    (tmp_path / "made").mkdir()
    Image.fromarray(made).save(tmp_path / "made/a.png")
    source = Folder("made", tmp_path / "made", ["a"])
    return source.chroma("a", Photograph(tmp_path / "truths/a.png").page())


def test_the_same_picture_in_other_colours_is_taken(tmp_path: Path) -> None:
    chroma = chroma_of(tmp_path, photograph(0, BLUE))
    assert np.abs(chroma.mean((1, 2)) - BLUE).max() < 0.01


def test_unequal_pictures_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"made/a\.png: is 48x32, but the truth a 96x64"):
        chroma_of(tmp_path, photograph(0, BLUE, (48, 32)))


def test_another_picture_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"made/a\.png: shows another picture than the truth a"):
        chroma_of(tmp_path, 255 - photograph(0, BLUE))


def test_a_grey_truth_is_named(tmp_path: Path) -> None:
    write_photographs(tmp_path / "truths", ["a"], (0.0, 0.0))
    with pytest.raises(InputError, match=r"a\.png: has no colour"):
        make_pictures({"a": tmp_path / "truths/a.png"}, [], tmp_path, lambda *_: None)
