"""A film colored in several ways at once; what they have in common is computed once."""

from collections import deque
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol, TypeAlias

import numpy as np
import torch

from vidcolor.colorize.chroma_planes import ChromaPlanes
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.fields import Fields
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.grade import Grade
from vidcolor.colorize.luma_bounds import LumaBounds
from vidcolor.colorize.predict import Predict, Prediction
from vidcolor.colorize.smooth import Smooth
from vidcolor.colorize.steady_residual import SteadyResidual, with_residuals
from vidcolor.colorize.to_chroma import ToChroma
from vidcolor.net.device import enough_memory
from vidcolor.net.hints import HintMap
from vidcolor.temporal.kernel import ExponentialDecay

CutTimes: TypeAlias = tuple[Fraction, ...] | None
"""When shots begin, in seconds; None: they are found."""


class KnownColors(Protocol):
    """What someone knows of the colors of a film's frames, by the times at which they are shown."""

    def map_at(self, time: Fraction) -> HintMap | None:
        """Return the hints of a frame."""

    def grade_at(self, time: Fraction) -> Grade | None:
        """Return what is asked of the colors of its shot."""


@dataclass(frozen=True, eq=False)
class Variant:
    """One way of coloring a film.

    Its keys hold for a film that begins now: memory that runs short may halve the batch size later.
    """

    colorizer: Colorizer
    cuts: CutTimes = None
    known: KnownColors | None = None

    @property
    def prediction_key(self) -> Hashable:
        """All that decides the first step, the network's output."""
        colorizer = self.colorizer
        return colorizer.predictor, colorizer.decoding.working_size, colorizer.batch_size

    @property
    def smoothing_key(self) -> Hashable:
        """All that decides the first two steps, up to the smoothed probabilities."""
        return self.prediction_key, self.colorizer.kernel, self.colorizer.motion, self.cuts

    @property
    def pooling_key(self) -> Hashable:
        """All that decides the probabilities whose annealed mean is the chroma."""
        return self.smoothing_key, self.colorizer.decoding.pool, self.known

    @property
    def decoding_key(self) -> Hashable:
        """All that decides the chroma before the controls act on it."""
        return self.pooling_key, self.colorizer.decoding, self.colorizer.refine


def longest(variants: Sequence[Variant]) -> ExponentialDecay:
    """Return a kernel that reaches as far as any of theirs."""
    kernels = [variant.colorizer.kernel for variant in variants]
    return ExponentialDecay(
        window=max(kernel.lookback for kernel in kernels),
        ahead=max(kernel.lookahead for kernel in kernels),
    )


class FilmVariants:
    """Colors one film, whose frames are given in order, in each of several ways.

    Each way gives the very chroma that its colorizer gives alone, and each step is done once for
    all the variants that have it, and those before it, in common.
    """

    def __init__(self, variants: Sequence[Variant], film_format: FilmFormat) -> None:
        self._fields = Fields(film_format)
        self._pictures = [_PictureVariants(variants, each) for each in self._fields.formats]
        self._finished: list[deque[np.ndarray]] = [deque() for _ in variants]
        """By variant, the chroma of the frames that some other variant has not finished yet."""

    def __call__(
        self,
        lumas: Sequence[np.ndarray],
        begins_shot: Mapping[CutTimes, Sequence[bool]],
        wanted: Sequence[bool],
        interlaced: Sequence[bool] | None = None,
        times: Sequence[Fraction] | None = None,
    ) -> list[list[np.ndarray]]:
        """Take the film's next frames; return the chroma of those now done, oldest first.

        Each frame comes with the chroma of each variant, as in `FrameColor`.

        Args:
            lumas, wanted, interlaced: as for `FilmColorizer`.
            begins_shot: by cuts, for each frame whether a shot begins with it.
            times: for each when it is shown; needed where variants know some of its colors.
        """
        return self._interleave(
            [
                pictures(planes, begins_shot, wanted, times)
                for pictures, planes in zip(
                    self._pictures, self._fields.split(lumas, interlaced), strict=True
                )
            ]
        )

    def finish(self) -> list[list[np.ndarray]]:
        """Return the chroma that is still to come."""
        return self._interleave([pictures.finish() for pictures in self._pictures])

    def _interleave(self, fields: list[list[list[np.ndarray]]]) -> list[list[np.ndarray]]:
        """Weave newly finished fields; return the frames that every variant has finished.

        fields: by field and by variant, the chroma of the pictures that are now done.
        """
        for finished, *pictures in zip(self._finished, *fields, strict=True):
            finished.extend(self._fields.weave(frame) for frame in zip(*pictures, strict=True))
        count = min(map(len, self._finished))
        return [[finished.popleft() for finished in self._finished] for _ in range(count)]


class _PictureVariants:
    """Colors progressive pictures, or the fields of one parity, in each of several ways."""

    def __init__(self, variants: Sequence[Variant], film_format: FilmFormat) -> None:
        planes = ChromaPlanes()
        self._device = variants[0].colorizer.predictor.device
        self._predict: dict[Hashable, Predict] = {}
        self._smooth: dict[Hashable, _SharedSmooth] = {}
        self._chroma: list[_LastStep] = []
        """Each variant's last step."""
        for variant in variants:
            colorizer = variant.colorizer
            predicted, smoothed = variant.prediction_key, variant.smoothing_key
            if predicted not in self._predict:
                self._predict[predicted] = colorizer.predict(film_format)
            if smoothed not in self._smooth:
                self._smooth[smoothed] = _SharedSmooth(predicted, variant.cuts, colorizer.smooth())
            keys = smoothed, variant.pooling_key, variant.decoding_key
            to_chroma = colorizer.to_chroma(film_format, planes=planes)
            steady = colorizer.steady_residual(to_chroma) if variant.known else None
            step = _LastStep(predicted, *keys, variant.cuts, variant.known, to_chroma, steady)
            self._chroma.append(step)

    def __call__(
        self,
        planes: Sequence[np.ndarray],
        begins_shot: Mapping[CutTimes, Sequence[bool]],
        wanted: Sequence[bool],
        times: Sequence[Fraction] | None,
    ) -> list[list[np.ndarray]]:
        """Return by variant the chroma of the pictures that are now done."""
        predictions = {key: predict(planes, wanted) for key, predict in self._predict.items()}
        if times is not None:
            predictions = {
                key: [replace(each, time=time) for each, time in zip(made, times, strict=True)]
                for key, made in predictions.items()
            }
        smoothed = {
            key: [
                done
                for prediction, begins in zip(
                    predictions[shared.predicted], begins_shot[shared.cuts], strict=True
                )
                for done in shared.smooth(prediction, begins)
            ]
            for key, shared in self._smooth.items()
        }
        residuals = [
            [
                residual
                for prediction, plane, begins in zip(
                    _with_known(predictions[step.predicted], step.known),
                    planes,
                    begins_shot[step.cuts],
                    strict=True,
                )
                for residual in step.steady(prediction, plane, begins)
            ]
            if step.steady
            else None
            for step in self._chroma
        ]
        return self._to_chroma(smoothed, residuals)

    def finish(self) -> list[list[np.ndarray]]:
        """Return by variant the chroma that is still to come."""
        return self._to_chroma(
            {key: shared.smooth.flush() for key, shared in self._smooth.items()},
            [step.steady.flush() if step.steady else None for step in self._chroma],
        )

    def _to_chroma(
        self,
        smoothed: Mapping[Hashable, list[Prediction]],
        residuals: Sequence[Sequence[torch.Tensor | None] | None],
    ) -> list[list[np.ndarray]]:
        """Return by variant the chroma of pictures that are given by the key of their smoothing.

        residuals: by variant what its hints add to them; None where it has none.
        """
        wanted: dict[Hashable, Sequence[Prediction]] = {
            key: [each for each in done if each.plane is not None] for key, done in smoothed.items()
        }
        bounds: dict[Hashable, list[LumaBounds]] = {}
        pooled: dict[Hashable, Sequence[Prediction]] = {}
        decoded: dict[Hashable, torch.Tensor] = {}
        chroma: list[list[np.ndarray]] = []
        with enough_memory(self._device):
            for step, added in zip(self._chroma, residuals, strict=True):
                pictures, to_chroma = wanted[step.smoothed], step.to_chroma
                if not pictures:
                    chroma.append([])
                    continue
                if step.smoothed not in bounds:
                    bounds[step.smoothed] = to_chroma.luma_bounds(pictures)
                if step.pooled not in pooled:
                    pooled[step.pooled] = to_chroma.pool(_with_known(pictures, step.known))
                pictures = pooled[step.pooled]
                if added is not None:
                    pairs = zip(smoothed[step.smoothed], added, strict=True)
                    of_wanted = [each for done, each in pairs if done.plane is not None]
                    pictures = with_residuals(pictures, of_wanted)
                if step.decoded not in decoded:
                    decoded[step.decoded] = to_chroma.decode(pictures)
                colors = to_chroma.to_codes(decoded[step.decoded], pictures, bounds[step.smoothed])
                chroma.append([color.chroma for color in colors])
        return chroma


@dataclass(frozen=True, eq=False)
class _SharedSmooth:
    """The second step of variants that have it in common.

    predicted: the key of the predictions that it is given. cuts: those that begin its shots.
    """

    predicted: Hashable
    cuts: CutTimes
    smooth: Smooth


@dataclass(frozen=True, eq=False)
class _LastStep:
    """The last step of a variant.

    predicted, smoothed, pooled, decoded: the keys of what it is made from, which variants have in
    common. cuts: those that begin its shots. known: what the variant knows of the colors. steady:
    smooths what that adds; None where it knows nothing.
    """

    predicted: Hashable

    smoothed: Hashable
    pooled: Hashable
    decoded: Hashable
    cuts: CutTimes
    known: KnownColors | None
    to_chroma: ToChroma
    steady: SteadyResidual | None


def _with_known(pictures: Sequence[Prediction], known: KnownColors | None) -> Sequence[Prediction]:
    """Return pictures with what is known of their colors."""
    if known is None:
        return pictures
    return [
        replace(each, hints=known.map_at(each.time), grade=known.grade_at(each.time))
        for each in pictures
        if each.time is not None
    ]
