"""The first two steps where the network sees some pictures only: `SparseLook`, `SparseSmooth`."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from vidcolor.colorize.predict import Predict, Prediction, Shown
from vidcolor.temporal.kernel import ExponentialDecay
from vidcolor.temporal.motion import Step, at_rest, extend_back, find_step
from vidcolor.temporal.sparse import MOST_UNBELIEVED, Rhythm, SparseSmoother, unbelieved


@dataclass(eq=False)
class Glance:
    """One picture, how it moved and, if the network sees it, what it makes of it.

    step: the motion since the picture before; None where a shot begins. back: the way to the last
    picture before it that the network sees, (3, h, w), as for `extend_back`; None where a shot
    begins. probabilities: as in `Prediction`; None of a picture that is not seen, and until it is.
    """

    picture: Shown
    step: Step | None
    back: torch.Tensor | None
    is_seen: bool
    probabilities: torch.Tensor | None = None


class SparseLook:
    """Chooses the pictures of one film that the network sees, and shows them to it.

    They are the first of each shot, those that are due by their numbers (`Rhythm`), and those of
    which more than `MOST_UNBELIEVED` is not believed to be seen in the last one.

    predict: the network, and the pictures' size. every: of how many pictures one is due. cell:
    pixels of the working luma along the side of one cell of the probabilities.
    """

    def __init__(self, predict: Predict, every: int, cell: int) -> None:
        self._predict = predict
        self._every = every
        self._cell = cell
        self._to_see: list[Glance] = []
        """The pictures that the network will see once they fill a batch."""
        self._waiting: deque[Glance] = deque()
        """All pictures from the first of these on."""
        self._forget()

    def __call__(
        self, pictures: Sequence[Shown], begins_shot: Sequence[bool], numbers: Sequence[int]
    ) -> list[Glance]:
        """Take the film's next pictures, return those that are now ready, oldest first.

        They are ready when the network's batch is full. begins_shot: of each. numbers: as for
        `Rhythm`.
        """
        for picture, begins, number in zip(pictures, begins_shot, numbers, strict=True):
            glance = self._glance(picture, begins, self._is_due(number))
            self._waiting.append(glance)
            if glance.is_seen:
                self._to_see.append(glance)
        return self._ready(self._predict.batch_size)

    def flush(self) -> list[Glance]:
        """Return the pictures still to come, and forget the film so far."""
        self._forget()
        return self._ready(1)

    def _forget(self) -> None:
        self._is_due = Rhythm(self._every)
        self._previous: Shown | None = None
        self._to_seen = torch.empty(0)
        """The way from the latest picture to the last one seen, itself if it is."""

    def _glance(self, picture: Shown, begins_shot: bool, is_due: bool) -> Glance:
        previous, self._previous = self._previous, picture
        height, width = (side // self._cell for side in picture.luma.shape)
        if previous is None or begins_shot:
            self._to_seen = at_rest(height, width)
            return Glance(picture, None, None, True)
        step = find_step(previous.luma, picture.luma, self._cell)
        back = extend_back(self._to_seen[None], step)[0]
        is_seen = is_due or unbelieved(back) > MOST_UNBELIEVED
        self._to_seen = at_rest(height, width) if is_seen else back
        return Glance(picture, step, back, is_seen)

    def _ready(self, least: int) -> list[Glance]:
        """Show the network the pictures to see, while they are `least` or more; return the ready.

        It is shown a full batch, or what there is.
        """
        while len(self._to_see) >= least:
            size = self._predict.batch_size
            batch, self._to_see = self._to_see[:size], self._to_see[size:]
            predictions = self._predict.look([glance.picture for glance in batch])
            for glance, prediction in zip(batch, predictions, strict=True):
                glance.probabilities = prediction.probabilities
        ready = []
        while self._waiting and (not self._to_see or self._waiting[0] is not self._to_see[0]):
            ready.append(self._waiting.popleft())
        return ready


class SparseSmooth:
    """Smooths the pictures of one film over time, and carries what was not seen along motion.

    every: as for `SparseLook`, which gives the pictures.
    """

    def __init__(self, kernel: ExponentialDecay, every: int) -> None:
        self._smoother = SparseSmoother(kernel, every)
        self._waiting: deque[Shown] = deque()

    def __call__(self, glance: Glance) -> list[Prediction]:
        """Take the film's next picture; return those that are now smoothed, oldest first."""
        smoothed = self._smoother(glance.probabilities, glance.step, glance.back)
        self._waiting.append(glance.picture)
        return self._finished(smoothed)

    def flush(self) -> list[Prediction]:
        """Return the pictures still to come, and forget the film so far."""
        return self._finished(self._smoother.finish())

    def _finished(self, smoothed: list[torch.Tensor]) -> list[Prediction]:
        return [self._waiting.popleft().with_probabilities(each) for each in smoothed]
