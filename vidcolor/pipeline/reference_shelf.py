"""`ReferenceShelf`: the reference pictures of a film as its network sees them, the latest kept."""

from functools import lru_cache

from vidcolor.colorize.colorizer import FilmColorizer
from vidcolor.colorize.references import Reference
from vidcolor.hints.reference import read_reference
from vidcolor.pipeline.film_hints import UsedReference

_KEPT = 16
"""References that are kept: about 2 MB each. A film may have hundreds, a shot has a few."""


class ReferenceShelf:
    """Gives the reference pictures of a film, read anew where they were not used for long.

    film: the film's colorizer. mirrored: whether players mirror it.
    """

    def __init__(self, film: FilmColorizer, mirrored: bool) -> None:
        self._film = film
        self._mirrored = mirrored
        self._kept = lru_cache(_KEPT)(self._read)

    def __call__(self, used: UsedReference) -> Reference:
        """Return a reference. Raises InputError if its picture can't be read."""
        return self._kept(used)

    def sureness(self, used: UsedReference, samples: Sequence[torch.Tensor]) -> float:
        """Return how sure a reference's matches are in the mean over pictures, given as features.

        Raises InputError if its picture can't be read.
        """
        reference = self(used)
        return sum(sureness(each.float(), reference) for each in samples) / len(samples)

    def _read(self, used: UsedReference) -> Reference:
        picture = read_reference(used.picture)
        if self._mirrored:
            picture = picture.mirrored()
        return self._film.reference(picture.luma, picture.chroma, used.strength)
