"""The two fields of an interlaced frame: taken apart, and woven together again.

A progressive frame among interlaced ones counts for both fields, as a whole: so smoothing goes on
across it, and it is coloured as the one picture that it is.
"""

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

    def split(
        self, planes: Sequence[np.ndarray], interlaced: Sequence[bool] | None = None
    ) -> list[list[np.ndarray]]:
        """Return for each picture its part of the planes, (H, W) each, as views.

        interlaced: for each plane of an interlaced film whether it holds two fields; by default all
        do. Of an odd number of lines all do.
        """
        count = len(self.formats)
        fields = interlaced or [True] * len(planes)
        return [
            [
                plane[parity::count] if by_fields or len(plane) % 2 else plane
                for plane, by_fields in zip(planes, fields, strict=True)
            ]
            for parity in range(count)
        ]

    def weave(self, chromas: Sequence[np.ndarray]) -> np.ndarray:
        """Return a frame's chroma, (2, *chroma_shape), made of that of its pictures."""
        if chromas[0].shape[1:] == self._chroma_shape:
            return chromas[0]
        woven = np.empty((2, *self._chroma_shape), chromas[0].dtype)
        for parity, chroma in enumerate(chromas):
            woven[:, parity :: len(chromas)] = chroma
        return woven
