"""The file of hints: what it may say, and one line for whatever is wrong."""

import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vidcolor.errors import InputError, UsageError, VidcolorError
from vidcolor.hints.file import MOST, Hints
from vidcolor.hints.marks import Palette, Point, ReferencePicture, Region, Stroke

WHOLE = """
version = 1
[[point]]
at = "0:01:12.480"   # the dress
xy = [0.412, 0.633]
color = "#8c1c1c"
radius = 0.02
strength = 0.5
for = "frame"
[[point]]
at = "72"
xy = [1, 0]
color = "Navy"
[[region]]
at = "1:12.48"
polygon = [[0.4, 0.5], [0.5, 0.5], [0.45, 0.7]]
color = "navy"
for = "1:10..1:20"
[[region]]
at = "3"
mask = "dress.png"
color = "#abc"
[[stroke]]
at = "0:01:12.480"
path = [[0.2, 0.8], [0.3, 0.78], [0.4, 0.8]]
color = "#3c5a28"
[[palette]]
like = "dress.png"
strength = 0.7
[[palette]]
colors = [["#335577", 0.6], ["tan", 2]]
for = "shot"
at = "1:12"
[[reference]]
picture = "dress.png"
at = "1:12"
match = "own"
[[reference]]
picture = "dress.png"
strength = 0.5
for = "1:10..1:20"
[[reference]]
picture = "dress.png"
match = "style"
encoder-weights = "vgg19.pth"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of hints, its picture and its weights beside it."""
    (tmp_path / "vgg19.pth").touch()
    Image.fromarray(np.zeros((9, 16), np.uint8)).save(tmp_path / "dress.png")
    return tmp_path / "film.hints.toml"


@pytest.mark.parametrize("text", ["", "\n", "# nothing is known\n", "version = 1\n"])
def test_an_empty_file_has_no_hints(file: Path, text: str) -> None:
    file.write_text(text)
    assert not Hints.load(file)


def refused(file: Path, text: str, error: type[VidcolorError] = UsageError) -> str:
    """The one line with which a file is refused, without its name."""
    file.write_text(text)
    with pytest.raises(error) as found:
        Hints.load(file)
    assert type(found.value) is error
    line = str(found.value)
    assert "\n" not in line
    assert line.startswith(f"{file}: ")
    return line.removeprefix(f"{file}: ")


def test_everything_that_it_may_say(file: Path) -> None:
    file.write_text(WHOLE)
    at, picture = Fraction("72.48"), file.parent / "dress.png"
    found = Hints.load(file)
    corners = ((0.4, 0.5), (0.5, 0.5), (0.45, 0.7))
    assert found == Hints(
        points=(
            Point(at, (0.412, 0.633), "#8c1c1c", 0.02, 0.5, "frame"),
            Point(Fraction(72), (1, 0), "Navy", 0.008, 1, "shot"),
        ),
        strokes=(Stroke(at, ((0.2, 0.8), (0.3, 0.78), (0.4, 0.8)), "#3c5a28", 0.005),),
        regions=(
            Region(at, "navy", corners, reach=(Fraction(70), Fraction(80))),
            Region(Fraction(3), "#abc", mask=picture),
        ),
        palettes=(
            Palette(like=picture, strength=0.7),
            Palette(colors=(("#335577", 0.6), ("tan", 2)), reach="shot", at=Fraction(72)),
        ),
        references=(
            ReferencePicture(picture, Fraction(72), "own", reach="shot"),
            ReferencePicture(picture, strength=0.5, reach=(Fraction(70), Fraction(80))),
            ReferencePicture(picture, match="style", encoder_weights=file.parent / "vgg19.pth"),
        ),
    )
    assert found.path == file
    assert [mark.kind for mark in found.marks] == ["region", "region", "stroke", "point", "point"]
    assert found


def test_marks_may_say_how_far_they_spread(file: Path) -> None:
    file.write_text(POINT)
    (free,) = Hints.load(file).points
    file.write_text(POINT + "spread = 0\n")
    limited = Hints.load(file)
    assert limited.points == (replace(free, spread=0),)
    assert limited.sha256 != Hints(points=(free,)).sha256


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf", b"\xff\xfe", b""])
def test_editors_may_mark_the_encoding_and_end_lines_as_they_like(
    file: Path, content: bytes
) -> None:
    encoding = "utf-16-le" if content == b"\xff\xfe" else "utf-8"
    file.write_bytes(content + WHOLE.replace("\n", "\r\n").encode(encoding))
    marked = Hints.load(file)
    file.write_text(WHOLE)
    assert marked == Hints.load(file)


POINT = 'version = 1\n[[point]]\nat = "1"\nxy = [0.1, 0.2]\ncolor = "red"\n'
REFERENCE = 'version = 1\n[[reference]]\npicture = "dress.png"\n'
SECOND = POINT + '[[point]]\nat = "1"\n'


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[[point]]", "begin it with 'version = 1'"),
        ("version = 2", "begin it with 'version = 1'"),
        ("version = true", "begin it with 'version = 1'"),
        ("version = 1\nversion = 1", "not valid TOML: Cannot overwrite a value (at end"),
        ("version = 1\n[[points]]", "unknown table 'points'; the nearest is 'point'"),
        ("version = 1\npoint = 3", "write each point as a table [[point]]"),
        (POINT + "colour = 1", "point 1: unknown key 'colour'; the nearest is 'color'"),
        (POINT + "reach = 1", "point 1: unknown key 'reach'"),
        (SECOND + 'color = "red"', "point 2: 'xy' is missing"),
        (SECOND + 'xy = [0.5, 0.5]\ncolor = "rid"', "point 2: color: 'rid' is no color;"),
        (SECOND + 'xy = [0.5, 0.5]\ncolor = "#12"', "point 2: color: '#12' is no color;"),
        (SECOND + 'xy = [0.5, 0.5]\ncolor = "rgb(1,2,3)"', "point 2: color: 'rgb(1,2,3)' is no"),
        (SECOND + 'xy = [0.5, 0.5]\ncolor = ["red"]', "point 2: color: ['red'] is no text;"),
        (SECOND + "xy = [1.5, 0.5]", "point 2: 'color' is missing"),
        (SECOND + 'xy = [1.5, 0.5]\ncolor = "red"', "point 2: xy: [1.5, 0.5] is not within 0..1;"),
        (SECOND + 'xy = [nan, 0.5]\ncolor = "red"', "point 2: xy: [nan, 0.5] is not within 0..1;"),
        (SECOND + 'xy = [0.5]\ncolor = "red"', "point 2: xy: [0.5] is no place; write [x, y]"),
        (SECOND + "xy = [true, 0.5]", "point 2: xy: True is no number"),
        (SECOND + f"xy = [1{'0' * 400}, 0.5]", "point 2: xy: 1000"),
        (POINT + "radius = -0.1", "point 1: radius: -0.1 is not within 0..1"),
        (POINT + "spread = 2", "point 1: spread: 2.0 is not within 0..1"),
        (POINT + "strength = inf", "point 1: strength: inf is not within 0..1"),
        (POINT + 'for = "scene"', "point 1: for: 'scene' is none of 'shot', 'frame' and a span"),
        (POINT + 'for = "film"', "point 1: for: 'film' is none of 'shot', 'frame' and a span"),
        (POINT + 'for = "2..3"', "point 1: for: the span does not hold the moment 'at'"),
        (POINT + 'for = "3..2"', "point 1: for: the span ends before it begins"),
        (POINT + 'for = "a..3"', "point 1: for: 'a' is not a time; write 90, 1:30 or 0:01:30.5"),
        (POINT.replace('"1"', "1"), "point 1: at: 1 is no text; write it in quotes"),
        (POINT.replace('"1"', '"-1"'), "point 1: at: '-1' is not a time;"),
        (
            'version=1\n[[region]]\nat="1"\ncolor="red"\npolygon=[[0,0],[1,1]]',
            "region 1: polygon: has 2 places; give 3 to 10000",
        ),
        (
            'version=1\n[[region]]\nat="1"\ncolor="red"',
            "region 1: polygon: give either a polygon or a mask",
        ),
        (
            'version=1\n[[stroke]]\nat="1"\ncolor="red"\npath=[[0,0]]',
            "stroke 1: path: has 1 places; give 2 to 10000",
        ),
        ("version=1\n[[palette]]", "palette 1: like: give either a picture or colors"),
        ("version=1\n[[palette]]\ncolors=[]", "palette 1: colors: give 1 to 10000 pairs"),
        ('version=1\n[[palette]]\ncolors=[["red",0]]', "palette 1: colors: 0.0 is no share"),
        ('version=1\n[[palette]]\ncolors=["red"]', "palette 1: colors: ['red'] are no colors;"),
        (
            'version=1\n[[palette]]\ncolors=[["red",1]]\nfor="shot"',
            "palette 1: at: give the moment of the shot",
        ),
        ("version=1\n[[reference]]", "reference 1: 'picture' is missing"),
        (REFERENCE + 'match = "alike"', "reference 1: match: 'alike' is none of 'auto', 'own'"),
        (
            REFERENCE + 'encoder-weights = "dress.png"',
            "reference 1: encoder-weights: are for match = 'style' alone",
        ),
        (
            REFERENCE + 'match = "style"\nlabels = ["a.png", "b.png"]',
            "reference 1: labels: are for photographs; in films mark a [[region]]",
        ),
        (REFERENCE + 'match = "own"', "reference 1: at: give the moment of its frame"),
        (REFERENCE + 'for = "shot"', "reference 1: at: give the moment of its frame"),
        (REFERENCE + 'for = "frame"', "reference 1: for: 'frame' is none of 'film', 'shot' and"),
        (REFERENCE + "strength = 2", "reference 1: strength: 2.0 is not within 0..1"),
    ],
)
def test_what_is_wrong_is_named_with_its_number(file: Path, text: str, line: str) -> None:
    assert refused(file, text).startswith(line)


@pytest.mark.parametrize("key", ["mask", "like", "picture", "encoder-weights"])
def test_a_missing_picture_is_named(file: Path, key: str) -> None:
    """It is an error of another kind: of the files, not of how they are used."""
    entry = {
        "mask": 'region]]\nat="1"\ncolor="red"',
        "like": "palette]]",
        "picture": "reference]]",
        "encoder-weights": 'reference]]\npicture="dress.png"\nmatch="style"',
    }[key]
    line = refused(file, f'version=1\n[[{entry}\n{key}="no.png"', InputError)
    assert line.endswith(f"1: {key}: {file.parent / 'no.png'} is not there")


def test_a_photograph_may_name_regions_that_belong_together(file: Path) -> None:
    text = REFERENCE + 'match = "style"\nlabels = ["dress.png", "%s"]'
    file.write_text(text % "dress.png")
    (found,) = Hints.load(file, timeless=True).references
    assert found.labels == (file.parent / "dress.png",) * 2
    file.write_text(text % "no.png")
    with pytest.raises(InputError, match=r"1: labels: .*no\.png is not there$"):
        Hints.load(file, timeless=True)
    file.write_text(REFERENCE + 'match = "style"\nlabels = "dress.png"')
    with pytest.raises(UsageError, match=r"labels: 'dress\.png' are no two files"):
        Hints.load(file, timeless=True)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no\.toml: can't be read: No such file"):
        Hints.load(tmp_path / "no.toml")
    with pytest.raises(UsageError, match="can't be read"):
        Hints.load(tmp_path)


@pytest.mark.parametrize("content", ["# dépôt".encode("latin-1"), b"\xff\xfev"])
def test_other_text_than_utf_8_is_told(file: Path, content: bytes) -> None:
    """Western European, and UTF-16 that is cut short."""
    file.write_bytes(content)
    with pytest.raises(UsageError, match=r"toml: it is no text in UTF-8; save it as UTF-8$"):
        Hints.load(file)


def test_there_may_be_ten_thousand_hints(file: Path) -> None:
    entry = '[[point]]\nat="1"\nxy=[0.5,0.5]\ncolor="red"\n'
    file.write_text("version=1\n" + MOST * entry)
    assert len(Hints.load(file).points) == MOST
    assert refused(file, "version=1\n" + (MOST + 1) * entry) == "10001 hints; at most 10000 " + (
        "are allowed"
    )


def test_in_python_the_same_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^xy: \[2, 0\] is not within 0\.\.1"):
        Point(Fraction(1), (2, 0), "red")
    assert Hints(points=[Point(Fraction(1), (0.5, 0.5), "red")])  # type: ignore[arg-type]


def test_the_digest_is_of_what_is_said(file: Path) -> None:
    """Neither comments count nor where the file lies, but what a picture shows does."""
    file.write_text(WHOLE)
    said = Hints.load(file).sha256
    file.write_text(WHOLE.replace("# the dress", "").replace("0:01:12.480", "72.48"))
    assert Hints.load(file).sha256 == said
    file.write_text(WHOLE.replace("0.412", "0.413"))
    assert Hints.load(file).sha256 != said
    file.write_text(WHOLE)
    Image.fromarray(np.full((9, 16), 200, np.uint8)).save(file.parent / "dress.png")
    assert Hints.load(file).sha256 != said
    (file.parent / "dress.png").unlink()
    with pytest.raises(InputError, match=r"dress\.png is not there"):
        Hints.load(file)


def test_hostile_files_are_refused_in_one_line(file: Path) -> None:
    """Five hundred mutants: bytes changed, cut out, doubled; and the worst by hand."""
    source = random.Random(0)
    tokens = [b"nan", b"inf", b"-1", b"1e999", b"[[", b'"', b"\0", b"\xff", b"\n", b"true", b"'''"]
    worst = [
        b"version=1\npoint=" + b"[" * 100_000,
        b"a." * 5000 + b"b=1",
        b"version=1" + b"0" * 5000,
    ]
    good = 0
    for number in range(500 + len(worst)):
        content = bytearray(WHOLE.encode())
        for _ in range(source.randint(1, 4)):
            place = source.randrange(len(content))
            length = source.choice([0, 1, 3, 20])
            piece = source.choice(
                [b"", bytes([source.randrange(256)]), source.choice(tokens), content[place:][:40]]
            )
            content[place : place + length] = piece
        file.write_bytes(content if number < 500 else worst[number - 500])
        try:
            Hints.load(file)
            good += 1
        except VidcolorError as error:
            assert len(str(error).splitlines()) == 1
            assert len(str(error)) < 400
    assert 0 < good < 250


def test_references_change_the_digest_only_where_there_are_some(file: Path) -> None:
    """Films that were made with hints before there were references keep their digest."""
    known = Hints(points=(Point(Fraction(1), (0.5, 0.5), "red"),))
    assert known.sha256 == "be64a43c4e8697855fd67b7332b0c9d70d277bd97a49fa03ebc98dd0b8ac04ba"
    referenced = replace(known, references=(ReferencePicture(file.parent / "dress.png"),))
    assert referenced.sha256 != known.sha256
