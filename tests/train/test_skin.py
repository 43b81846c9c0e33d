"""Faces on photographs, and the share of them in skin's tones."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from skimage import data as samples
from skimage.color import lab2rgb

from vidcolor.train.cli import train
from vidcolor.train.data.pack import pack
from vidcolor.train.evaluate.skin import Skin, Tone, faces


def portrait() -> np.ndarray:
    """An astronaut, 192 x 192; her face is 34 pixels wide."""
    return cv2.resize(samples.astronaut(), (192, 192), interpolation=cv2.INTER_AREA)


def test_the_middle_of_a_face_is_found() -> None:
    ((rows, columns),) = faces(portrait())
    assert 25 < rows.start < rows.stop < 65
    assert 70 < columns.start < columns.stop < 100
    assert rows.stop - rows.start > columns.stop - columns.start > 10


def test_two_faces_are_two_and_a_cat_is_none() -> None:
    assert len(faces(np.hstack([portrait(), portrait()[:, ::-1]]))) == 2
    assert not faces(samples.chelsea()[:256, :256])
    assert not faces(samples.coffee()[:256, :256])


@pytest.mark.parametrize("hue", [-120.0, 0, 45, 90, 170])
def test_a_tone_is_the_hue_and_chroma_of_a_flat_colour(hue: float) -> None:
    a, b = 20 * np.cos(np.radians(hue)), 20 * np.sin(np.radians(hue))
    flat = np.full((8, 8, 3), (60, a, b))
    rgb = (lab2rgb(flat) * 255).round().astype(np.uint8)
    tone = Tone.of(rgb, (slice(2, 6), slice(2, 6)))
    assert tone.hue == pytest.approx(hue, abs=2)
    assert tone.chroma == pytest.approx(20, abs=0.7)


def test_skin_is_neither_grey_nor_too_strong_nor_of_another_hue() -> None:
    skin = Skin.of([Tone(hue, chroma) for hue, chroma in zip(range(101), range(101), strict=True)])
    assert skin.hues == pytest.approx((5, 95))
    assert skin.strongest == pytest.approx(95)
    tones = [Tone(50, 50), Tone(4, 50), Tone(96, 50), Tone(50, 4), Tone(50, 96), Tone(-50, 50)]
    assert [skin.share([tone]) for tone in tones] == [1, 0, 0, 0, 0, 0]
    assert skin.share(tones) == pytest.approx(1 / 6)


def test_evaluate_tells_of_skin(weights: Path, tmp_path: Path) -> None:
    (tmp_path / "people").mkdir()
    Image.fromarray(portrait()).save(tmp_path / "people/astronaut.png")
    Image.fromarray(samples.chelsea()[:256, :256]).save(tmp_path / "people/cat.png")
    pack([tmp_path / "people"], tmp_path / "packed", 1.0)
    command = ["evaluate", "--data", str(tmp_path / "packed"), "--weights", str(weights), "--skin"]
    done = CliRunner().invoke(train, [*command, "--json"], catch_exceptions=False)
    figures = json.loads(done.stdout)["skin"]
    assert figures["faces"] == 1
    assert set(figures["shares"]) == {"truth", f"{weights} accuracy", f"{weights} defaults"}
    done = CliRunner().invoke(train, command, catch_exceptions=False)
    assert "1 faces: hue" in done.stdout
    assert "truth" in done.stdout.rpartition("within %")[2]
