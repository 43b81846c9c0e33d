"""The way of a film's frames from the reader to their colour, in two threads."""

from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction

from vidcolor.colorizer import Colorizer, FilmColorizer, InterlacedColorizer
from vidcolor.drift import Drift
from vidcolor.prefetch import Prefetch
from vidcolor.reader import Reader
from vidcolor.stages import ColouredBatch, batches, coloured, in_shots, needed

QUEUED_BATCHES = 2
"""Batches that may wait between two stages."""


@contextmanager
def in_colour(
    reader: Reader,
    colorizer: Colorizer,
    film: FilmColorizer | InterlacedColorizer,
    cuts: Sequence[Fraction] | None,
    *,
    kept: Container[int] = (),
    drift: Drift | None = None,
) -> Iterator[Iterable[ColouredBatch]]:
    """The frames of `reader` in colour, and its packets.

    The context must end before the reader is closed. film: the colorizer's, of this film. kept,
    drift: as for `coloured`.
    """
    shots = in_shots(batches(reader, colorizer.batch_size), reader, cuts)
    with (
        Prefetch(needed(shots, colorizer.kernel), QUEUED_BATCHES) as decoded,
        Prefetch(coloured(decoded, film, reader, kept, drift), QUEUED_BATCHES) as done,
    ):
        yield done
