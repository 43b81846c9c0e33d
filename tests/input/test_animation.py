"""Animated pictures read as films: every frame at the time that its file tells."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader

DURATIONS = [40, 100, 70, 300, 120]
LEVELS = [20, 60, 100, 140, 180]


def animation(path: Path, alpha: int | None = None) -> None:
    frames = [np.full((48, 64), level, np.uint8) for level in LEVELS]
    if alpha is not None:
        frames = [np.dstack([f, f, f, np.full_like(f, alpha)]) for f in frames]
    first, *rest = map(Image.fromarray, frames)
    first.save(path, save_all=True, append_images=rest, duration=DURATIONS, loop=3, lossless=True)


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
def test_frames_and_durations(tmp_path: Path, suffix: str) -> None:
    animation(tmp_path / f"a{suffix}")
    with Reader(tmp_path / f"a{suffix}") as reader:
        frames = [item for item in reader if isinstance(item, Frame)]
        times = [1000 * reader.seconds(frame) for frame in frames]
        lasting = [1000 * frame.duration * reader.picture.time_base for frame in frames]
        assert reader.left_out == []
        assert reader.metadata["loop"] == "3"
        assert 1000 * reader.duration == sum(DURATIONS)
    assert times == [0, 40, 140, 210, 510]
    assert lasting == DURATIONS
    assert np.abs([int(f.luma[9, 9]) - at for f, at in zip(frames, LEVELS, strict=True)]).max() <= 1


@pytest.mark.parametrize("suffix", [".webp", ".png"])
@pytest.mark.parametrize(("alpha", "left_out"), [(255, []), (128, ["alpha channel"])])
def test_only_alpha_that_hides_something_is_left_out(
    tmp_path: Path, suffix: str, alpha: int, left_out: list[str]
) -> None:
    animation(tmp_path / f"a{suffix}", alpha)
    with Reader(tmp_path / f"a{suffix}") as reader:
        assert reader.left_out == left_out


def test_the_command_makes_a_film_of_it(tmp_path: Path, weights: Path, vidcolor) -> None:
    animation(tmp_path / "a.webp")
    run = vidcolor("colorize", tmp_path / "a.webp", "--weights", weights, "--strict", "-q")
    assert (run.code, run.err) == (0, "")
    with Reader(tmp_path / "a.color.mkv") as made:
        times = [1000 * made.seconds(item) for item in made if isinstance(item, Frame)]
    assert times == [0, 40, 140, 210, 510]
    refused = vidcolor("colorize", tmp_path / "a.webp", "-o", tmp_path / "b.webp")
    assert refused.code == 2
    assert "name the output .mkv" in refused.err
