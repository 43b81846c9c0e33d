"""How the colour of shots drifts, and how to take that back: things keep their colours."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch

from vidcolor.temporal.motion import find_step, warp_planes

_LEAST = 1e-4
"""Smaller probabilities count as this one, so that their logarithms are finite."""
_RARE = 0.01
"""The change of a bin of this mean probability is believed by half."""


@dataclass(frozen=True, eq=False)
class ShotDrift:
    """How far the network's opinion of the same things moved in one shot.

    times: (k,) float64, when the frames looked at are shown, in `Reader.seconds`.
    offsets: (k, n) float64, how far the logarithms of the bins' probabilities lie from their means
        over the shot.
    """

    times: np.ndarray
    offsets: np.ndarray

    @classmethod
    def of(cls, times: Sequence[float], changes: Sequence[torch.Tensor]) -> "ShotDrift":
        """Add up the `change` at each time since the time before; at the first it is 0."""
        drift = torch.stack(list(changes)).double().cumsum(0).numpy()
        return cls(np.array(times), drift - drift.mean(0))

    def at(self, time: Fraction) -> torch.Tensor:
        """Return the offsets at a time, (n,) float32, linear between the frames looked at."""
        offsets = [np.interp(float(time), self.times, of_bin) for of_bin in self.offsets.T]
        return torch.tensor(offsets, dtype=torch.float32)


class Drift:
    """The drift of a film's shots, in their order."""

    def __init__(self, shots: Sequence[ShotDrift]) -> None:
        self._shots = shots
        self._starts = [shot.times[0] for shot in shots]

    def as_list(self) -> list[list[list[Any]]]:
        """Return the times and offsets of each shot as JSON has them, exact."""
        return [[shot.times.tolist(), shot.offsets.tolist()] for shot in self._shots]

    @classmethod
    def from_list(cls, content: list[list[list[Any]]]) -> "Drift":
        """Read what `as_list` gives."""
        return cls([ShotDrift(np.array(times), np.array(offsets)) for times, offsets in content])

    def at(self, time: Fraction) -> torch.Tensor:
        """Return what to subtract from the logarithms of a frame's probabilities, (n,) float32."""
        return self._shots[max(0, bisect_right(self._starts, float(time)) - 1)].at(time)


def change(
    earlier: torch.Tensor, earlier_luma: np.ndarray, later: torch.Tensor, later_luma: np.ndarray
) -> torch.Tensor:
    """Return how much the logarithms of probabilities changed for the same things, (n,) float32.

    For each bin δ = Σ_x a(x) (log p(x) - log p'(x')) / (Σ_x a(x) + 0.01 N), where x' is where the
    thing at x was, p' the probability there, a(x) = m(x) (p(x) + p'(x')) / 2, m(x) how surely it
    was seen there, and N the number of places. What comes into the picture or leaves it has no
    part in δ, and what is rare has hardly any.

    Args:
        earlier, later: bin probabilities of two consecutive frames, (n, h, w) float32.
        earlier_luma, later_luma: their luma, (H, W) float32 in [0, 1]; H is a multiple of h.
    """
    step = find_step(earlier_luma, later_luma, later_luma.shape[0] // later.shape[1])
    earlier = warp_planes(earlier, step)
    amount = step.back[2] * (earlier + later) / 2
    changed = later.clamp_min(_LEAST).log() - earlier.clamp_min(_LEAST).log()
    total = amount.sum((1, 2)) + _RARE * amount[0].numel()
    return (amount * changed).sum((1, 2)) / total
