"""Names of outputs."""

from pathlib import Path

import pytest

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


def test_photographs_are_told_by_their_suffix() -> None:
    assert is_still(Path("a.TIFF"))
    assert not is_still(Path("a.gif"))
    assert not is_still(Path("png"))
