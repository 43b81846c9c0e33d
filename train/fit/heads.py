"""What a network is taught: to tell classes of colour, or to name the colour itself."""

from dataclasses import dataclass
from typing import Protocol

import torch

from ..targets.classes import Classes
from ..targets.spaces import SPACES
from .loss import weighted_cross_entropy
from .regression import regression_loss

Quotient = tuple[torch.Tensor, torch.Tensor]
"""A loss's numerator and denominator, both scalars."""


class Head(Protocol):
    """What the network's last channels mean, and what they are worth."""

    def target(self, luma: torch.Tensor, uv: torch.Tensor) -> torch.Tensor:
        """Return what the network should say of cells, luma (B, 1, H, W) and UV (B, 2, H, W)."""

    def loss(
        self, said: torch.Tensor, target: torch.Tensor, valid: torch.Tensor | None
    ) -> Quotient:
        """Return how wrong (B, channels, H, W) is; valid: (B, 1, H, W) bool, None if all are."""

    def made(self, said: torch.Tensor) -> torch.Tensor:
        """Return the colour that the network's words make, as the critic sees it."""

    def true(self, target: torch.Tensor, uv: torch.Tensor) -> torch.Tensor:
        """Return the true colour of cells likewise; target: as `target` gave it."""


@dataclass(frozen=True)
class Telling:
    """The network tells classes of colour apart, by cross-entropy (Zhang et al. 2016, section 2).

    classes: what it tells. neighbours: classes among which a target is shared, 0 for the nearest
    alone. weights: (n,) float32, of the classes in the loss. centers: (n, 2) float32, in UV.
    """

    classes: Classes
    neighbours: int
    weights: torch.Tensor
    centers: torch.Tensor

    def target(self, luma: torch.Tensor, uv: torch.Tensor) -> torch.Tensor:
        if self.neighbours:
            return self.classes.encode(luma, uv, self.neighbours)
        return self.classes.assign(luma, uv)

    def loss(
        self, said: torch.Tensor, target: torch.Tensor, valid: torch.Tensor | None
    ) -> Quotient:
        return weighted_cross_entropy(said, target, self.weights, valid)

    def made(self, said: torch.Tensor) -> torch.Tensor:
        """Return the expected chroma, in a range of -1 to 1."""
        return torch.einsum("bnhw,nc->bchw", said.softmax(1), 2 * self.centers)

    def true(self, target: torch.Tensor, uv: torch.Tensor) -> torch.Tensor:
        return 2 * uv


@dataclass(frozen=True)
class Naming:
    """The network names a colour's coordinates itself, through a tanh (Zhang et al. 2017).

    space: the name of their space. error: the name of the loss (`regression.LOSSES`).
    """

    space: str
    error: str

    def target(self, luma: torch.Tensor, uv: torch.Tensor) -> torch.Tensor:
        space = SPACES[self.space]
        return (space.coordinates(luma, uv) - space.middle) / space.reach

    def loss(
        self, said: torch.Tensor, target: torch.Tensor, valid: torch.Tensor | None
    ) -> Quotient:
        return regression_loss(self.error, said.tanh(), target, valid)

    def made(self, said: torch.Tensor) -> torch.Tensor:
        return said.tanh()

    def true(self, target: torch.Tensor, uv: torch.Tensor) -> torch.Tensor:
        return target
