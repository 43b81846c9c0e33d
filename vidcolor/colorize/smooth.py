"""The second of three steps: predictions in, the same smoothed over time out."""

from collections import deque
from dataclasses import replace

import numpy as np
import torch

from vidcolor.colorize.predict import Prediction
from vidcolor.temporal.kernel import ExponentialDecay
from vidcolor.temporal.motion import find_step
from vidcolor.temporal.smoothing import Smoother


class Smooth:
    """Smooths the predictions of one film, whose pictures are given in order.

    motion: whether the kernel follows what moves. cell: pixels of the working luma along the side
    of one cell of the probabilities.
    """

    def __init__(self, kernel: ExponentialDecay, motion: bool, cell: int) -> None:
        self._smoother = Smoother(kernel)
        self._motion = motion
        self._cell = cell
        self._previous: np.ndarray | None = None
        """The latest picture at working size."""
        self._waiting: deque[Prediction] = deque()

    def __call__(self, prediction: Prediction, begins_shot: bool = False) -> list[Prediction]:
        """Take the film's next picture; return those that are now smoothed, oldest first.

        They come the kernel's `lookahead` pictures later, or when the shot ends.
        """
        step = None
        if self._motion and self._previous is not None and not begins_shot:
            step = find_step(self._previous, prediction.luma, self._cell)
        self._previous = prediction.luma
        smoothed = self._smoother(prediction.probabilities, begins_shot=begins_shot, step=step)
        self._waiting.append(prediction)
        return self._finished(smoothed)

    def flush(self) -> list[Prediction]:
        """Return the pictures still to come, and forget the film so far."""
        self._previous = None
        return self._finished(self._smoother.finish())

    def _finished(self, smoothed: list[torch.Tensor]) -> list[Prediction]:
        return [replace(self._waiting.popleft(), probabilities=each) for each in smoothed]
