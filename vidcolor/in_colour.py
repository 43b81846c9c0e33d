"""A film in colour that is written nowhere."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction

from vidcolor.colorizer import Colorizer, FilmFormat
from vidcolor.pipeline import QUEUED_BATCHES
from vidcolor.prefetch import Prefetch
from vidcolor.reader import Reader
from vidcolor.stages import ColouredBatch, batches, coloured, in_shots, needed


@contextmanager
def in_colour(
    reader: Reader,
    colorizer: Colorizer,
    film: FilmFormat,
    cuts: Sequence[Fraction] | None,
    probabilities: bool = False,
) -> Iterator[Iterable[ColouredBatch]]:
    """What `colorize_file` would write of `reader` in one pass, frames and packets.

    The context must end before the reader is closed. film: as it is stored. probabilities: whether
    frames come with theirs.
    """
    started = colorizer.film(film, probabilities)
    shots = in_shots(batches(reader, colorizer.batch_size), reader, cuts)
    with (
        Prefetch(needed(shots, colorizer.kernel), QUEUED_BATCHES) as decoded,
        Prefetch(coloured(decoded, started, reader, (), None), QUEUED_BATCHES) as done,
    ):
        yield done
