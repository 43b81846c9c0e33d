"""Keeps what hints add to the color steady over time, as smoothing keeps the network's opinion."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch

from vidcolor.colorize.predict import Decoded, Prediction
from vidcolor.colorize.stretch import Stretch
from vidcolor.temporal.kernel import ExponentialDecay
from vidcolor.temporal.motion import find_step
from vidcolor.temporal.smoothing import Smoother

SLOWER = 0.25
"""The decay of the weights, over that of the kernel, with which the color of still things beside
one that is hinted and moves flickered more than without hints."""


class SteadyResidual:
    """Smooths the residuals that hints make in the pictures of one film, given in order.

    From frame to frame an edge may hold a color back or let it through. The mean along motion over
    the pictures of the kernel evens this out, with weights that decay by `SLOWER`: what a person
    said holds for longer than what the network saw. It goes over consecutive pictures of a shot
    that have hints; the first without any ends it.

    Args:
        kernel, motion: as for `Smooth`.
        residual: gives the residual of a prediction and its plane, (2, h, w), and the luma over
            which it was spread, (h, w).
    """

    def __init__(
        self,
        kernel: ExponentialDecay,
        motion: bool,
        residual: Callable[[Prediction, np.ndarray], tuple[torch.Tensor, np.ndarray]],
    ) -> None:
        self._smoother = Smoother(replace(kernel, decay=SLOWER * kernel.decay))
        self._motion = motion
        self._residual = residual
        self._previous: np.ndarray | None = None
        """The luma of the latest picture, if that has hints."""
        self._has_hints: deque[bool] = deque()
        """Of the pictures still to come, the oldest first."""
        self._smoothed: deque[torch.Tensor] = deque()

    def __call__(
        self, prediction: Prediction | None, plane: np.ndarray, begins_shot: bool
    ) -> list[torch.Tensor | None]:
        """Take the film's next picture; return the residuals of those that `Smooth` returns then.

        prediction: not yet smoothed; it can be None where there are no hints. So is the residual of
        a picture without hints.
        """
        done = self.flush() if begins_shot else []
        if prediction is None or prediction.hints is None:
            self._has_hints.append(False)
            self._finish()
        else:
            self._has_hints.append(True)
            residual, luma = self._residual(prediction, plane)
            step = None
            if self._motion and self._previous is not None:
                step = find_step(self._previous, luma, 1)
            self._smoothed += self._smoother(residual, step=step)
            self._previous = luma
        if len(self._has_hints) > self._smoother.kernel.ahead:
            done.append(self._next())
        return done

    def flush(self) -> list[torch.Tensor | None]:
        """Return those still to come, and forget the film so far."""
        self._finish()
        return [self._next() for _ in range(len(self._has_hints))]

    def _finish(self) -> None:
        self._smoothed += self._smoother.finish()
        self._previous = None

    def _next(self) -> torch.Tensor | None:
        return self._smoothed.popleft() if self._has_hints.popleft() else None


class HintedPictures:
    """Joins the pictures of one film with what their hints add to them, whichever comes first.

    steady: smooths that.
    """

    def __init__(self, steady: SteadyResidual) -> None:
        self._steady = steady
        self._planes: deque[np.ndarray] = deque()
        """Of the pictures that are in no stretch yet."""
        self._have_planes: deque[bool] = deque()
        """Whether the pictures that `steady` still holds are to be colored, the oldest first."""
        self._residuals: deque[torch.Tensor | None] = deque()
        """Of the next pictures to be colored."""
        self._decoded: deque[Decoded] = deque()
        """Those that wait for theirs."""

    def show(self, planes: Sequence[np.ndarray]) -> None:
        """Take the planes of the film's next pictures, whether these are to be colored or not."""
        self._planes.extend(planes)

    def add(self, stretches: Sequence[Stretch]) -> None:
        """Take the next stretches of those pictures, not yet smoothed."""
        for stretch in stretches:
            begins_shot = stretch.begins_shot
            for picture, prediction in zip(stretch.pictures, stretch.hinted(), strict=True):
                self._have_planes.append(picture.plane is not None)
                self._keep(self._steady(prediction, self._planes.popleft(), begins_shot))
                begins_shot = False

    def end(self) -> None:
        """Let the film be over."""
        self._keep(self._steady.flush())

    def __call__(self, decoded: Sequence[Decoded]) -> list[Decoded]:
        """Take the next pictures to be colored; return those of which the hints' part is known."""
        self._decoded += decoded
        count = min(len(self._decoded), len(self._residuals))
        return [
            replace(self._decoded.popleft(), residual=self._residuals.popleft())
            for _ in range(count)
        ]

    def _keep(self, residuals: Sequence[torch.Tensor | None]) -> None:
        self._residuals += [each for each in residuals if self._have_planes.popleft()]
