"""The reference pictures of a film as its network sees them, and which of them color a frame."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache

import numpy as np
import torch
from torch.nn import functional as F

from vidcolor.color.tint import is_grey
from vidcolor.colorize.film_colorizer import FilmColorizer
from vidcolor.colorize.references import Reference, sureness
from vidcolor.colorize.style import Regions
from vidcolor.hints.packed import unpack
from vidcolor.hints.reference import read_labels, read_reference
from vidcolor.net.style_encoder import load_encoder
from vidcolor.pipeline.film_hints import KnownFrame, ReferencedPart, UsedReference

_KEPT = 16
"""References that are kept: about 2 MB each. A film may have hundreds, a shot has a few."""

_OUTLINE = 4, 6
"""Rows and columns of an outline."""


class ReferenceShelf:
    """Gives the reference pictures of a film, read anew where they were not used for long.

    film: the film's colorizer. mirrored: whether players mirror it.
    """

    def __init__(self, film: FilmColorizer, mirrored: bool) -> None:
        self._film = film
        self._mirrored = mirrored
        self._kept = lru_cache(_KEPT)(self._read)
        self._summaries: dict[UsedReference, _Summary] = {}

    def __call__(self, used: UsedReference) -> Reference:
        """Return a reference.

        Raises InputError if its picture can't be read, CheckpointError if its encoder can't be.
        """
        kept = self._kept(replace(used, strength=1.0))
        return replace(kept, strength=used.strength)

    def is_grey(self, used: UsedReference) -> bool:
        """Tell whether a reference has no color. Raises InputError if it can't be read."""
        return self._summary(used).is_grey

    def sureness(self, used: UsedReference, samples: Sequence[torch.Tensor]) -> float:
        """Return how sure a reference's matches are in the mean over pictures, given as features.

        Raises InputError if it can't be read.
        """
        reference = self._kept(_seen(used))
        return sum(sureness(each.float(), reference) for each in samples) / len(samples)

    def likeness(self, used: UsedReference, sample: torch.Tensor) -> float:
        """Return roughly how alike a reference and a picture are, given as features, up to 1.

        Their outlines are compared: each part of the picture with the part of the reference that is
        most like it. Raises InputError if it can't be read.
        """
        outline = self._summary(used).outline
        return float((_outline(sample.float()).T @ outline.float()).amax(1).mean())

    def _summary(self, used: UsedReference) -> "_Summary":
        plain = _seen(used)
        if plain not in self._summaries:
            seen = self._kept(plain)
            self._summaries[plain] = _Summary(
                _outline(seen.features).half(), is_grey(*(seen.known * seen.chroma).numpy())
            )
        return self._summaries[plain]

    def _read(self, used: UsedReference) -> Reference:
        if isinstance(used.picture, KnownFrame):
            return self._marked(used.picture)
        picture = read_reference(used.picture)
        if used.labels is None:  # which are of the picture as it is
            picture = picture.without_bars()
        if self._mirrored:
            picture = picture.mirrored()
        planes = picture.luma, picture.chroma, picture.opaque
        if not used.is_style:
            return self._film.reference(*planes)
        encoder = None if used.encoder is None else load_encoder(used.encoder)
        style = self._film.style(*planes, encoder)
        if used.labels is None:
            return style
        mine, theirs = (torch.from_numpy(read_labels(each)) for each in used.labels)
        return replace(style, regions=Regions(mine, theirs))

    def _marked(self, frame: KnownFrame) -> Reference:
        codes = np.frombuffer(frame.luma, np.uint8).reshape(frame.shape)
        luma = codes.astype(np.float32) / 255
        nothing = np.zeros((2, *frame.shape), np.float32)
        seen = self._film.reference(luma, nothing, np.ones_like(luma))
        return replace(seen, chroma=unpack(frame.packed, frame.cells).chroma)


@dataclass(frozen=True)
class PartReferences:
    """Gives the references of each frame; equal to others with the same parts.

    parts: of the film, as `FilmHints` has them. shelf: the film's.
    """

    parts: tuple[ReferencedPart, ...]
    shelf: ReferenceShelf = field(compare=False)

    def __call__(self, time: Fraction) -> list[Reference]:
        """Return the pictures by which the frame shown at `time` is colored.

        Raises InputError if one can't be read.
        """
        used = (part.references for part in self.parts if part.begin <= time < part.end)
        return [self.shelf(each) for each in next(used, ())]


def _seen(used: UsedReference) -> UsedReference:
    """Return a reference as one that is only matched, whatever it is used for."""
    return UsedReference(used.picture, 1.0)


@dataclass(frozen=True, eq=False)
class _Summary:
    """What is kept of every picture: its outline, and whether it has no color."""

    outline: torch.Tensor
    is_grey: bool


def _outline(features: torch.Tensor) -> torch.Tensor:
    """Return features (C, h, w) averaged over a few large parts, (C, parts), of length 1."""
    return F.normalize(F.adaptive_avg_pool2d(features[None], _OUTLINE)[0].flatten(1), dim=0)
