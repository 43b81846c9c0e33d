"""What a pair of pictures tells the exemplar network: colours, and how alike the pictures are.

He et al. 2018, "Deep Exemplar-based Colorization", section 3.1: every place of the target is
matched with one of the reference and the other way round; the colour is carried over, and the
similarity at each level of features is told with it, there and back again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from vidcolor.colorize.matching import match

from .similarity import LEVELS

CHANNELS = 2 + 2 * LEVELS
"""U and V, and two similarities at each level."""

GRID = 1
"""The level whose places are matched."""

CELL = 2 ** (1 + GRID)
"""The side of such a place, in pixels."""


@dataclass(frozen=True, eq=False)
class Places:
    """A picture as it is matched: its features at each level, of length 1, (C, h, w) all alike."""

    levels: tuple[torch.Tensor, ...]

    @classmethod
    def of(cls, levels: Sequence[torch.Tensor]) -> "list[Places]":
        """Return the places of pictures, from the features (B, C, h, w) of each level."""
        height, width = levels[GRID].shape[-2:]
        shape = height, width
        alike = []
        for level in levels:
            level = level - level.mean((2, 3), keepdim=True)
            resized = (
                F.adaptive_avg_pool2d(level, shape)
                if level.shape[-1] > shape[-1]
                else F.interpolate(level, size=shape, mode="bilinear")
            )
            alike.append(F.normalize(resized))
        return [cls(each) for each in zip(*alike, strict=True)]

    @property
    def joined(self) -> torch.Tensor:
        """All levels as one feature, of length 1, (C, h, w)."""
        return torch.cat(self.levels) / len(self.levels) ** 0.5


@dataclass(frozen=True, eq=False)
class Pair:
    """A target and its reference, matched both ways, exactly.

    there: (h, w) int64, for each place of the target that of the reference, counted along its
    lines. back: (h', w'), for each place of the reference that of the target.
    """

    target: Places
    reference: Places
    there: torch.Tensor
    back: torch.Tensor

    @classmethod
    def of(cls, target: Places, reference: Places) -> "Pair":
        """Match a target with a reference."""
        found = match(target.joined, reference.joined)
        return cls(target, reference, found.places, found.back)

    def carried(self, chroma: torch.Tensor) -> torch.Tensor:
        """Return the reference's chroma where the target has its likes, R[T→R], (2, h, w)."""
        return chroma.flatten(1)[:, self.there]

    def there_and_back(self, chroma: torch.Tensor) -> torch.Tensor:
        """Return the target's own chroma by way of the reference, T[T→R→T], (2, h, w).

        It is as wrong as matches are, and the truth is known.
        """
        return chroma.flatten(1)[:, self.back.flatten()[self.there]]

    def similarities(self) -> torch.Tensor:
        """Return the cosines of each level, from each place to its match and on, (2 n, h, w)."""
        on = self.back.flatten()[self.there]
        maps = []
        for mine, theirs in zip(self.target.levels, self.reference.levels, strict=True):
            matched = theirs.flatten(1)[:, self.there]
            maps += [(mine * matched).sum(0), (matched * mine.flatten(1)[:, on]).sum(0)]
        return torch.stack(maps)

    def told(self, chroma: torch.Tensor) -> torch.Tensor:
        """Return what the network is told beside luma, (`CHANNELS`, h, w); chroma: (2, h, w)."""
        return torch.cat([chroma, self.similarities()])
