"""Colours that are suggested for a place of a film or photograph, and a sheet that tries each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.spread import SpreadHints
from vidcolor.colorize.suggest import Suggestion
from vidcolor.draw.sheet import png
from vidcolor.errors import UsageError
from vidcolor.files import is_still
from vidcolor.hints.file import Hints
from vidcolor.hints.marks import Place, Point
from vidcolor.hints.placement import Placement
from vidcolor.hints.rasterize import rasterize
from vidcolor.input.frames import Picture
from vidcolor.input.reader import Reader
from vidcolor.net.hints import HintMap, Rank, combine
from vidcolor.pipeline.listener import SILENT, Listener
from vidcolor.pipeline.photograph_hints import photograph_hints
from vidcolor.pipeline.shots import MOMENT, Shots
from vidcolor.pipeline.survey import survey_film
from vidcolor.preview.colored_frames import PreviewFrame, preview_frames, preview_photograph
from vidcolor.preview.sheet_pictures import in_rows, sheet_shape, to_rgb, upright
from vidcolor.preview.stored import chroma_shape

_RING = 0.02
"""The radius of the ring around the place, in long sides of a picture on the sheet."""


@dataclass(frozen=True, eq=False)
class SuggestedColors:
    """The colours that are suggested for a place of a frame.

    time: when the frame is shown. place: as a player shows it. suggestions: the likeliest first.
    """

    time: Fraction
    place: Place
    suggestions: Sequence[Suggestion]
    _frame: "_Frame"

    def sheet(self) -> bytes:
        """Draw the frame as it is, the place in a ring, and once with each colour, as a PNG file.

        The colours spread as `colorize` would spread a point of usual size.
        """
        marked = self._frame.picture_with(None)
        height, width, _ = marked.shape
        x, y = (int(part * side) for part, side in zip(self.place, (width, height), strict=True))
        for color, thickness in ((0, 3), (255, 1)):
            ring = round(_RING * max(height, width))
            cv2.circle(marked, (x, y), ring, [color] * 3, thickness, cv2.LINE_AA)
        cells = [(marked, "as it is")]
        for each in self.suggestions:
            point = Point(self.time, self.place, each.name)
            cells.append((self._frame.picture_with(point), caption(each)))
        return png(in_rows(cells))


def caption(suggestion: Suggestion) -> str:
    """Return a colour and how likely it is, as text."""
    return f"{suggestion.name}  {100 * suggestion.probability:.0f} %"


def suggest(
    path: Path,
    time: Fraction,
    place: Place,
    colorizer: Colorizer,
    *,
    cuts: Sequence[Fraction] | None = None,
    hints: Hints | None = None,
    listener: Listener = SILENT,
) -> SuggestedColors:
    """Suggest colours for a place of a film or photograph; hints that it has count.

    Args:
        path: the film or photograph.
        time: a moment while the frame is on the screen, in `Reader.seconds`; of a photograph any.
        place: in fractions of the picture that a player shows.
        colorizer: colours the frame.
        cuts, hints: as for `colorize_file`.
        listener: is told what there is to tell of hints.

    Raises:
        UsageError: the film is over by then, or the place is in the black bars.
        VidcolorError: the film can't be read or coloured.
    """
    if is_still(path):
        frame = _of_photograph(path, colorizer, hints, listener)
    else:
        frame = _of_film(path, time, colorizer, cuts, hints, listener)
    cell = frame.placement.cell(place, frame.hint_shape)
    if cell is None:
        raise UsageError(f"{place[0]:g},{place[1]:g} lies in the black bars, which stay grey")
    found = colorizer.suggest(
        frame.stored,
        frame.frame.luma,
        cell,
        known=frame.spread(frame.frame.hints)[0],
        probabilities=frame.frame.probabilities,
    )
    return SuggestedColors(frame.frame.time, place, found, frame)


@dataclass(frozen=True, eq=False)
class _Frame:
    """A frame that can be coloured once more."""

    picture: Picture
    stored: FilmFormat
    placement: Placement
    frame: PreviewFrame
    colorizer: Colorizer

    @property
    def hint_shape(self) -> tuple[int, int]:
        return self.colorizer.film(self.stored).hint_shape

    def spread(self, hints: HintMap | None) -> Sequence[SpreadHints | None]:
        """Return hints, spread over the frame, as `FilmColorizer.spread` does."""
        frame, film = self.frame, self.colorizer.film(self.stored)
        return film.spread(frame.luma, frame.decoded, hints, frame.interlaced)

    def picture_with(self, point: Point | None) -> np.ndarray:
        """Return the frame with a point more, (H, W, 3) uint8 RGB, as a player shows it."""
        chroma, film = self.frame.chroma, self.colorizer.film(self.stored)
        if point is not None:
            more = rasterize([point], self.placement, film.hint_shape)
            known = [(Rank.GIVEN, more), (Rank.CARRIED, self.frame.hints)]
            hints = combine([(rank, each) for rank, each in known if each is not None])
            chroma = film.recolor(
                self.frame.luma, self.frame.decoded, self.spread(hints), self.frame.interlaced
            )
        codes, shape = self.picture.codes, sheet_shape(self.picture)
        (shown,) = to_rgb(self.frame.luma, [chroma], codes, shape)
        return np.ascontiguousarray(upright(shown, self.picture))


def _of_film(
    path: Path,
    time: Fraction,
    colorizer: Colorizer,
    cuts: Sequence[Fraction] | None,
    hints: Hints | None,
    listener: Listener,
) -> _Frame:
    """Return the frame that is on the screen at a time; the arguments are those of `suggest`."""
    with Reader(path) as reader:
        picture = reader.picture
    shot = Shots(path, cuts).at(time)
    moment = shot.times[shot.on_screen(time)]
    (frame,) = preview_frames(path, picture, [moment], colorizer, cuts, True, hints, listener)
    survey = survey_film(path, picture)
    stored = survey.film(chroma_shape(survey.picture))
    return _Frame(picture, stored, Placement.of(stored, picture.mirrored), frame, colorizer)


def _of_photograph(
    path: Path, colorizer: Colorizer, hints: Hints | None, listener: Listener
) -> _Frame:
    """Return a photograph as a frame."""
    picture, frame = preview_photograph(path, colorizer, hints, listener)
    stored = FilmFormat(picture.codes, frame.luma.shape, frame.luma.shape)
    if hints:
        known = photograph_hints(colorizer, stored, frame.luma, hints, SILENT.note)
        frame = replace(frame, hints=known.map_at(MOMENT))
    return _Frame(picture, stored, Placement(), frame, colorizer)
