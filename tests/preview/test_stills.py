"""The frames that `vidcolor stills` chooses, and the pictures that it writes of them."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from hint_films import HEIGHT, SHOT, WIDTH, make_shots, shots, time_of
from PIL import Image
from torch.nn import functional as F

from vidcolor.cli.main import cli
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.references import Reference, sureness
from vidcolor.errors import InputError, OutputError, UsageError
from vidcolor.hints.reference import time_of_name
from vidcolor.net.checkpoint import load
from vidcolor.pipeline.telling_frames import Sample, most_telling
from vidcolor.preview.stills import find_stills


def run(*words: object) -> str:
    """Return what `vidcolor stills` says; what it raises is raised."""
    return CliRunner().invoke(cli, ["stills", *map(str, words)], catch_exceptions=False).output


def found_in(one: torch.Tensor, other: torch.Tensor) -> float:
    nothing = torch.zeros(3, *other.shape[1:])
    return sureness(one, Reference(other, nothing[0], nothing[1:], nothing[0]))


def test_one_still_a_shot_is_its_frame_in_grey_and_its_name_tells_when(tmp_path: Path) -> None:
    make_shots(tmp_path / "film.mkv")
    told = run(tmp_path / "film.mkv", "--device", "cpu")
    folder = tmp_path / "film.stills"
    assert told == f"{folder}: 3 stills\n"
    numbers = []
    for path in sorted(folder.iterdir()):
        time = time_of_name(path)
        assert time is not None
        number = round(25 * time)
        assert time == time_of(number)
        numbers.append(number)
        rgb = np.asarray(Image.open(path).convert("RGB")).astype(int)
        assert rgb.shape == (HEIGHT, WIDTH, 3)
        luma = (shots()[number].astype(float) - 16) / 219 * 255
        assert abs(rgb - luma.clip(0, 255)[..., None]).max() <= 1
    assert [number // SHOT for number in numbers] == [0, 1, 2]


def test_nothing_is_replaced_unless_told(tmp_path: Path) -> None:
    make_shots(tmp_path / "film.mkv")
    film = tmp_path / "film.mkv"
    run(film, "-o", tmp_path / "refs")
    (first, *_) = sorted((tmp_path / "refs").iterdir())
    first.write_bytes(b"colored by hand")
    with pytest.raises(UsageError, match=first.name):
        run(film, "-o", tmp_path / "refs")
    assert first.read_bytes() == b"colored by hand"
    run(film, "-o", tmp_path / "refs", "--overwrite")
    assert first.read_bytes() != b"colored by hand"


def test_no_folder_is_made_in_vain_or_in_place_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        run(tmp_path / "none.mkv", "-o", tmp_path / "refs")
    assert not (tmp_path / "refs").exists()
    make_shots(tmp_path / "film.mkv")
    with pytest.raises(OutputError, match=r"film\.mkv: can't be made: .*; name another folder"):
        run(tmp_path / "film.mkv", "-o", tmp_path / "film.mkv")


def test_a_photograph_has_no_stills(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(UsageError, match="stills are of films"):
        run(tmp_path / "a.png")


@pytest.mark.parametrize("fades_in", [True, False])
def test_no_frame_in_a_fade_is_chosen(tmp_path: Path, fades_in: bool) -> None:
    """Not even where most frames are nearly black, and so most like such a one."""
    picture = shots(1)[0].astype(float)
    strengths = np.repeat([0.04, 1.0], [60, 24])[:: 1 if fades_in else -1]
    make_shots(
        tmp_path / "film.mkv", [(16 + each * (picture - 16)).astype(np.uint8) for each in strengths]
    )
    colorizer = Colorizer(load("film"), device="cpu", precision="fp32")
    # The detector may take a steep step of the fade for a cut: here there is one shot.
    (time,) = find_stills(tmp_path / "film.mkv", colorizer, cuts=())
    assert strengths[round(25 * time)] >= 0.5


def seen(features: Sequence[torch.Tensor]) -> list[Sample]:
    """Frames with these features, one each second."""
    return [Sample(Fraction(number), each, 1.0) for number, each in enumerate(features)]


def numbers_of(samples: Sequence[Sample]) -> list[int]:
    return [int(each.time) for each in samples]


@pytest.mark.parametrize("seed", range(3))
def test_the_choice_is_within_37_percent_of_the_best(seed: int) -> None:
    """As Nemhauser, Wolsey and Fisher (1978) prove of each that is chosen one by one."""
    generator = torch.Generator().manual_seed(seed)
    things = F.normalize(torch.randn(24, 16, generator=generator), dim=1)
    samples = []
    for _ in range(7):
        shown = things[torch.randint(24, (12,), generator=generator)]
        samples.append(shown.T.reshape(16, 3, 4))

    def worth(numbers: tuple[int, ...]) -> float:
        return sum(max(found_in(one, samples[n]) for n in numbers) for one in samples)

    for count in (1, 2, 3):
        best = max(worth(numbers) for numbers in combinations(range(7), count))
        chosen = numbers_of(most_telling(seen(samples), count))
        assert chosen == sorted(set(chosen))
        assert len(chosen) == count
        assert worth(tuple(chosen)) >= (1 - np.exp(-1)) * best
        if count == 1:
            assert worth(tuple(chosen)) == pytest.approx(best)


def test_more_than_there_is_asks_for_all() -> None:
    assert numbers_of(most_telling(seen([torch.ones(1, 2, 2)]), 5)) == [0]
