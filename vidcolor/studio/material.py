"""The film or photograph that is coloured: what holds for it, and its frames."""

import threading
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import numpy as np

from vidcolor.colorize.film_format import FilmFormat
from vidcolor.errors import InputError, VidcolorError
from vidcolor.files import is_still
from vidcolor.hints.placement import Placement
from vidcolor.input.frames import Frame
from vidcolor.input.photographs import Photograph, luma_of
from vidcolor.input.reader import Reader
from vidcolor.pipeline.shots import MOMENT, Shot, frame_at
from vidcolor.pipeline.survey import Survey, survey_film
from vidcolor.preview.sheet_pictures import sheet_shape
from vidcolor.preview.stored import chroma_shape, photograph_picture
from vidcolor.studio.kept import Kept

_LUMA_CAP = 256 << 20
"""The bytes of decoded luma that are kept."""

ONLY_SHOT = Shot((MOMENT,), MOMENT + 1)
"""That of a photograph."""


@dataclass(frozen=True, eq=False)
class Plane:
    """The luma of a frame: (H, W) codes, and whether it holds two fields."""

    luma: np.ndarray
    interlaced: bool


class Material:
    """A film or photograph.

    picture: what holds for its frames. length: in seconds; None where nothing tells. begin: when
    its first frame is shown, which is kept at once. Raises as `Reader`, and InputError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._as_opened = _stamp(path)
        self.is_photograph = is_still(path)
        self._planes: Kept[Plane] = Kept(_LUMA_CAP, lambda plane: plane.luma.nbytes)
        self._survey: Survey | None = None
        self._lock = threading.Lock()
        self.length: Fraction | None = None
        if self.is_photograph:
            codes, luma = luma_of(Photograph(path).page())
            self.picture = photograph_picture(codes, luma.shape)
            self.begin = MOMENT
            self.keep(self.begin, Plane(luma, False))
        else:
            with Reader(path) as reader:
                self.picture, self.length = reader.picture, reader.duration
                first = next(item for item in reader if isinstance(item, Frame))
                self.begin = reader.seconds(first)
                self.keep(self.begin, _plane(first))

    @cached_property
    def stored(self) -> FilmFormat:
        """How frames are stored, with the chroma of an encoder that holds 4:2:0; of a photograph
        with all chroma. Of a film that takes a moment. Raises as `Source`."""
        with self._lock:
            if self.is_photograph:
                shape = (self.picture.height, self.picture.width)
                return FilmFormat(self.picture.codes, shape, shape)
            if self._survey is None:
                self._survey = survey_film(self.path, self.picture)
            return self._survey.film(chroma_shape(self._survey.picture))

    @cached_property
    def placement(self) -> Placement:
        """Where the active picture lies in what a player shows."""
        return Placement.of(self.stored, self.picture.mirrored)

    @property
    def shape(self) -> tuple[int, int]:
        """The (height, width) of the picture that a player shows, in square pixels."""
        height, width = self.shape_as_stored()
        return (width, height) if self.picture.quarter_turns % 2 else (height, width)

    def shape_as_stored(self, long_side: int | None = None) -> tuple[int, int]:
        """Return that before it is turned, reduced to a long side of so many pixels."""
        whole = max(self.picture.height, self.picture.width) * 1000
        return sheet_shape(self.picture, long_side or whole)

    def check(self) -> None:
        """Raise InputError where the file is another one than was opened, or gone."""
        if (now := _stamp(self.path)) == self._as_opened:
            return
        if now is None:
            raise InputError(f"{self.path}: is gone; put it back to go on")
        raise InputError(
            f"{self.path}: was replaced or changed since it was opened; end the studio and start "
            "it again"
        )

    def keep(self, time: Fraction, plane: Plane) -> None:
        """Keep a frame that was decoded anyway."""
        self._planes.put(time, plane)

    def look_over(self) -> None:
        """Find out how frames are stored, so that who asks need not wait; nor is told of errors."""
        with suppress(VidcolorError):
            _ = self.stored

    def plane(self, time: Fraction) -> Plane:
        """Return the frame that is shown from `time` on. Raises as `Reader`."""
        return self._planes.got(time, lambda: self._decoded(time))

    def _decoded(self, time: Fraction) -> Plane:
        return _plane(frame_at(self.path, time))


def _plane(frame: Frame) -> Plane:
    return Plane(frame.luma, frame.marks.field_order is not None)


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one of its name; None of a frame sequence."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
