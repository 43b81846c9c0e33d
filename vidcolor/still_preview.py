"""A photograph as `preview.previewed` gives the frames of a film."""

from fractions import Fraction
from pathlib import Path

from vidcolor.colorizer import Colorizer, FilmFormat
from vidcolor.frames import Picture
from vidcolor.preview import Previewed
from vidcolor.stills import luma_of, read_photograph


def previewed_still(path: Path, colorizer: Colorizer) -> tuple[Picture, Previewed]:
    """A photograph as a film's only frame, with its probabilities, in the colours that
    `colorize_still` gives it.

    Raises InputError, UnsupportedError.
    """
    codes, luma = luma_of(read_photograph(path)[0])
    height, width = luma.shape
    stored = FilmFormat(codes, luma.shape, luma.shape)
    film = colorizer.film(stored, probabilities=True)
    (colour,) = film([luma]) + film.finish()
    picture = Picture(
        width=width,
        height=height,
        depth=codes.depth,
        full_range=codes.full,
        transfer=13,
        matrix=1,
        primaries=1,
        pixel_format="yuv444p",
        has_alpha=False,
        field_order=None,
        display_matrix=None,
        rotation=0,
        sample_aspect_ratio=None,
        time_base=Fraction(1),
        average_rate=None,
    )
    return picture, Previewed(
        Fraction(0),
        luma,
        colour.chroma,
        colour.confidence,
        colour.probabilities,
        stored.active_luma,
    )
