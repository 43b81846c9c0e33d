"""The frames that show most of each shot, as grey pictures for people to color."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.draw.sheet import png
from vidcolor.input.reader import Reader
from vidcolor.pipeline.listener import SILENT, Listener
from vidcolor.pipeline.shots import frame_at
from vidcolor.pipeline.survey import survey_film
from vidcolor.pipeline.telling_frames import most_telling, shot_sampler
from vidcolor.preview.sheet_pictures import label, sheet_shape, to_rgb, upright
from vidcolor.preview.stored import chroma_shape

_LONGEST = 1 << 16
"""Longer than the long side of any picture, in pixels: none is made smaller."""


def find_stills(
    path: Path,
    colorizer: Colorizer,
    per_shot: int = 1,
    cuts: Sequence[Fraction] | None = None,
    listener: Listener = SILENT,
) -> list[Fraction]:
    """Return when the frames are shown that show most of each shot, as `most_telling` finds them.

    Args:
        path: the film.
        colorizer: whose network looks at it.
        per_shot: how many frames of a shot, at most.
        cuts: as for `colorize_file`.
        listener: is told of the reading.

    Raises VidcolorError if the film can't be read.
    """
    with Reader(path) as reader:
        survey = survey_film(path, reader.picture)
        film = colorizer.film(survey.film(chroma_shape(survey.picture)))
    times: list[Fraction] = []
    for shot in shot_sampler(path, cuts, film, listener)(None, None):
        times += [sample.time for sample in most_telling(shot.samples, per_shot)]
    return times


def file_name(path: Path, time: Fraction) -> str:
    """Return the name of the still of a film at a time, which `time_of_name` reads again."""
    return f"{path.stem}.{label(time).replace(':', '-')}.png"


def draw_still(path: Path, time: Fraction) -> bytes:
    """Return the frame shown at a time as a PNG file, grey, as a player shows it.

    Raises VidcolorError if the film can't be read.
    """
    frame = frame_at(path, time)
    with Reader(path) as reader:
        picture = reader.picture
    shape = sheet_shape(picture, _LONGEST)
    chroma = np.full((2, 1, 1), picture.codes.neutral, frame.luma.dtype)
    (grey,) = to_rgb(frame.luma, [chroma], picture.codes, shape)
    return png(upright(grey, picture))
