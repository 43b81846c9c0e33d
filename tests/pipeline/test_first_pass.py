"""One reading of a film beforehand: what it learns, that it is one, and that it can be kept."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from clips import make_clip, planes_of

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.input.reader import Reader
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.film import colorize_file
from vidcolor.pipeline.first_pass import FirstPass, first_pass
from vidcolor.pipeline.survey import survey_film

TIMES = range(0, 3200, 40)
CUTS = (Fraction("0.8"),)


@pytest.fixture
def colorizer(checkpoint: Checkpoint) -> Colorizer:
    """Of the untrained network, in single precision."""
    return Colorizer(checkpoint, device="cpu", precision="fp32", batch_size=4)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Shots of 20 and 60 frames; of the second, the first third has color."""
    make_clip(tmp_path / "a.mkv", times=TIMES, colored=range(20, 40))
    return tmp_path / "a.mkv"


def learnt(film: Path, colorizer: Colorizer) -> FirstPass:
    with Reader(film) as reader:
        height, width = reader.picture.height, reader.picture.width
        stored = survey_film(film, reader.picture).film((height // 2, width // 2))
        return first_pass(reader, CUTS, colorizer.film(stored))


def test_it_tells_shots_their_color_and_their_drift(film: Path, colorizer: Colorizer) -> None:
    found = learnt(film, colorizer)
    assert found.shots == (0, Fraction("0.8"))
    assert found.colored == (False, True)
    assert [found.has_color(Fraction(t)) for t in ("0", "0.76", "0.8", "1.56")] == [0, 0, 1, 1]
    assert found.drift is not None
    times = [shot[0] for shot in found.drift.as_list()]
    assert times == [
        [0.0, 0.48],
        [0.8, 1.28, 1.76, 2.24, 2.72],
    ]  # the first frame of each, and every twelfth


def test_it_comes_back_exactly_from_json(film: Path, colorizer: Colorizer) -> None:
    found = learnt(film, colorizer)
    again = FirstPass.from_dict(json.loads(json.dumps(found.as_dict())))
    assert (again.shots, again.colored) == (found.shots, found.colored)
    assert again.drift is not None
    assert found.drift is not None
    assert again.drift.as_list() == found.drift.as_list()
    for time in (Fraction("0.1"), Fraction("1.1")):
        assert again.drift.at(time).equal(found.drift.at(time))


@pytest.mark.parametrize(
    "asked", [{"only_gray": True}, {"two_pass": True}, {"only_gray": True, "two_pass": True}]
)
def test_a_film_is_read_beforehand_once_whatever_is_asked(
    film: Path, tmp_path: Path, colorizer: Colorizer, asked: dict[str, bool]
) -> None:
    """The progress of that reading begins once and ends with the film."""
    read: list[int] = []
    colorize_file(
        film, tmp_path / "b.mkv", colorizer, cuts=CUTS,
        reading=lambda frames, done, length: read.append(frames), **asked,
    )  # fmt: skip
    assert read == sorted(set(read))
    assert read[-1] == len(TIMES)


def test_a_shot_is_judged_as_a_whole_where_the_whole_film_is_read(
    film: Path, tmp_path: Path, colorizer: Colorizer
) -> None:
    """The span's part of the shot has no color; the shot as a whole does, so it keeps its own."""
    source = planes_of(film)[66:70]
    for two_pass in (False, True):
        output = tmp_path / f"{two_pass}.mkv"
        colorize_file(
            film, output, colorizer, encoder=EncoderSettings("ffv1"), cuts=CUTS, only_gray=True,
            two_pass=two_pass, start=Fraction("2.64"), duration=Fraction("0.16"),
        )  # fmt: skip
        kept = [
            all((a == b).all() for a, b in zip(one, two, strict=True))
            for one, two in zip(planes_of(output), source, strict=True)
        ]
        assert kept == [two_pass] * 4
