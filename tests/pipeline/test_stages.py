"""The stages between reader and writer: which frames go how far."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clips import make_clip

from vidcolor.color.tint import Look
from vidcolor.input.frames import Frame, Marks
from vidcolor.input.reader import Reader
from vidcolor.pipeline.batches import Batch, drop_unneeded
from vidcolor.pipeline.stages import luma_alone, parts_that_wait
from vidcolor.temporal.kernel import ExponentialDecay


@pytest.mark.parametrize("size", [1, 4, 30])
@pytest.mark.parametrize(
    ("begins", "expected"),
    [
        ((), range(7, 15)),
        ((0,), range(7, 15)),
        ((9,), range(9, 15)),
        ((10,), range(10, 15)),
        ((11, 14), range(7, 14)),
        ((2, 12), range(7, 15)),
    ],
)
def test_of_a_run_up_only_what_the_span_depends_on_goes_on(
    size: int, begins: tuple[int, ...], expected: range
) -> None:
    """Frames 10 to 12 are the span, with 10 before and 8 behind; the shot counts, 3 back, 2 on."""
    marks = Marks(None, None, None, 1, 1, 1)
    film = [
        Frame(
            i, 1, np.zeros((2, 2), np.uint8), None, Look.GREY, marks, not 10 <= i < 13, i in begins
        )
        for i in range(21)
    ]
    parts = [Batch(film[at : at + size]) for at in range(0, len(film), size)]
    left = [
        frame
        for batch in drop_unneeded(parts, ExponentialDecay(0.2, 3, 2))
        for frame in batch.frames
    ]
    assert [frame.pts for frame in left] == list(expected)
    assert left[0].begins_shot
    assert [f.begins_shot for f in left[1:]] == [f.pts in begins for f in left[1:]]


def test_small_frames_wait_in_greater_number_and_take_no_more_memory(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv")
    with Reader(tmp_path / "a.mkv") as reader:
        film = reader.picture
    shapes = [(240, 320), (480, 854), (720, 1280), (1080, 1920), (2160, 3840)]
    for depth in (8, 10):
        pictures = [replace(film, height=h, width=w, depth=depth) for h, w in shapes]
        parts = [parts_that_wait(picture) for picture in pictures]
        assert parts == sorted(parts, reverse=True)
        assert parts[1] > 2 * parts[3]
        assert parts[3] == parts[4]


def test_frames_wait_with_nothing_but_their_luma(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv")
    with Reader(tmp_path / "a.mkv") as reader:
        read = [item for item in reader if isinstance(item, Frame)]
        waiting = [item for item in luma_alone(read) if isinstance(item, Frame)]
    assert len(waiting) == len(read) > 1
    for before, now in zip(read, waiting, strict=True):
        assert before.chroma is not None
        assert now.chroma is None
        assert now.luma.flags.owndata
        np.testing.assert_array_equal(now.luma, before.luma)
        assert now.marks == before.marks
