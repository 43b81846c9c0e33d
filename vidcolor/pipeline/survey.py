"""Looks a film over before it is colored: how it stores its picture, and its black bars."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

import numpy as np

from vidcolor.color.yuv import BT709, Matrix
from vidcolor.colorize.bars import active_picture
from vidcolor.colorize.film_format import FilmFormat, Rectangle
from vidcolor.input.frames import Frame, Picture
from vidcolor.input.key_frames import runs, samples
from vidcolor.input.reader import Reader
from vidcolor.pipeline.free_memory import give_back

SAMPLES = 64
"""Key frames of the whole film by which black bars are found, and what changes midway."""
RUNS, RUN_LENGTH = 6, 6
"""At so many places so many frames in a row show what key frames may hide: telecine's rhythm."""
_TURN = 0.0005
"""Seconds that a thread computes in Python before another one may, while libraries load."""


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
            seen.append(frame.without_planes())
            if frame.luma.shape == shape and frame.luma.dtype == dtype:
                yield frame.luma

    luma = lumas()
    bare = active_picture(luma, shape, picture.codes)
    for _ in luma:  # those that were not needed to rule bars out
        pass
    for frame in runs(path, RUNS, RUN_LENGTH, picture):
        seen.append(frame.without_planes())
    ordered = tuple(sorted(seen, key=lambda frame: frame.pts))
    orders = [picture.field_order, *(frame.marks.field_order for frame in ordered)]
    order = next(filter(None, orders), None)
    mixed = order is not None and None in orders
    return Survey(replace(picture, field_order=order, scans_mix=mixed), bare, ordered)


Surveyor: TypeAlias = Callable[[Path, Picture], Survey]
"""Looks a film over, as `survey_film` does."""


class SurveyAhead:
    """Looks a film over in a thread, while the network and its libraries load.

    It is a context manager, and a `Surveyor` whose result is that of `survey_film`. Leaving the
    context waits for the thread. Where that fails, or it is asked of another film, the film is
    looked over when it is asked for, and what `survey_film` raises comes then.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._made: tuple[Picture, Survey] | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.join()
        give_back()  # what decoding and loading took, before the film needs as much again

    def __call__(self, path: Path, picture: Picture) -> Survey:
        if self._made is not None and (path, picture) == (self._path, self._made[0]):
            return self._made[1]
        return survey_film(path, picture)

    def _run(self) -> None:
        with suppress(Exception), taking_turns(), Reader(self._path) as reader:
            self._made = reader.picture, survey_film(self._path, reader.picture)


@contextmanager
def taking_turns() -> Iterator[None]:
    """Let threads take turns more often in this context.

    A library that loads computes in Python all the time, and this thread, which mostly decodes,
    would wait the usual 5 ms for its turn after each frame.
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
