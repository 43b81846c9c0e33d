"""Looks a film over before it is colored: how it stores its picture, and its black bars."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from vidcolor.color.yuv import BT709, Matrix
from vidcolor.colorize.bars import active_picture
from vidcolor.colorize.film_format import FilmFormat, Rectangle
from vidcolor.input.frames import Frame, Picture
from vidcolor.input.key_frames import runs, samples

SAMPLES = 64
"""Key frames of the whole film by which black bars are found, and what changes midway."""
RUNS, RUN_LENGTH = 6, 6
"""At so many places so many frames in a row show what key frames may hide: telecine's rhythm."""


@dataclass(frozen=True)
class Survey:
    """What samples of a whole film show, whatever part of it is colorized."""

    picture: Picture
    """What holds for the film; it has a field order if any sample is interlaced, and may be mixed.
    """
    bare: Rectangle
    """The part of the luma plane that lies within black bars."""
    samples: tuple[Frame, ...]
    """The samples, without their planes."""

    def film(self, chroma_shape: tuple[int, int], matrix: Matrix = BT709) -> FilmFormat:
        """Return how the film stores its picture.

        chroma_shape: (height, width) of the chroma that is wanted for it. matrix: of that chroma.
        """
        picture = self.picture
        film = FilmFormat(
            picture.codes,
            (picture.height, picture.width),
            chroma_shape,
            picture.sample_aspect_ratio or Fraction(1),
            picture.rotation,
            picture.field_order is not None,
            matrix,
        )
        rows, columns = film.sampling
        active = self.bare.widened((rows * (1 + film.interlaced), columns), film.shape)
        return replace(film, active=active)


def survey_film(path: Path, picture: Picture) -> Survey:
    """Look over the film at `path`. picture: what holds for it, as `Reader` tells.

    Raises as `Source`.
    """
    shape, dtype = (picture.height, picture.width), picture.codes.dtype
    seen: list[Frame] = []

    def lumas() -> Iterator[np.ndarray]:
        for frame in samples(path, SAMPLES, picture):
            seen.append(_without_planes(frame))
            if frame.luma.shape == shape and frame.luma.dtype == dtype:
                yield frame.luma

    luma = lumas()
    bare = active_picture(luma, shape, picture.codes)
    for _ in luma:  # those that were not needed to rule bars out
        pass
    for frame in runs(path, RUNS, RUN_LENGTH, picture):
        seen.append(_without_planes(frame))
    ordered = tuple(sorted(seen, key=lambda frame: frame.pts))
    orders = [picture.field_order, *(frame.marks.field_order for frame in ordered)]
    order = next(filter(None, orders), None)
    mixed = order is not None and None in orders
    return Survey(replace(picture, field_order=order, scans_mix=mixed), bare, ordered)


def _without_planes(frame: Frame) -> Frame:
    return replace(frame, luma=np.empty((0, 0), frame.luma.dtype), chroma=None)
