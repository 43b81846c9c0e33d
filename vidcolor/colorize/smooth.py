"""The second of three steps: what the network makes of pictures in, smoothed over time out."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

import torch

from vidcolor.colorize.predict import Prediction
from vidcolor.colorize.stretch import Stretch
from vidcolor.temporal.kernel import ExponentialDecay
from vidcolor.temporal.smoothing import Smoother

_BESIDE = 2
"""So many pictures before one, and so many after it, tell with it how bright its light is."""


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
        self._beside = min(_BESIDE, self._smoother.kernel.window, self._smoother.kernel.ahead)
        self._before: deque[Prediction] = deque(maxlen=self._beside)
        """The latest pictures that are smoothed, of those that belong together, as they were."""

    def __call__(self, stretch: Stretch) -> list[Stretch]:
        """Take the film's next stretch; return those that are now smoothed, oldest first.

        Their pictures come the kernel's `lookahead` pictures later, or when the shot ends.
        """
        was, self._is_referenced = self._is_referenced, stretch.seen.matched is not None
        begins = stretch.begins_shot or was != self._is_referenced
        done = self.flush() if begins else []
        self._waiting.append(stretch)
        step = None if begins else stretch.since
        return done + self._finished(self._smoother(stretch.seen.planes, step=step))

    def flush(self) -> list[Stretch]:
        """Return the stretches still to come, and forget the film so far."""
        done = self._finished(self._smoother.finish())
        self._before.clear()
        return done

    def _finished(self, smoothed: Sequence[torch.Tensor]) -> list[Stretch]:
        done = []
        for planes in smoothed:
            stretch = self._waiting.popleft()
            seen = stretch.seen.smoothed(planes, self._around(stretch.seen))
            self._before.append(stretch.seen)
            if self._latest is not None:
                done.append(replace(self._latest, following=seen))
                self._latest = None
            stretch = replace(stretch, seen=seen)
            if stretch.following is None:
                done.append(stretch)
            else:
                self._latest = stretch
        return done

    def _around(self, picture: Prediction) -> list[Prediction]:
        """Return a picture that waits no more, and as many before it as after it."""
        after = [stretch.seen for stretch in islice(self._waiting, self._beside)]
        count = min(len(self._before), len(after))
        before = islice(self._before, len(self._before) - count, None)
        return [*before, picture, *after[:count]]
