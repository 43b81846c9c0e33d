"""The kernel of the smoothing over time (ColorUNet 2018, the section on video)."""

from dataclasses import dataclass
from math import exp


@dataclass(frozen=True)
class ExponentialDecay:
    """A smoothing kernel: a frame, the `window` before it and the `ahead` after it.

    A frame i frames away has the weight e^(-decay i).

    decay: α ≥ 0, per frame.
    window: T ≥ 0 frames.
    ahead: ≥ 0 frames; the published kernel has none.
    """

    decay: float = 0.2
    window: int = 20
    ahead: int = 0

    @property
    def lookback(self) -> int:
        """How many frames before the present one its result depends on."""
        return self.window

    @property
    def lookahead(self) -> int:
        """How many frames after the present one its result depends on."""
        return self.ahead

    @property
    def weights(self) -> list[float]:
        """The weights e^(-decay i) for i = 1 .. max(window, ahead)."""
        return [exp(-self.decay * i) for i in range(1, max(self.window, self.ahead) + 1)]

    def spaced(self, spacing: int) -> "ExponentialDecay":
        """Return the kernel over frames of which one in `spacing` is there: as far, or less."""
        if spacing == 1:
            return self
        return SpacedDecay(self.decay, self.window // spacing, self.ahead // spacing, spacing)


@dataclass(frozen=True)
class SpacedDecay(ExponentialDecay):
    """An exponential decay over frames that lie `spacing` apart; they stand for those between.

    What lies between two of them is interpolated between both, so each counts for the frames around
    it, j away, by 1 - |j| / spacing: its weight is Σ_j (1 - |j| / spacing) e^(-decay |d - j|), d
    frames away, over that of the present frame. window, ahead: counted in such frames.
    """

    spacing: int = 1

    @property
    def weights(self) -> list[float]:
        """The weights of the frames i times `spacing` away, for i = 1 .. max(window, ahead)."""
        near = range(1 - self.spacing, self.spacing)

        def sum_at(distance: int) -> float:
            shares = ((1 - abs(j) / self.spacing, abs(distance - j)) for j in near)
            return sum(share * exp(-self.decay * away) for share, away in shares)

        count = max(self.window, self.ahead)
        return [sum_at(i * self.spacing) / sum_at(0) for i in range(1, count + 1)]


PUBLISHED = ExponentialDecay()
"""The kernel of ColorUNet 2018."""
STEADY = ExponentialDecay(ahead=10)
"""Our kernel, meant for smoothing over motion."""
