"""The two fields of an interlaced frame: taken apart, and woven together again."""

from collections.abc import Sequence

import numpy as np

from vidcolor.colorize.film_format import FilmFormat


class Fields:
    """The pictures that each frame of a film holds: two fields if it is interlaced, else one.

    formats: of each picture, in the order of the lines; a progressive film has one, its own.
    """

    formats: list[FilmFormat]

    def __init__(self, film_format: FilmFormat) -> None:
        self._chroma_shape = film_format.chroma_shape
        self.formats = [film_format]
        if film_format.interlaced:
            self.formats = [film_format.field(parity) for parity in (0, 1)]

    def split(self, planes: Sequence[np.ndarray]) -> list[list[np.ndarray]]:
        """Return for each picture its part of the planes, (H, W) each, as views."""
        count = len(self.formats)
        return [[plane[parity::count] for plane in planes] for parity in range(count)]

    def weave(self, chromas: Sequence[np.ndarray]) -> np.ndarray:
        """Return a frame's chroma, (2, *chroma_shape), made of that of its pictures."""
        if len(chromas) == 1:
            return chromas[0]
        woven = np.empty((2, *self._chroma_shape), chromas[0].dtype)
        for parity, chroma in enumerate(chromas):
            woven[:, parity :: len(chromas)] = chroma
        return woven
