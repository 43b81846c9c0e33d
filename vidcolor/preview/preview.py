"""What `vidcolor preview` makes: a sheet of frames from all over a film, grey above colour."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.draw.sheet import png
from vidcolor.hints.file import Hints
from vidcolor.pipeline.listener import SILENT, Listener
from vidcolor.preview.colored_frames import choose_frames
from vidcolor.preview.sheet_pictures import in_rows, label, pictures, stack


def preview(
    path: Path,
    colorizer: Colorizer,
    *,
    count: int = 8,
    cuts: Sequence[Fraction] | None = None,
    hints: Hints | None = None,
    listener: Listener = SILENT,
) -> bytes:
    """Draw a sheet with up to `count` frames of a film, grey above colour, as a PNG file.

    Frames are upright and in the shape that a player shows. Below each stands its time, rounded
    down to milliseconds.

    Args:
        path: the film.
        colorizer: colours the frames.
        count: the most frames to show.
        cuts, hints: as for `colorize_file`.
        listener: is told if it takes longer than usual, and what there is to tell of hints.

    Raises:
        VidcolorError: the film can't be read or coloured.
    """
    picture, frames = choose_frames(path, colorizer, count, cuts, listener, hints=hints)
    return png(in_rows([(stack(pictures(frame, picture)), label(frame.time)) for frame in frames]))
