"""What `vidcolor judge run` takes as a source, and what it says of what it can't take."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from judging import BLUE, RED, sit, write_photographs
from PIL import Image

from vidcolor.cli.judged_sources import make_source
from vidcolor.color.yuv import CodeRange
from vidcolor.colorize.colorizers import Colorizers
from vidcolor.input.photographs import Photograph, yuv_codes
from vidcolor.sitting.sources import Source
from vidcolor.sitting.study import Study


def source(text: str, truths: list[str]) -> Source:
    return make_source(text, truths, Colorizers("cpu"))


@pytest.fixture
def truths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two photographs in truths/, the present folder's."""
    monkeypatch.chdir(tmp_path)
    return write_photographs(tmp_path / "truths", ["a", "b"], RED)


def chroma(each: Source, truths: Path, name: str = "a") -> np.ndarray:
    return each.chroma(name, Photograph(truths / f"{name}.png").page())


def test_what_is_made_on_the_spot_is_what_colorize_makes(
    truths: Path, weights: Path, vidcolor: Callable
) -> None:
    words = ("--weights", weights, "--device", "cpu", "--saturation", "1.5")
    assert vidcolor("colorize", truths / "a.png", "-o", "a.png", *words).code == 0
    made = chroma(source(f"weights={weights},saturation=1.5", ["a"]), truths)
    with Image.open("a.png") as picture:
        wanted = np.stack(yuv_codes(np.asarray(picture))[1:]) / CodeRange(8, True).peak
    assert np.abs(made - wanted).max() < 3 / 255  # of which the photograph's rounding is two
    assert np.abs(made).max() > 0.05


def test_saturation_0_is_grey(truths: Path, weights: Path) -> None:
    assert not chroma(source(f"weights={weights},saturation=0", ["a"]), truths).any()


def test_hints_colour_their_own_photograph(truths: Path, weights: Path) -> None:
    Path("clicks").mkdir()
    for name, color in (("a", "#30c030"), ("b", "#4040c0")):
        Path(f"clicks/{name}.hints.toml").write_text(
            f'version = 1\n[[point]]\nxy = [0.5, 0.5]\ncolor = "{color}"\n'
        )
    both = ["a", "b"]
    hinted = source(f"weights={weights},hints=clicks", both)
    automatic = source(f"weights={weights}", both)
    for name, u in (("a", -1), ("b", 1)):
        moved = chroma(hinted, truths, name) - chroma(automatic, truths, name)
        assert u * moved[0, 32, 48] > 0.02
    assert len({each.identity(name) for each in (hinted, automatic) for name in both}) == 3


def test_settings_of_a_file_of_hints_count_unless_given(truths: Path, weights: Path) -> None:
    Path("clicks").mkdir()
    for name in ("a", "b"):
        Path(f"clicks/{name}.hints.toml").write_text("version = 1\n[settings]\nsaturation = 0\n")
    grey = source(f"weights={weights},hints=clicks", ["a", "b"])
    assert not chroma(grey, truths).any()
    given = source(f"weights={weights},saturation=1,hints=clicks", ["a", "b"])
    assert chroma(given, truths).any()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nowhere", "automatic"], 1, "nowhere: is no folder; name one that holds the photographs"),
        (["empty", "automatic"], 1, "empty: holds no photographs"),
        (["truths", "made"], 1, "made: has nothing for b; add it, or leave its truth out"),
        (["truths", "small"], 1, "small/a.png: is 48x32, but the truth a 96x64"),
        (["truths", "colours"], 2, "colours: no such folder; name one, or write automatic, or"),
        (["truths", "wights=film"], 2, "wights=film: No such option"),
        (["truths", "saturation=9"], 2, "saturation=9: Invalid value for '--saturation'"),
        (["truths", "weights=nine"], 1, "nine"),
        (["truths", "like-strength=0.5"], 2, "name a picture with --like"),
        (["truths", "hints=empty"], 1, "empty: has nothing for a, b"),
        (["truths", "small", "./small/"], 2, "a source is named twice"),
        (["truths", "small", "--ask", "natural", "--side-by-side"], 2, "--side-by-side is for"),
        (["truths", "truths", "-o", "other"], 1, "anna.jsonl: is of other pictures, sources or"),
        (["truths"], 2, "Missing argument 'SOURCE...'"),
    ],
)
def test_what_can_t_be_judged_is_said_in_a_line(
    truths: Path, vidcolor: Callable, arguments: list[str], code: int, said: str
) -> None:
    Path("empty").mkdir()
    write_photographs(Path("made"), ["a"], BLUE)
    for name in ("a", "b"):
        Path("small").mkdir(exist_ok=True)
        with Image.open(truths / f"{name}.png") as picture:
            picture.resize((48, 32)).save(f"small/{name}.png")
    sit(Path("other"), "anna", Study(("a", "b"), ("elsewhere",)))
    run = vidcolor("judge", "run", *arguments, "--no-browser", "--device", "cpu")
    assert (run.code, run.out) == (code, "")
    assert said in run.err
    assert run.err.count("\n") == 1
    assert not list(Path("truths.judged").glob("*.jsonl"))
