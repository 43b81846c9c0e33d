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


PUBLISHED = ExponentialDecay()
"""The kernel of ColorUNet 2018."""
STEADY = ExponentialDecay(ahead=10)
"""Our kernel, meant for smoothing over motion."""
