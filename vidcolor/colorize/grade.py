"""`Grade`: what a palette and a saturation make of all the frames of a shot alike."""

from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True, eq=False)
class Grade:
    """How the colors of a shot are shifted.

    multipliers: (n,) float32 above 0, of the bins' smoothed probabilities, as `find_multipliers`
    gives them; None where no palette is asked for. tilt: of them towards saturated colors, as
    `find_tilt` gives it. factor: on U and V, 0 to 4.
    """

    multipliers: torch.Tensor | None = None
    tilt: float = 0.0
    factor: float = 1.0

    def as_list(self) -> list[Any]:
        """Return it as JSON has it, exact."""
        multipliers = None if self.multipliers is None else self.multipliers.tolist()
        return [multipliers, self.tilt, self.factor]

    @classmethod
    def from_list(cls, content: list[Any]) -> "Grade":
        """Read what `as_list` gives."""
        multipliers, tilt, factor = content
        return cls(None if multipliers is None else torch.tensor(multipliers), tilt, factor)
