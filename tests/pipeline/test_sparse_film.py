"""A film of which the network sees some frames: any part of it is as in the whole."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clips import make_clip, planes_of, tags_of, times_of
from drifting import drifting

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.input.reader import Reader
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.film import colorize_file
from vidcolor.preview.colored_frames import preview_frames
from vidcolor.temporal.kernel import ExponentialDecay

FFV1 = EncoderSettings("ffv1")
EVERY = 3
COUNT, CUT = 70, 47
EVEN = tuple(range(0, 40 * COUNT, 40))
_GAPS = np.random.default_rng(1).choice([5, 20, 40, 41, 130], COUNT - 1)
UNEVEN = (0, *_GAPS.cumsum().tolist())


@pytest.fixture
def colorizer(checkpoint: Checkpoint) -> Colorizer:
    """Batches that the frames of no part fill."""
    kernel = ExponentialDecay(0.2, 4, 2)
    return Colorizer(checkpoint, kernel=kernel, every=EVERY, precision="fp32", batch_size=5)


def whole(path: Path, colorizer: Colorizer, **options: Any) -> list[tuple[Fraction, np.ndarray]]:
    """The times and planes of the whole film in color."""
    output = path.with_name("whole.mkv")
    colorize_file(path, output, colorizer, encoder=FFV1, **options)
    return list(zip(times_of(output), planes_of(output), strict=True))


@pytest.mark.parametrize(
    ("times", "changes", "options"),
    [
        (EVEN, {}, {}),
        (EVEN, {"fields": "tff"}, {"cuts": (Fraction(CUT, 25),)}),
        (UNEVEN, {}, {}),
        pytest.param(UNEVEN, {"fields": "tff"}, {}, marks=pytest.mark.long),
        pytest.param(EVEN, {}, {"two_pass": True}, marks=pytest.mark.long),
    ],
    ids=["even", "interlaced", "uneven", "interlaced, uneven", "two passes"],
)
def test_spans_at_neighbouring_frames_equal_the_same_frames_of_the_whole(
    tmp_path: Path,
    colorizer: Colorizer,
    times: tuple[int, ...],
    changes: dict[str, Any],
    options: dict[str, Any],
) -> None:
    path = tmp_path / "a.mkv"
    make_clip(path, times=times, pictures=drifting(COUNT, (CUT,)), gop=8, **changes)
    made = whole(path, colorizer, **options)
    for first in (*range(42, 42 + EVERY), CUT + 1):
        begin = made[first][0]
        colorize_file(
            path, tmp_path / "part.mkv", colorizer, encoder=FFV1, overwrite=True,
            start=begin, duration=made[first + 4][0] - begin, **options,
        )  # fmt: skip
        part = planes_of(tmp_path / "part.mkv")
        assert len(part) == 4
        for expected, planes in zip(made[first:], part, strict=False):
            assert all(map(np.array_equal, planes, expected[1]))


@pytest.mark.parametrize("times", [EVEN, UNEVEN])
def test_previews_are_the_film_s_own_frames(
    tmp_path: Path, colorizer: Colorizer, times: tuple[int, ...]
) -> None:
    path = tmp_path / "a.mkv"
    make_clip(path, times=times, pictures=drifting(COUNT, (CUT,)), gop=8)
    made = whole(path, colorizer)
    with Reader(path) as reader:
        picture = reader.picture
    chosen = [made[index] for index in (0, 33, 34, 35, CUT, COUNT - 1)]
    shown = preview_frames(path, picture, [time for time, _ in chosen], colorizer)
    for (time, planes), frame in zip(chosen, shown, strict=True):
        assert frame.time == time
        assert np.array_equal(frame.chroma, planes[1:])


def test_the_film_tells_how_many_frames_were_seen(tmp_path: Path, colorizer: Colorizer) -> None:
    make_clip(tmp_path / "a.mkv")
    result = colorize_file(tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer)
    assert result.settings.every == EVERY
    assert f" every={EVERY} " in tags_of(tmp_path / "b.mkv")["comment"]
