"""A film looked over ahead of time, while libraries load."""

import subprocess
import sys
from pathlib import Path

import pytest
from clips import make_clip

from vidcolor.errors import InputError
from vidcolor.input.reader import Reader
from vidcolor.pipeline.survey import Survey, SurveyAhead, survey_film


def shown(survey: Survey) -> tuple[object, ...]:
    """What there is to compare of a survey."""
    return survey.picture, survey.bare, [(each.pts, each.marks) for each in survey.samples]


def test_made_ahead_it_is_the_same_and_made_once(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    make_clip(path, fields="tff")
    with SurveyAhead(path) as ahead, Reader(path) as reader:
        pass
    found = ahead(path, reader.picture)
    assert ahead(path, reader.picture) is found
    assert shown(found) == shown(survey_film(path, reader.picture))


def test_another_film_is_looked_over_when_its_turn_comes(tmp_path: Path) -> None:
    first, second = tmp_path / "a.mkv", tmp_path / "b.mkv"
    make_clip(first)
    make_clip(second, size=(96, 64))
    with SurveyAhead(first) as ahead, Reader(second) as reader:
        pass
    assert shown(ahead(second, reader.picture)) == shown(survey_film(second, reader.picture))


def test_a_film_that_can_t_be_read_fails_when_its_turn_comes(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    make_clip(path)
    with Reader(path) as reader:
        picture = reader.picture
    path.write_text("no film")
    with SurveyAhead(path) as ahead:
        pass
    with pytest.raises(InputError, match="not a film"):
        ahead(path, picture)


def test_it_needs_neither_torch_nor_what_photographs_need() -> None:
    """So that it can be made while they load."""
    code = "import sys, vidcolor.pipeline.survey; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "scipy", "tifffile", "openvino"} & set(done.stdout.split())


def test_the_command_begins_with_it_before_torch_loads(tmp_path: Path, weights: Path) -> None:
    """Each says so as it begins, in a process of its own."""
    path = tmp_path / "a.mkv"
    make_clip(path)
    code = """
import sys
from vidcolor.cli.main import main
from vidcolor.pipeline import survey

class Told(survey.SurveyAhead):
    def __enter__(self):
        print("torch" in sys.modules)
        return super().__enter__()

survey.SurveyAhead = Told
main()
"""
    words = ["colorize", path, "--weights", weights, "--duration", "0.001", "--quiet"]
    run = [sys.executable, "-c", code, *map(str, words)]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
