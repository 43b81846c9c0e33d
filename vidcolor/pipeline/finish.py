"""The last touch on coloured frames, before they are written."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vidcolor.colorize.film_format import FilmFormat
from vidcolor.errors import UnsupportedError
from vidcolor.input.frames import Picture
from vidcolor.pipeline.stages import ColoredFrame


@dataclass(frozen=True)
class Finish:
    """Turns the chroma of a film's frames into what is written.

    path: the film, for messages. picture, stored: what holds for its frames. split_screen: the left
    half, as a player shows it, of what gets color stays grey.
    """

    path: Path
    picture: Picture
    stored: FilmFormat
    split_screen: bool

    def __call__(self, colored: ColoredFrame) -> np.ndarray:
        """Return the chroma, (2, h, w); raise where it is stored otherwise than the film's first.

        Raises UnsupportedError.
        """
        chroma = colored.chroma
        if chroma.shape[1:] != self.stored.chroma_shape:
            raise UnsupportedError(
                f"{self.path}: the film changes its pixel format midway; convert it to "
                "one format first, or leave --only-gray out"
            )
        if self.split_screen and not colored.is_kept:
            shown = self.picture.upright(chroma)
            shown[..., : shown.shape[-1] // 2] = self.stored.codes.neutral
        return chroma
