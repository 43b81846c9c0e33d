"""A film colored in several ways at once; what they have in common is computed once."""

from collections import deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from vidcolor.colorize.chroma_planes import ChromaPlanes
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.fields import Fields
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.grade import Grade
from vidcolor.colorize.look import Look
from vidcolor.colorize.predict import Decoded, Predict, Prediction, Shown
from vidcolor.colorize.references import Reference
from vidcolor.colorize.smooth import Smooth
from vidcolor.colorize.steady_residual import HintedPictures
from vidcolor.colorize.stretch import Ends, Picture, Stretch, carried, ends_to_decode, renewed
from vidcolor.colorize.to_chroma import ToChroma
from vidcolor.net.device import enough_memory
from vidcolor.net.hints import HintMap
from vidcolor.temporal.kernel import ExponentialDecay

_Pooled: TypeAlias = tuple[Sequence[Stretch], Ends, Sequence[Prediction]]
"""Smoothed stretches, their ends and what is pooled of each."""

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

    Its keys hold for a film that begins now: memory that runs short may lower the batch size later.

    references: gives by their times the pictures in color by which frames are colored, and is equal
    to another one that gives the same; None where there are none.
    """

    colorizer: Colorizer
    cuts: CutTimes = None
    known: KnownColors | None = None
    references: Callable[[Fraction], Sequence[Reference]] | None = None

    @property
    def prediction_key(self) -> Hashable:
        """All that decides what the network and references make of a picture."""
        colorizer = self.colorizer
        size = colorizer.decoding.working_size
        return colorizer.predictor, size, colorizer.batch_size, self.references

    @property
    def looking_key(self) -> Hashable:
        """All that decides the first step: which pictures it sees, and what moves."""
        return self.prediction_key, self.colorizer.every, self.colorizer.motion, self.cuts

    @property
    def smoothing_key(self) -> Hashable:
        """All that decides the first two steps, up to the smoothed probabilities."""
        return self.looking_key, self.colorizer.kernel

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
    colorizers = [variant.colorizer for variant in variants]
    return ExponentialDecay(
        window=max(colorizer.lookback for colorizer in colorizers),
        ahead=max(colorizer.lookahead for colorizer in colorizers),
    )


class FilmVariants:
    """Colors one film, whose frames are given in order, in each of several ways.

    Each way gives the very chroma that its colorizer gives alone, and each step is done once for
    all the variants that have it, and those before it, in common.
    """

    def __init__(self, variants: Sequence[Variant], film_format: FilmFormat) -> None:
        self._fields = Fields(film_format)
        self._pictures = [_PictureVariants(variants, each) for each in self._fields.formats]
        self._finished: list[list[deque[np.ndarray]]] = [
            [deque() for _ in self._pictures] for _ in variants
        ]
        """By variant and field, the chroma that some other variant or field is still to come of."""
        self._count = 0

    def __call__(
        self,
        lumas: Sequence[np.ndarray],
        begins_shot: Mapping[CutTimes, Sequence[bool]],
        wanted: Sequence[bool],
        interlaced: Sequence[bool] | None = None,
        times: Sequence[Fraction] | None = None,
        numbers: Sequence[int] | None = None,
    ) -> list[list[np.ndarray]]:
        """Take the film's next frames; return the chroma of those now done, oldest first.

        Each frame comes with the chroma of each variant, as in `FrameColor`.

        Args:
            lumas, wanted, interlaced, numbers: as for `FilmColorizer`.
            begins_shot: by cuts, for each frame whether a shot begins with it.
            times: for each when it is shown; needed where variants know some of its colors.
        """
        numbers = numbers or range(self._count, self._count + len(lumas))
        self._count += len(lumas)
        return self._interleave(
            [
                pictures(planes, begins_shot, wanted, times, numbers)
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
            for of_field, new in zip(finished, pictures, strict=True):
                of_field.extend(new)
        count = min(len(of_field) for finished in self._finished for of_field in finished)
        return [
            [
                self._fields.weave([of_field.popleft() for of_field in finished])
                for finished in self._finished
            ]
            for _ in range(count)
        ]


class _PictureVariants:
    """Colors progressive pictures, or the fields of one parity, in each of several ways."""

    def __init__(self, variants: Sequence[Variant], film_format: FilmFormat) -> None:
        planes = ChromaPlanes()
        self._device = variants[0].colorizer.predictor.device
        self._sights: dict[Hashable, _SharedSight] = {}
        """What the network sees, by the keys of its predictions."""
        self._looks: dict[Hashable, _SharedLook] = {}
        self._smooths: dict[Hashable, _SharedSmooth] = {}
        self._chroma: list[_LastStep] = []
        """Each variant's last step."""
        for variant in variants:
            colorizer = variant.colorizer
            predicted, looked = variant.prediction_key, variant.looking_key
            if predicted not in self._sights:
                self._sights[predicted] = _SharedSight(
                    colorizer.predict(film_format), variant.references
                )
            if looked not in self._looks:
                sight = self._sights[predicted]
                look = colorizer.look(sight.see, sight.batch_size)
                self._looks[looked] = _SharedLook(predicted, variant.cuts, look)
            if variant.smoothing_key not in self._smooths:
                self._smooths[variant.smoothing_key] = _SharedSmooth(looked, colorizer.smooth())
            to_chroma = colorizer.to_chroma(film_format, planes=planes)
            hinted = None
            if variant.known is not None:
                hinted = HintedPictures(colorizer.steady_residual(to_chroma))
            keys = looked, variant.smoothing_key, variant.pooling_key, variant.decoding_key
            self._chroma.append(_LastStep(*keys, variant.known, to_chroma, hinted))

    def __call__(
        self,
        planes: Sequence[np.ndarray],
        begins_shot: Mapping[CutTimes, Sequence[bool]],
        wanted: Sequence[bool],
        times: Sequence[Fraction] | None,
        numbers: Sequence[int],
    ) -> list[list[np.ndarray]]:
        """Return by variant the chroma of the pictures that are now done."""
        shown = {key: sight.show(planes, wanted, times) for key, sight in self._sights.items()}
        for step in self._chroma:
            if step.hinted is not None:
                step.hinted.show(planes)
        return self._colored(
            {
                key: shared.look(shown[shared.predicted], begins_shot[shared.cuts], numbers)
                for key, shared in self._looks.items()
            }
        )

    def finish(self) -> list[list[np.ndarray]]:
        """Return by variant the chroma that is still to come."""
        stretches = {key: shared.look.flush() for key, shared in self._looks.items()}
        return self._colored(stretches, is_over=True)

    def _colored(
        self, looked: Mapping[Hashable, Sequence[Stretch]], is_over: bool = False
    ) -> list[list[np.ndarray]]:
        """Return by variant the chroma of pictures, once these stretches come.

        looked: by the key of the look.
        """
        smoothed: dict[Hashable, list[Stretch]] = {}
        for key, shared in self._smooths.items():
            smoothed[key] = [
                done for stretch in looked[shared.looked] for done in shared.smooth(stretch)
            ]
            if is_over:
                smoothed[key] += shared.smooth.flush()
        for step in self._chroma:
            if step.hinted is not None:
                step.hinted.add(_with_known(looked[step.looked], step.known))
                if is_over:
                    step.hinted.end()
        return self._to_chroma(smoothed)

    def _to_chroma(self, smoothed: Mapping[Hashable, Sequence[Stretch]]) -> list[list[np.ndarray]]:
        """Return by variant the chroma of pictures that are given by the key of their smoothing."""
        pooled: dict[Hashable, _Pooled] = {}
        decoded: dict[Hashable, list[Decoded]] = {}
        chroma: list[list[np.ndarray]] = []
        with enough_memory(self._device):
            for step in self._chroma:
                to_chroma = step.to_chroma
                if step.pooled not in pooled:
                    stretches = _with_known(smoothed[step.smoothed], step.known)
                    ends = ends_to_decode(stretches)
                    pooled[step.pooled] = stretches, ends, to_chroma.pool(list(ends.values()))
                if step.decoded not in decoded:
                    stretches, ends, pictures = pooled[step.pooled]
                    colored = carried(stretches, ends, to_chroma.decode(pictures))
                    decoded[step.decoded] = to_chroma.refine(colored)
                done = decoded[step.decoded]
                if step.hinted is not None:
                    done = step.hinted(done)
                chroma.append([color.chroma for color in to_chroma.to_codes(done)])
        return chroma


class _SharedSight:
    """What the network makes of pictures, for all the looks that show it the same.

    predict: shows them to it. references: as in `Variant`.
    """

    def __init__(
        self, predict: Predict, references: Callable[[Fraction], Sequence[Reference]] | None
    ) -> None:
        self._predict = predict
        self._references = references
        self._made: WeakKeyDictionary[Shown, Prediction] = WeakKeyDictionary()
        """What it made of the pictures that are still there."""

    def show(
        self,
        planes: Sequence[np.ndarray],
        wanted: Sequence[bool],
        times: Sequence[Fraction] | None,
    ) -> list[Shown]:
        """Return pictures as `Predict.show` does, with their times."""
        references = None
        if self._references is not None and times is not None:
            references = [self._references(time) for time in times]
        shown = self._predict.show(planes, wanted, references=references)
        if times is None:
            return shown
        return [replace(each, time=time) for each, time in zip(shown, times, strict=True)]

    def batch_size(self) -> int:
        """Return how many pictures the network sees at once."""
        return self._predict.batch_size

    def see(self, pictures: Sequence[Shown]) -> list[Prediction]:
        """Return the predictions of pictures, as `Predict.look` does."""
        new = [picture for picture in pictures if picture not in self._made]
        if new:
            self._made.update(zip(new, self._predict.look(new), strict=True))
        return [self._made[picture] for picture in pictures]


@dataclass(frozen=True, eq=False)
class _SharedLook:
    """The first step of variants that have it in common.

    predicted: the key of what the network makes of pictures. cuts: those that begin its shots.
    """

    predicted: Hashable
    cuts: CutTimes
    look: Look


@dataclass(frozen=True, eq=False)
class _SharedSmooth:
    """The second step of variants that have it in common.

    looked: the key of the first step.
    """

    looked: Hashable
    smooth: Smooth


@dataclass(frozen=True, eq=False)
class _LastStep:
    """The last step of a variant.

    looked, smoothed, pooled, decoded: the keys of what it is made from, which variants have in
    common. known: what the variant knows of the colors. hinted: adds what that comes to; None where
    it knows nothing.
    """

    looked: Hashable
    smoothed: Hashable
    pooled: Hashable
    decoded: Hashable
    known: KnownColors | None
    to_chroma: ToChroma
    hinted: HintedPictures | None


def _with_known(stretches: Sequence[Stretch], known: KnownColors | None) -> Sequence[Stretch]:
    """Return stretches with what is known of the colors of their pictures."""
    if known is None:
        return stretches

    def told(picture: Picture) -> Picture:
        assert picture.time is not None
        return replace(
            picture, hints=known.map_at(picture.time), grade=known.grade_at(picture.time)
        )

    return renewed(stretches, told)
