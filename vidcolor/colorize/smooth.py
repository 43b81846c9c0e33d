"""The second of three steps: what the network makes of pictures in, smoothed over time out."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import torch

from vidcolor.colorize.stretch import Stretch
from vidcolor.temporal.kernel import ExponentialDecay
from vidcolor.temporal.smoothing import Smoother


class Smooth:
    """Smooths the pictures of one film that the network sees over time, given in order.

    That is over these alone, with the kernel for pictures so far apart, and never from pictures
    with references to others. every: as for `Look`, which gives the stretches.
    """

    def __init__(self, kernel: ExponentialDecay, every: int) -> None:
        self._smoother = Smoother(kernel.spaced(every))
        self._waiting: deque[Stretch] = deque()
        """Stretches whose picture is not smoothed yet."""
        self._latest: Stretch | None = None
        """The one whose picture is smoothed, while the following one is not."""
        self._is_referenced = False
        """Whether the latest picture has references."""

    def __call__(self, stretch: Stretch) -> list[Stretch]:
        """Take the film's next stretch; return those that are now smoothed, oldest first.

        Their pictures come the kernel's `lookahead` pictures later, or when the shot ends.
        """
        self._waiting.append(stretch)
        was, self._is_referenced = self._is_referenced, stretch.seen.matched is not None
        begins = stretch.begins_shot or was != self._is_referenced
        step = None if begins else stretch.since
        return self._finished(self._smoother(stretch.seen.planes, begins_shot=begins, step=step))

    def flush(self) -> list[Stretch]:
        """Return the stretches still to come, and forget the film so far."""
        return self._finished(self._smoother.finish())

    def _finished(self, smoothed: Sequence[torch.Tensor]) -> list[Stretch]:
        done = []
        for planes in smoothed:
            stretch = self._waiting.popleft()
            seen = stretch.seen.smoothed(planes)
            if self._latest is not None:
                done.append(replace(self._latest, following=seen))
                self._latest = None
            stretch = replace(stretch, seen=seen)
            if stretch.following is None:
                done.append(stretch)
            else:
                self._latest = stretch
        return done
