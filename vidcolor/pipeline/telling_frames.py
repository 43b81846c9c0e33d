"""The frames that show most of a shot."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch

from vidcolor.colorize.film_colorizer import FilmColorizer
from vidcolor.colorize.references import Reference, sureness
from vidcolor.input.frames import Frame
from vidcolor.pipeline.listener import Listener
from vidcolor.pipeline.shot_samples import ShotSampler

_MOST = 16
"""The most frames of a shot among which they are chosen."""

_FADED = 0.5
"""A frame whose contrast is less than this part of the highest in its shot is in a fade."""


@dataclass(frozen=True, eq=False)
class Sample:
    """A frame of a shot.

    time: when it is shown. features: (C, h, w) float16, as `Predictor.features` gives them.
    contrast: the standard deviation of its luma codes.
    """

    time: Fraction
    features: torch.Tensor
    contrast: float

    @classmethod
    def of(cls, frame: Frame, time: Fraction, film: FilmColorizer) -> "Sample":
        """Return a frame as the network of the film's colorizer sees it."""
        features = film.features(frame.luma, frame.marks.field_order is not None)
        return cls(time, features.half(), float(frame.luma.std()))


def shot_sampler(
    path: Path, cuts: Sequence[Fraction] | None, film: FilmColorizer, listener: Listener
) -> ShotSampler[Sample]:
    """Return what samples the shots of a film, as `ShotSampler` takes it; film: colors it."""

    def look(frames: Sequence[Frame], times: Sequence[Fraction]) -> list[Sample]:
        return [Sample.of(*each, film) for each in zip(frames, times, strict=True)]

    return ShotSampler(path, cuts, look, _MOST, listener)


def most_telling(samples: Sequence[Sample], count: int) -> list[Sample]:
    """Return up to `count` frames of a shot in which most of all its samples is found, in order.

    They are those in which what other frames show is found again most surely, as
    `colorize.references` finds it: the frames that a reference is best made of. Frames in fades are
    left out, as nobody can see what they show. A further one is the frame that adds most: they are
    chosen one by one, so that the mean over all frames of how surely the likest chosen one matches
    them is largest (Nemhauser, Wolsey and Fisher 1978: within 37 % of the best choice).
    """
    least = _FADED * max(each.contrast for each in samples)
    clear = [each for each in samples if each.contrast >= least]
    features = [each.features.float() for each in clear]
    sure = np.array([[sureness(one, _bare(other)) for other in features] for one in features])
    chosen: list[int] = []
    found = np.zeros(len(clear))
    for _ in range(min(count, len(clear))):
        gains = np.maximum(sure, found[:, None]).mean(0)
        gains[chosen] = -1
        chosen.append(int(gains.argmax()))
        found = np.maximum(found, sure[:, chosen[-1]])
    return [clear[number] for number in sorted(chosen)]


def _bare(features: torch.Tensor) -> Reference:
    """Return a picture as a reference of which only the features count."""
    nothing = torch.zeros(3, *features.shape[1:])
    return Reference(features, nothing[0], nothing[1:], nothing[0])
