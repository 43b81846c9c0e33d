"""The frames that show most of each shot, as grey pictures for people to color."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_colorizer import FilmColorizer
from vidcolor.colorize.references import Reference, sureness
from vidcolor.draw.sheet import png
from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader
from vidcolor.pipeline.listener import SILENT, Listener
from vidcolor.pipeline.shot_samples import ShotSampler
from vidcolor.pipeline.shots import frame_at
from vidcolor.pipeline.survey import survey_film
from vidcolor.preview.sheet_pictures import label, sheet_shape, to_rgb, upright
from vidcolor.preview.stored import chroma_shape

_SAMPLES = 16
"""The most frames of a shot among which stills are chosen."""

_FADED = 0.5
"""A frame whose contrast is less than this part of the highest in its shot is in a fade."""

_LONGEST = 1 << 16
"""Longer than the long side of any picture, in pixels: none is made smaller."""


def find_stills(
    path: Path,
    colorizer: Colorizer,
    per_shot: int = 1,
    cuts: Sequence[Fraction] | None = None,
    listener: Listener = SILENT,
) -> list[Fraction]:
    """Return when the frames are shown that show most of each shot, in order.

    They are those in which most of what other frames of the shot show is found again, as surely as
    `colorize.references` finds it: the frames a reference is best made of. Frames in fades are left
    out, as nobody can see what they show.

    Args:
        path: the film.
        colorizer: whose network looks at it.
        per_shot: how many frames of a shot, at most. A further one is the frame that adds most.
        cuts: as for `colorize_file`.
        listener: is told of the reading.

    Raises VidcolorError if the film can't be read.
    """
    with Reader(path) as reader:
        survey = survey_film(path, reader.picture)
        film = colorizer.film(survey.film(chroma_shape(survey.picture)))
        seconds = reader.seconds

    def look(frames: Sequence[Frame]) -> list[_Seen]:
        return [
            _Seen(seconds(frame), _features(film, frame), float(frame.luma.std()))
            for frame in frames
        ]

    times: list[Fraction] = []
    for shot in ShotSampler(path, cuts, look, _SAMPLES, listener)(None, None):
        least = _FADED * max(seen.contrast for seen in shot.samples)
        clear = [seen for seen in shot.samples if seen.contrast >= least]
        chosen = most_telling([seen.features for seen in clear], per_shot)
        times += [clear[number].time for number in chosen]
    return times


@dataclass(frozen=True, eq=False)
class _Seen:
    """A frame: when it is shown, its features, and the standard deviation of its luma codes."""

    time: Fraction
    features: torch.Tensor
    contrast: float


def most_telling(samples: Sequence[torch.Tensor], count: int) -> list[int]:
    """Return the numbers of up to `count` pictures in which most of all of them is found, in order.

    samples: the features of each, as `Predictor.features` has them. They are chosen one by one, so
    that the mean over all pictures of how surely the likest chosen one matches them is largest
    (Nemhauser, Wolsey and Fisher 1978: within 37 % of the best choice).
    """
    sure = np.array([[sureness(one, _bare(other)) for other in samples] for one in samples])
    chosen: list[int] = []
    found = np.zeros(len(samples))
    for _ in range(min(count, len(samples))):
        gains = np.maximum(sure, found[:, None]).mean(0)
        gains[chosen] = -1
        chosen.append(int(gains.argmax()))
        found = np.maximum(found, sure[:, chosen[-1]])
    return sorted(chosen)


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


def _features(film: FilmColorizer, frame: Frame) -> torch.Tensor:
    return film.features(frame.luma, frame.marks.field_order is not None)


def _bare(features: torch.Tensor) -> Reference:
    """Return a picture as a reference of which only the features count."""
    nothing = torch.zeros(3, *features.shape[1:])
    return Reference(features, nothing[0], nothing[1:])
