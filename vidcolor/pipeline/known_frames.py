"""Frames of a film with their color, by which others are colored."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from vidcolor.colorize.film_colorizer import FilmColorizer
from vidcolor.colorize.grade import Grade
from vidcolor.hints.marks import Mark
from vidcolor.hints.packed import pack
from vidcolor.hints.placement import Placement
from vidcolor.hints.rasterize import rasterize
from vidcolor.net.hints import HintMap
from vidcolor.net.predictor import resize
from vidcolor.pipeline.film_hints import KnownFrame
from vidcolor.pipeline.shots import Shot, Shots, frame_at

_MOST = 4
"""The most frames of a shot that are references for others: those with most marks."""


class KnownFrames:
    """Colors frames of a film, each by itself.

    path: the film. film: colors its frames; it gives their probabilities. placement: of the active
    picture.
    """

    def __init__(self, path: Path, film: FilmColorizer, placement: Placement) -> None:
        self._path = path
        self._film = film
        self._placement = placement

    def marked(self, marks: Sequence[Mark], shots: Shots) -> Iterator[KnownFrame]:
        """Yield the frames in which marks were given, colored by these alone, shot by shot.

        marks: each lies over the one before. shots: the film's. Raises as `rasterize`, `Shots.at`
        and `Reader`.
        """
        given: dict[Shot, dict[int, list[Mark]]] = defaultdict(lambda: defaultdict(list))
        for mark in marks:
            shot = shots.at(mark.at)
            given[shot][shot.on_screen(mark.at)].append(mark)
        for shot, by_number in given.items():
            most = sorted(by_number, key=lambda number: (-len(by_number[number]), number))[:_MOST]
            for number in sorted(most):
                hints = rasterize(by_number[number], self._placement, self._film.hint_shape)
                if hints is not None:
                    yield self(shot.times[number], shot.times[0], hints=hints)

    def __call__(
        self,
        time: Fraction,
        shot: Fraction,
        hints: HintMap | None = None,
        grade: Grade | None = None,
    ) -> KnownFrame:
        """Return the frame shown at a time with its color.

        Args:
            time: in `Reader.seconds`.
            shot: when its shot begins.
            hints: what is known of its colors; None where nothing is.
            grade: what is asked of its shot's colors; None for nothing.

        Raises as `Reader`.
        """
        frame = frame_at(self._path, time)
        fields = frame.marks.field_order is not None
        made = self._film([frame.luma], interlaced=[fields], grades=[grade]) + self._film.finish()
        decoded = made[0].decoded
        seen, spread = decoded[0], self._film.spread(frame.luma, decoded, hints, fields)[0]
        assert seen.probabilities is not None
        cells = seen.probabilities.shape[1], seen.probabilities.shape[2]
        chroma = resize(seen.uv[None], cells)[0].cpu()
        if spread is not None:
            chroma += F.interpolate(spread.residual[None], size=cells, mode="area")[0]
        everywhere = torch.ones(cells)
        height, width = seen.luma.shape
        return KnownFrame(
            time,
            shot=shot,
            shape=(height, width),
            luma=(seen.luma * 255).round().clip(0, 255).astype(np.uint8).tobytes(),
            cells=cells,
            packed=pack(HintMap(chroma, everywhere, everywhere > 1)),
        )
