"""Smoothing of bin probabilities over time (ColorUNet 2018, the section on video)."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from math import exp

import torch


@dataclass(frozen=True)
class ExponentialDecay:
    """The published kernel: a frame and the `window` before it, weighted by e^(-decay i).

    decay: α ≥ 0 per frame. window: T ≥ 0 frames; 0 smooths nothing.
    """

    decay: float = 0.2
    window: int = 20

    lookahead = 0
    """Frames after the present one that its result depends on."""

    @property
    def lookback(self) -> int:
        """Frames before the present one that its result depends on."""
        return self.window

    @property
    def weights(self) -> list[float]:
        """e^(-decay i) for i = 0 .. window."""
        return [exp(-self.decay * age) for age in range(self.window + 1)]


class ExponentialSmoother:
    """Streams p̂_t = Σ_i p_(t-i) e^(-αi) / Σ_i e^(-αi), i = 0 .. min(t, T), batch by batch.

    Each output is computed as the finite sum, always in the order of i, so that it depends only on
    the window's frames: not on the batches they came in, nor on where the film was entered.
    """

    def __init__(self, kernel: ExponentialDecay) -> None:
        self.kernel = kernel
        self.reset()

    def reset(self) -> None:
        """Forget every frame so far, as at a cut."""
        self._past: torch.Tensor | None = None
        self._seen = 0

    def __call__(self, probabilities: torch.Tensor) -> torch.Tensor:
        """The next frames of the film: (B, ...) float32 -> the same shape, smoothed."""
        count, window = len(probabilities), self.kernel.window
        if self._past is None:
            self._past = probabilities.new_zeros(window, *probabilities.shape[1:])
        frames = torch.cat([self._past, probabilities])

        smoothed = torch.zeros_like(probabilities)
        for age, weight in enumerate(self.kernel.weights):
            smoothed.add_(frames[window - age : window - age + count], alpha=weight)
        for frame, total in zip(smoothed, self._totals(count), strict=True):
            frame.div_(total)

        self._past = frames[len(frames) - window :].clone()
        self._seen += count
        return smoothed

    def _totals(self, count: int) -> Iterator[float]:
        """For each of the next `count` frames, the weights' sum over the frames that exist."""
        totals = list(accumulate(self.kernel.weights))
        for frame in range(self._seen, self._seen + count):
            yield totals[min(frame, self.kernel.window)]
