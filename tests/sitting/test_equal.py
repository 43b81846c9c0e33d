"""Two pictures that are shown differ in colour alone."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from judging import BLUE, RED, photograph, write_photographs
from PIL import Image
from skimage import data as samples

from vidcolor.input.photographs import Photograph, yuv_codes
from vidcolor.sitting.absurd import COLORINGS, STANDARDS, absurd, standard
from vidcolor.sitting.equal import encoded, fitted, shown_picture, yuv_of
from vidcolor.sitting.pictures import FOLDER, make_pictures
from vidcolor.sitting.sources import Folder
from vidcolor.sitting.study import SIZE, TRUTH


def luma_of(rgb: np.ndarray) -> np.ndarray:
    return yuv_codes(rgb)[0]


@pytest.mark.parametrize("coloring", COLORINGS)
def test_luma_is_equal_whatever_the_colours(tmp_path: Path, coloring: str) -> None:
    Image.fromarray(samples.coffee()).save(tmp_path / "a.png")
    luma, chroma = yuv_of(Photograph(tmp_path / "a.png").page())
    small = fitted(luma)
    truth, other = (shown_picture(small, uv) for uv in (chroma, absurd(coloring, chroma)))
    assert np.abs(luma_of(truth) - luma_of(other)).max() <= 1  # both are rounded to 8 bits
    assert np.abs(luma_of(truth) - 255 * small).max() <= 0.51
    assert np.abs(truth.astype(int) - other).mean() > 10


def test_colour_lies_on_the_grid_of_films() -> None:
    """Chroma that alternates from pixel to pixel is even where one sample is for 2 x 2."""
    luma = np.full((64, 64), 0.5, np.float32)
    checks = np.indices((64, 64)).sum(0) % 2 - 0.5
    made = shown_picture(luma, 0.2 * np.stack([checks, checks]).astype(np.float32))
    assert np.ptp(made) <= 1


@pytest.mark.parametrize(
    ("size", "shown"), [((1000, 751), (512, 384)), ((33, 47), (32, 48)), ((1, 3000), (2, 512))]
)
def test_sides_fit_and_are_even(size: tuple[int, int], shown: tuple[int, int]) -> None:
    height, width = fitted(np.zeros(size[::-1], np.float32)).shape
    assert (width, height) == shown
    assert max(shown) <= SIZE


def test_pictures_are_encoded_without_loss() -> None:
    made = photograph(3, RED)
    with Image.open(io.BytesIO(encoded(made))) as picture:
        assert (np.asarray(picture) == made).all()


def test_all_pictures_are_there_and_are_made_once(tmp_path: Path) -> None:
    write_photographs(tmp_path / "truths", ["a", "b"], RED)
    write_photographs(tmp_path / "made", ["a", "b"], BLUE)
    truths = {name: tmp_path / f"truths/{name}.png" for name in "ab"}
    source = Folder("made", tmp_path / "made", truths)
    told: list[tuple[int, int]] = []

    def make() -> dict[tuple[str, str], str]:
        return dict(make_pictures(truths, [source], tmp_path, lambda *done: told.append(done)))

    files = make()
    count = 2 * 2 + len(STANDARDS) * (1 + len(COLORINGS))
    assert told[-1] == (count, count)
    assert len(files) == len(set(files.values())) == count
    folder = tmp_path / FOLDER
    times = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert set(times) == set(files.values())
    shown = {
        name: cv2.imread(str(folder / files["a", name]))[..., ::-1] for name in ("made", TRUTH)
    }
    for name, uv in (("made", BLUE), (TRUTH, RED)):
        assert np.abs(shown[name].astype(int) - photograph(0, uv)).max() <= 2
    assert make() == files
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == times
    write_photographs(tmp_path / "made", ["a"], (0.0, 0.1))
    changed = {key for key, file in make().items() if file != files[key]}
    assert changed == {("a", "made")}


def test_standards_are_photographs_that_come_along() -> None:
    for name in STANDARDS:
        assert standard(name).is_file()
        assert Photograph(standard(name)).page().rgb.shape[2] == 3
