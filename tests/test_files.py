"""Names of outputs."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from vidcolor.files import default_output, is_still


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("film.mkv", "film.color.mkv"),
        ("film.mp4", "film.color.mp4"),
        ("film.mov", "film.color.mov"),
        ("film.m4v", "film.color.m4v"),
        ("film.webm", "film.color.webm"),
        ("FILM.MKV", "FILM.color.MKV"),
        ("film.avi", "film.color.mkv"),
        ("film.ts", "film.color.mkv"),
        ("film.flv", "film.color.mkv"),
        ("film.3gp", "film.color.mkv"),
        ("film", "film.color.mkv"),
        ("a.b.c.mkv", "a.b.c.color.mkv"),
        ("photo.png", "photo.color.png"),
        ("photo.JPG", "photo.color.JPG"),
        ("photo.jpeg", "photo.color.jpeg"),
        ("photo.webp", "photo.color.webp"),
        ("photo.tif", "photo.color.tif"),
    ],
)
def test_outputs_lie_beside_their_source_or_in_the_folder_given(source: str, output: str) -> None:
    assert default_output(Path("reels") / source, None) == Path("reels") / output
    assert default_output(Path("reels") / source, Path("colour")) == Path("colour") / output


def test_files_that_are_not_there_are_told_by_their_suffix() -> None:
    assert is_still(Path("a.TIFF"))
    assert not is_still(Path("a.gif"))
    assert not is_still(Path("png"))


GREY = Image.new("L", (64, 64), 99)


@pytest.mark.parametrize(
    ("name", "kind", "output"),
    [
        ("a.bmp", "bmp", "a.color.bmp"),
        ("a.jp2", "jpeg2000", "a.color.jp2"),
        ("a.avif", "avif", "a.color.avif"),
        ("a.pgm", "ppm", "a.color.png"),
        ("a.gif", "gif", "a.color.png"),
        ("a.tga", "tga", "a.color.png"),
        ("a.jpg", "png", "a.color.png"),
        ("a", "jpeg", "a.color.jpg"),
        ("a.mkv", "tiff", "a.color.tif"),
    ],
)
def test_photographs_are_told_by_what_they_hold(
    tmp_path: Path, name: str, kind: str, output: str
) -> None:
    GREY.save(tmp_path / name, kind)
    assert is_still(tmp_path / name)
    assert default_output(tmp_path / name, None) == tmp_path / output


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
def test_animated_pictures_are_films(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    GREY.save(path, save_all=True, append_images=[Image.new("L", (64, 64), 9)], duration=40)
    assert not is_still(path)
    assert default_output(path, None) == tmp_path / "a.color.mkv"
    GREY.save(path, save_all=True)
    assert is_still(path)


def test_an_avif_of_ten_bits_becomes_a_png(tmp_path: Path) -> None:
    deep = np.full((64, 64, 3), 500, np.uint16)
    cv2.imwrite(str(tmp_path / "a.avif"), deep, [cv2.IMWRITE_AVIF_DEPTH, 10])
    assert default_output(tmp_path / "a.avif", None) == tmp_path / "a.color.png"
