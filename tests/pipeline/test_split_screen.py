"""One half of the picture stays grey, the other has the colours of a film without."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from clips import make_clip, planes_of, tags_of

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.film import colorize_file
from vidcolor.pipeline.photograph import colorize_still

FFV1 = EncoderSettings("ffv1")
LEFT, RIGHT = np.s_[:, : 32 // 2], np.s_[:, 32 // 2 :]
TOP, BOTTOM = np.s_[: 24 // 2], np.s_[24 // 2 :]


@pytest.fixture
def colorizer(checkpoint: Checkpoint) -> Colorizer:
    return Colorizer(checkpoint, precision="fp32", batch_size=4)


def both(source: Path, colorizer: Colorizer, **options: Any) -> tuple[list, list]:
    """The planes of the film in colour, and of the one with a grey half."""
    made = []
    for split in (False, True):
        output = source.with_name(f"{split}.mkv")
        colorize_file(
            source, output, colorizer, encoder=FFV1, verify=True, split_screen=split, **options
        )
        made.append(planes_of(output))
    return made[0], made[1]


@pytest.mark.parametrize(
    ("film", "grey"),
    [
        ({}, LEFT),
        ({"pixels": "yuv420p10le", "depth": 10}, LEFT),
        ({"fields": "tff"}, LEFT),
        ({"rotation": 90}, TOP),
        ({"rotation": 180}, RIGHT),
        ({"rotation": -90}, BOTTOM),
        ({"mirrored": True}, RIGHT),
        ({"rotation": 90, "mirrored": True}, BOTTOM),
    ],
)
def test_the_left_half_is_grey_as_a_player_shows_it(
    tmp_path: Path, colorizer: Colorizer, film: dict[str, Any], grey: Any
) -> None:
    shown = make_clip(tmp_path / "a.mov", codec="libx264", options={"qp": "0"}, **film)
    neutral = 1 << (film.get("depth", 8) - 1)
    for luma, whole, (y, *chroma) in zip(shown, *both(tmp_path / "a.mov", colorizer), strict=True):
        np.testing.assert_array_equal(y, luma)
        for plane, colored in zip(chroma, whole[1:], strict=True):
            assert (colored[grey] != neutral).any()
            colored[grey] = neutral
            np.testing.assert_array_equal(plane, colored)
            assert (plane != neutral).any()


def test_frames_that_keep_their_own_colour_keep_all_of_it(
    tmp_path: Path, colorizer: Colorizer
) -> None:
    make_clip(tmp_path / "a.mkv", colored=range(6, 12))
    cut = [Fraction("0.24")]
    whole, split = both(tmp_path / "a.mkv", colorizer, only_gray=True, cuts=cut)
    for index, (expected, made) in enumerate(zip(whole, split, strict=True)):
        equal = all(map(np.array_equal, expected, made))
        assert equal == (index >= 6)


def test_of_an_odd_width_the_middle_column_has_colour(tmp_path: Path, colorizer: Colorizer) -> None:
    make_clip(tmp_path / "a.mkv", size=(63, 47), times=(0,))
    (((_, u, _),), ((_, made, _),)) = both(tmp_path / "a.mkv", colorizer)
    assert (made[:, :31] == 128).all()
    np.testing.assert_array_equal(made[:, 31:], u[:, 31:])


def test_the_film_and_its_report_tell(tmp_path: Path, vidcolor: Callable, weights: Path) -> None:
    make_clip(tmp_path / "a.mkv")
    run = vidcolor("colorize", "--weights", weights, tmp_path / "a.mkv", "--preset", "ultrafast",
                   "--split-screen", "--report", tmp_path / "page.html")  # fmt: skip
    assert run.code == 0
    assert "split-screen=on" in tags_of(tmp_path / "a.color.mkv")["comment"]
    assert "split-screen: on" in (tmp_path / "page.html").read_text()


def test_photographs_have_a_grey_half_too(tmp_path: Path, colorizer: Colorizer) -> None:
    ramp = np.linspace(90, 160, 61, dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), np.tile(ramp, (45, 1)))
    colorize_still(tmp_path / "a.png", tmp_path / "b.png", colorizer, split_screen=True)
    made = cv2.imread(str(tmp_path / "b.png"))
    assert (np.ptp(made[:, :30], axis=2) == 0).all()
    assert (np.ptp(made[:, 30:], axis=2) > 0).any()
