"""The kernel of the smoothing over time (ColorUNet 2018, the section on video)."""

from dataclasses import dataclass
from math import exp


@dataclass(frozen=True)
class ExponentialDecay:
    """A frame, the `window` before it and the `ahead` after it, weighted by e^(-decay i).

    decay: α ≥ 0 per frame. window: T ≥ 0 frames. ahead: ≥ 0 frames; the published kernel has none.
    """

    decay: float = 0.2
    window: int = 20
    ahead: int = 0

    @property
    def lookback(self) -> int:
        """Frames before the present one that its result depends on."""
        return self.window

    @property
    def lookahead(self) -> int:
        """Frames after the present one that its result depends on."""
        return self.ahead

    @property
    def weights(self) -> list[float]:
        """e^(-decay i) for i = 1 .. max(window, ahead)."""
        return [exp(-self.decay * i) for i in range(1, max(self.window, self.ahead) + 1)]


PUBLISHED = ExponentialDecay()
STEADY = ExponentialDecay(ahead=10)
"""Ours, over motion."""
