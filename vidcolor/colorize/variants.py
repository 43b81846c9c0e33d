"""A film coloured in several ways at once; what they have in common is computed once."""

from collections import deque
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
import torch

from vidcolor.colorize.colorizer import Colorizer, FilmColorizer, woven
from vidcolor.colorize.format import FilmFormat
from vidcolor.temporal.smoothing import ExponentialDecay

Cuts: TypeAlias = tuple[Fraction, ...] | None
"""When shots begin, in seconds; None: they are found."""


@dataclass(frozen=True, eq=False)
class Variant:
    """One way of colouring a film."""

    colorizer: Colorizer
    cuts: Cuts = None

    @property
    def sight(self) -> Hashable:
        """What decides the network's output."""
        colorizer = self.colorizer
        return colorizer.predictor, colorizer.decoding.working_size, colorizer.batch_size

    @property
    def smoothing(self) -> Hashable:
        """What decides how that is smoothed over time."""
        return self.colorizer.kernel, self.colorizer.motion, self.cuts


def longest(variants: Sequence[Variant]) -> ExponentialDecay:
    """A kernel that reaches as far as any of theirs."""
    kernels = [variant.colorizer.kernel for variant in variants]
    return ExponentialDecay(
        window=max(kernel.lookback for kernel in kernels),
        ahead=max(kernel.lookahead for kernel in kernels),
    )


class FilmVariants:
    """Colours one film, whose frames are given in order, in each of several ways.

    Each way gives the very chroma that its colorizer gives alone. A frame goes once through the
    network for each predictor, working size and batch size, and what comes out is smoothed once for
    each kernel, motion and cuts.
    """

    def __init__(self, variants: Sequence[Variant], film: FilmFormat) -> None:
        self._shape = film.chroma_shape
        fields = [film.field(parity) for parity in (0, 1)] if film.interlaced else [film]
        self._fields = [_FieldVariants(variants, field) for field in fields]
        self._made: list[deque[np.ndarray]] = [deque() for _ in variants]

    def __call__(
        self,
        lumas: Sequence[np.ndarray],
        begins_shot: Mapping[Cuts, Sequence[bool]],
        wanted: Sequence[bool],
    ) -> list[list[np.ndarray]]:
        """Take the film's next frames; return the chroma of those now done, oldest first.

        lumas, wanted: as for `FilmColorizer`. begins_shot: by cuts, for each frame whether a shot
        begins with it. Of each frame there is the chroma of each variant, as in `Color`.
        """
        every = len(self._fields)
        return self._done(
            [
                field([plane[parity::every] for plane in lumas], begins_shot, wanted)
                for parity, field in enumerate(self._fields)
            ]
        )

    def finish(self) -> list[list[np.ndarray]]:
        """Return the chroma that is still to come."""
        return self._done([field.finish() for field in self._fields])

    def _done(self, new: list[list[list[np.ndarray]]]) -> list[list[np.ndarray]]:
        """The frames that all variants are done with; new: by field and variant, what now came."""
        for made, *fields in zip(self._made, *new, strict=True):
            made.extend(woven(frame, self._shape) for frame in zip(*fields, strict=True))
        count = min(len(made) for made in self._made)
        return [[made.popleft() for made in self._made] for _ in range(count)]


class _FieldVariants:
    """As `FilmVariants`, of a progressive film or of the fields of one parity."""

    def __init__(self, variants: Sequence[Variant], film: FilmFormat) -> None:
        self._cuts = [variant.cuts for variant in variants]
        self._films = [FilmColorizer(variant.colorizer, film, False) for variant in variants]
        alike: dict[Hashable, dict[Hashable, list[int]]] = {}
        for index, variant in enumerate(variants):
            alike.setdefault(variant.sight, {}).setdefault(variant.smoothing, []).append(index)
        self._alike = [list(smoothings.values()) for smoothings in alike.values()]
        """The variants' numbers: those of one sight, and of these those of one smoothing. The first
        of them does for all what they have in common."""
        self._lumas: list[deque[np.ndarray | None]] = [deque() for _ in variants]
        """Of the frames that such a first one has not smoothed yet; None where not wanted."""

    def __call__(
        self,
        lumas: Sequence[np.ndarray],
        begins_shot: Mapping[Cuts, Sequence[bool]],
        wanted: Sequence[bool],
    ) -> list[list[np.ndarray]]:
        """By variant, the chroma of the frames that are now done."""
        made: list[list[np.ndarray]] = [[] for _ in self._films]
        for smoothings in self._alike:
            seen = self._films[smoothings[0][0]].seen(lumas)
            for numbers in smoothings:
                first = numbers[0]
                for plane, is_wanted in zip(lumas, wanted, strict=True):
                    self._lumas[first].append(plane if is_wanted else None)
                smoothed = self._films[first].smoothed(*seen, begins_shot[self._cuts[first]])
                self._color(numbers, smoothed, made)
        return made

    def finish(self) -> list[list[np.ndarray]]:
        """The same of those that are still to come."""
        made: list[list[np.ndarray]] = [[] for _ in self._films]
        for smoothings in self._alike:
            for numbers in smoothings:
                self._color(numbers, self._films[numbers[0]].rest(), made)
        return made

    def _color(
        self, numbers: list[int], smoothed: list[torch.Tensor], made: list[list[np.ndarray]]
    ) -> None:
        """Give each of the variants that have these probabilities in common its chroma."""
        lumas = self._lumas[numbers[0]]
        done = [(each, lumas.popleft()) for each in smoothed]
        wanted = [(each, plane) for each, plane in done if plane is not None]
        for number in numbers:
            made[number] = [color.chroma for color in self._films[number].colors(wanted)]
