"""Frames that marks color, as references for other shots that look like them."""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from vidcolor.colorize.film_colorizer import FilmColorizer
from vidcolor.hints.marks import Mark
from vidcolor.hints.packed import pack
from vidcolor.hints.placement import Placement
from vidcolor.hints.rasterize import rasterize
from vidcolor.net.hints import HintMap
from vidcolor.net.predictor import resize
from vidcolor.pipeline.film_hints import MarkedFrame
from vidcolor.pipeline.shots import Shot, Shots, frame_at

_MOST = 4
"""The most frames of a shot that are references: those with most marks."""


class MarkedFrames:
    """Colors the frames of a film in which marks were given, each by itself.

    Args:
        path: the film.
        marks: each lies over the one before.
        film: colors its frames; it gives their probabilities.
        placement: of the active picture.
        shots: the film's.
    """

    def __init__(
        self,
        path: Path,
        marks: Sequence[Mark],
        film: FilmColorizer,
        placement: Placement,
        shots: Shots,
    ) -> None:
        self._path = path
        self._marks = marks
        self._film = film
        self._placement = placement
        self._shots = shots

    @cached_property
    def found(self) -> list[MarkedFrame]:
        """Those frames, shot by shot. Raises as `rasterize`, `Shots.at` and `Reader`."""
        given: dict[Shot, dict[int, list[Mark]]] = defaultdict(lambda: defaultdict(list))
        for mark in self._marks:
            shot = self._shots.at(mark.at)
            given[shot][shot.on_screen(mark.at)].append(mark)
        frames = []
        for shot, by_number in given.items():
            most = sorted(by_number, key=lambda number: (-len(by_number[number]), number))[:_MOST]
            for number in sorted(most):
                hints = rasterize(by_number[number], self._placement, self._film.hint_shape)
                if hints is not None:
                    frames.append(self._colored(shot.times[number], shot, hints))
        return frames

    def _colored(self, time: Fraction, shot: Shot, hints: HintMap) -> MarkedFrame:
        frame = frame_at(self._path, time)
        interlaced = frame.marks.field_order is not None
        (color,) = self._film([frame.luma], interlaced=[interlaced]) + self._film.finish()
        seen = color.decoded[0]
        spread = self._film.spread(frame.luma, color.decoded, hints, interlaced)[0]
        assert spread is not None
        assert seen.probabilities is not None
        cells = seen.probabilities.shape[1], seen.probabilities.shape[2]
        added = F.interpolate(spread.residual[None], size=cells, mode="area")[0]
        chroma = resize(seen.uv[None], cells)[0].cpu() + added
        everywhere = torch.ones(cells)
        height, width = seen.luma.shape
        return MarkedFrame(
            time,
            shot=shot.times[0],
            shape=(height, width),
            luma=(seen.luma * 255).round().clip(0, 255).astype(np.uint8).tobytes(),
            cells=cells,
            packed=pack(HintMap(chroma, everywhere, everywhere > 1)),
        )
