"""The sheet that `vidcolor hints draw` makes: marks in their frames, and what came of them."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.draw.sheet import png
from vidcolor.errors import UsageError
from vidcolor.hints.file import Hints
from vidcolor.hints.marks import Mark, Palette
from vidcolor.hints.placement import Placement
from vidcolor.hints.rasterize import cover
from vidcolor.input.reader import Reader
from vidcolor.pipeline.listener import SILENT, Listener
from vidcolor.pipeline.placed_hints import PlacedHint, place_hints
from vidcolor.pipeline.shots import Shots
from vidcolor.preview.colored_frames import preview_frames
from vidcolor.preview.sheet_pictures import in_rows, label, pictures, stack

LATER = Fraction(1)
"""The seconds after which a frame is looked at again, or less if its shot ends before."""

MOST = 48
"""The most frames with marks on a sheet."""

_NAMED = 3
"""The most marks that a caption names."""


def draw_hints(
    path: Path,
    hints: Hints,
    colorizer: Colorizer,
    *,
    cuts: Sequence[Fraction] | None = None,
    listener: Listener = SILENT,
) -> bytes:
    """Draw each frame with marks or a picture of its own, above what it became 1 s later, as PNG.

    The marks are outlined. Both frames have the colours that the film will have.

    Args:
        path: the film.
        hints: its hints.
        colorizer: colours the frames.
        cuts: as for `colorize_file`.
        listener: is told what there is to tell of hints, and of frames left out.

    Raises:
        UsageError: no mark lies in the film.
        VidcolorError: the film can't be read or coloured.
    """
    by_time: dict[Fraction, list[PlacedHint]] = {}
    for each in place_hints(hints, Shots(path, cuts)):
        if each.problem:
            raise UsageError(each.problem)
        if each.time is not None and not isinstance(each.hint, Palette):
            by_time.setdefault(each.time, []).append(each)
    if not by_time:
        raise UsageError(f"{hints.path or path}: no points, strokes or regions to draw")
    moments = sorted(by_time)
    if len(moments) > MOST:
        listener.note(f"marks are given in {len(moments)} frames; the first {MOST} are drawn")
        moments = moments[:MOST]
    later = [_later(by_time[moment][0]) for moment in moments]
    times = [time for pair in zip(moments, later, strict=True) for time in pair]
    with Reader(path) as reader:
        picture = reader.picture
    frames = preview_frames(
        path, picture, times, colorizer, cuts, hints=hints, listener=listener.once()
    )
    cells = []
    for given, after in zip(frames, frames, strict=True):
        marks = by_time[given.time]
        shown = pictures(given, picture)[1].copy()
        for each in marks:
            if isinstance(each.hint, Mark):
                _outline(shown, each.hint)
        names = ", ".join(each.name for each in marks[:_NAMED])
        more = f" and {len(marks) - _NAMED} more" if len(marks) > _NAMED else ""
        seconds = float(after.time - given.time)
        cells.append(
            (
                stack([shown, pictures(after, picture)[1]]),
                f"{label(given.time)}: {names}{more}; below {seconds:.3g} s later",
            )
        )
    return png(in_rows(cells))


def _later(placed: PlacedHint) -> Fraction:
    """Return when the frame is shown in which a mark is looked at again."""
    assert placed.shot is not None
    assert placed.time is not None
    times = placed.shot.times
    return next((time for time in times if time >= placed.time + LATER), times[-1])


def _outline(shown: np.ndarray, mark: Mark) -> None:
    """Draw the edge of a mark, white within black, into a picture (H, W, 3) that a player shows."""
    covered = cover(mark, Placement(), shown.shape[:2]).astype(np.uint8)
    beside = cv2.dilate(covered, np.ones((3, 3), np.uint8))
    around = cv2.dilate(covered, np.ones((5, 5), np.uint8))
    shown[around > beside] = 0
    shown[beside > covered] = 255
