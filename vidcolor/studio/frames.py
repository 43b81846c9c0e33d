"""Answers for single frames: pictures in colour, suggestions, luma."""

import threading
from collections.abc import Callable, Sequence
from fractions import Fraction
from time import monotonic, sleep

import numpy as np
import torch

from vidcolor.colorize.predict import Decoded
from vidcolor.colorize.spread import SpreadHints
from vidcolor.colorize.suggest import SHOWN
from vidcolor.hints.marks import Place
from vidcolor.net.hints import combine
from vidcolor.pipeline.photograph_hints import color_photograph
from vidcolor.pipeline.shots import Shot, Shots
from vidcolor.preview.colored_frames import preview_frames
from vidcolor.serve.answers import Content, RefusedError
from vidcolor.studio import drawing
from vidcolor.studio.calm import Calm
from vidcolor.studio.carrying import Carrying
from vidcolor.studio.coloring import Coloring
from vidcolor.studio.distributions import Maps
from vidcolor.studio.kept import Kept
from vidcolor.studio.material import Material
from vidcolor.studio.opener import Opener

_PATIENCE = 2.0
"""Seconds for which an answer waits for a frame whose distribution is being made."""
_STEP = 0.02
_CAP = 16 << 20
"""The bytes of spread hints that are kept."""

IsGone = Callable[[], bool]
"""Tells whether nobody waits for the answer any more."""


class Frames:
    """Answers for the frames of shots that are open.

    What is quick takes the hints of a frame as they are in it alone; in the film what they add is
    smoothed over time too, as in the exact frame.

    Args:
        material: the film, or photograph.
        shots: its shots.
        coloring: tells how it is coloured now.
        carrying: carries marks.
        opener: knows the distributions.
        calm: is disturbed by each answer.
    """

    def __init__(
        self,
        material: Material,
        shots: Shots,
        coloring: Callable[[], Coloring],
        carrying: Callable[[], Carrying],
        opener: Opener,
        calm: Calm,
    ) -> None:
        self._material = material
        self._shots = shots
        self._coloring = coloring
        self._carrying = carrying
        self._opener = opener
        self._calm = calm
        self._spreads: Kept[Sequence[SpreadHints | None]] = Kept(
            _CAP, lambda known: sum(each.nbytes for each in known if each is not None)
        )
        self._spread_for: Coloring | None = None
        self._quick = threading.Lock()
        self._slow = threading.Lock()

    def colored(
        self, shot: Shot, number: int, long_side: int, with_marks: bool, is_gone: IsGone
    ) -> Content:
        """Draw a frame in colour, quickly.

        Args:
            shot: which it belongs to.
            number: in that.
            long_side: of the picture, in pixels.
            with_marks: whether marks count.
            is_gone: is asked before the work.

        Raises RefusedError while its distribution is not there.
        """
        time = shot.times[number]
        self._wait(time, is_gone)
        with self._calm.disturbed():
            plane = self._material.plane(time)
            with self._quick:
                _refuse_if(is_gone)
                coloring = self._coloring()
                decoded, own = self._found(coloring, time)
                known = self._spread(coloring, decoded, own, shot, number, with_marks)
                chroma = coloring.film.recolor(plane.luma, decoded, known, plane.interlaced)
            return drawing.frame(self._material, plane.luma, chroma, long_side)

    def exact(self, shot: Shot, number: int, is_gone: IsGone) -> Content:
        """Draw a frame in its own size, in the very codes that `colorize` gives it."""
        with self._slow:
            _refuse_if(is_gone)
            luma, chroma = self.codes(shot, number)
            return drawing.frame(self._material, luma, chroma, None)

    def codes(self, shot: Shot, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the luma (H, W) and the chroma (2, h, w) that `colorize` gives a frame."""
        coloring, material, time = self._coloring(), self._material, shot.times[number]
        if material.is_photograph:
            luma = material.plane(time).luma
            color = color_photograph(
                coloring.colorizer, material.stored, luma, coloring.hints, lambda line: None
            )
            return luma, color.chroma
        (frame,) = preview_frames(
            material.path,
            material.picture,
            [time],
            coloring.colorizer,
            coloring.settings.cuts.times,
            hints=coloring.hints,
            shots=self._shots,
        )
        return frame.luma, frame.chroma

    def suggestions(
        self, shot: Shot, number: int, place: Place, is_gone: IsGone
    ) -> list[tuple[str, float]]:
        """Return colours for a place of a frame, the likeliest first, with their probabilities.

        Raises RefusedError as `colored`, and for a place in black bars.
        """
        time = shot.times[number]
        self._wait(time, is_gone)
        with self._calm.disturbed():
            plane = self._material.plane(time)
            with self._quick:
                _refuse_if(is_gone)
                coloring = self._coloring()
                decoded, own = self._found(coloring, time)
                probabilities = decoded[0].probabilities
                assert probabilities is not None
                stored = self._material.stored
                suggested = coloring.colorizer.suggest(
                    stored,
                    plane.luma,
                    self._cell(place, coloring.film.hint_shape),
                    known=self._spread(coloring, decoded, own, shot, number, with_marks=True)[0],
                    probabilities=torch.rot90(probabilities, -stored.quarter_turns, (-2, -1)),
                )
        return [(each.name, each.probability) for each in suggested]

    def luma_at(self, shot: Shot, number: int, place: Place) -> float:
        """Return the luma of a place, in [0, 1], at the size of hints. Raises RefusedError."""
        luma = self._carrying().luma(shot.times[number])
        row, column = self._cell(place, (luma.shape[0], luma.shape[1]))
        return float(luma[row, column])

    def shown_luma_at(self, shot: Shot, number: int, place: Place) -> float:
        """Return the luma at which colors of a place are shown: that, or the nearest in `SHOWN`."""
        darkest, brightest = SHOWN
        return min(max(self.luma_at(shot, number, place), darkest), brightest)

    def _wait(self, time: Fraction, is_gone: IsGone) -> None:
        """Wait a little for the distribution of a frame, before anything is disturbed."""
        end = monotonic() + _PATIENCE
        while self._opener.found(self._coloring(), time) is None and monotonic() < end:
            _refuse_if(is_gone)
            sleep(_STEP)

    def _found(self, coloring: Coloring, time: Fraction) -> tuple[Sequence[Decoded], Maps]:
        """Return what a frame is decoded into, and the maps of references that are itself."""
        found = self._opener.found(coloring, time)
        if found is None:
            raise RefusedError("the shot is being opened", 409, opening=True)
        distribution, made_by = found
        if made_by.colorizer is coloring.colorizer:
            return distribution.decoded, distribution.own
        return coloring.film.decoded_anew(distribution.decoded), distribution.own

    def _spread(
        self,
        coloring: Coloring,
        decoded: Sequence[Decoded],
        own: Maps,
        shot: Shot,
        number: int,
        with_marks: bool,
    ) -> Sequence[SpreadHints | None]:
        """Return what is known of a frame, spread over it.

        It is kept while the film is coloured so: who has seen a frame asks for suggestions in it.
        """
        time = shot.times[number]
        if self._spread_for is not coloring:
            self._spread_for = coloring
            self._spreads.clear()

        def make() -> Sequence[SpreadHints | None]:
            marks = coloring.hints.marks if with_marks else ()
            hints = combine([*self._carrying().maps(marks, shot, number), *own])
            plane = self._material.plane(time)
            return coloring.film.spread(plane.luma, decoded, hints, plane.interlaced)

        return self._spreads.got((time, with_marks), make)

    def _cell(self, place: Place, shape: tuple[int, int]) -> tuple[int, int]:
        """Return row and column of a place. Raises RefusedError for one in black bars."""
        cell = self._material.placement.cell(place, shape)
        if cell is None:
            raise RefusedError("this place lies in the black bars, which stay grey")
        return cell


def _refuse_if(is_gone: IsGone) -> None:
    """Raise RefusedError where nobody waits for the answer."""
    if is_gone():
        raise RefusedError("nobody waits for this any more", 409)
