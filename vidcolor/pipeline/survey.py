"""Looks a film over for the colorizer: how it stores its picture, and its black bars."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from vidcolor.color.yuv import BT709, Matrix
from vidcolor.colorize.bars import active_picture
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.input.frames import Picture
from vidcolor.input.key_frames import samples

SAMPLES = 64
"""Frames of the whole film by which black bars are found."""


def survey_film(
    path: Path, picture: Picture, chroma_shape: tuple[int, int], matrix: Matrix = BT709
) -> FilmFormat:
    """Return how the film at `path` stores its picture, and which part lies within black bars.

    The bars are those of the whole film, whatever part of it is colorized.

    Args:
        path: the film.
        picture: what holds for it, as `Reader` tells.
        chroma_shape: (height, width) of the chroma that is wanted for it.
        matrix: of that chroma.

    Raises as `Source`.
    """
    film = FilmFormat(
        picture.codes,
        (picture.height, picture.width),
        chroma_shape,
        picture.sample_aspect_ratio or Fraction(1),
        picture.rotation,
        picture.field_order is not None,
        matrix,
    )
    lumas = (frame.luma for frame in samples(path, SAMPLES))
    dtype = film.codes.dtype
    alike = (luma for luma in lumas if luma.shape == film.shape and luma.dtype == dtype)
    rows, columns = film.sampling
    multiples = (rows * (1 + film.interlaced), columns)
    return replace(film, active=active_picture(alike, film.shape, film.codes, multiples))
