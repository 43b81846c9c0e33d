"""The first of three steps: chooses the pictures that the network sees, and shows them to it."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from vidcolor.colorize.predict import Prediction, Shown
from vidcolor.colorize.stretch import Stretch
from vidcolor.temporal.motion import Step, find_step
from vidcolor.temporal.rhythm import Rhythm
from vidcolor.temporal.sparse import MOST_UNBELIEVED, Gap, Trail


@dataclass(eq=False)
class _Glance:
    """A stretch in the making.

    picture: which the network is to see. begins_shot, since, between, gap: as in `Stretch`; gap is
    None while more pictures may follow. prediction: what the network made of the picture; None
    until it saw it.
    """

    picture: Shown
    begins_shot: bool
    since: Step | None
    between: list[Shown] = field(default_factory=list)
    gap: Gap | None = None
    prediction: Prediction | None = None


class Look:
    """Chooses the pictures of one film that the network sees, and shows them to it.

    They are all or, where not every picture is to be seen, the first of each shot, those that are
    due by their numbers (`Rhythm`), and those of which more than `MOST_UNBELIEVED` is not believed
    to be seen in the last one.

    Args:
        see: shows pictures to the network, as `Predict.look`.
        batch_size: tells how many it sees at once.
        every: of how many pictures one is due.
        motion: whether to follow what moves; without that, every is 1.
        cell: pixels of the working luma along the side of one cell of the probabilities.
    """

    def __init__(
        self,
        see: Callable[[Sequence[Shown]], list[Prediction]],
        batch_size: Callable[[], int],
        *,
        every: int,
        motion: bool,
        cell: int,
    ) -> None:
        self._see = see
        self._batch_size = batch_size
        self._every = every
        self._motion = motion
        self._cell = cell
        self._glances: deque[_Glance] = deque()
        """Those to come, the oldest first."""
        self._forget()

    def __call__(
        self, pictures: Sequence[Shown], begins_shot: Sequence[bool], numbers: Sequence[int]
    ) -> list[Stretch]:
        """Take the film's next pictures, return the stretches that are now whole, oldest first.

        Where the network does not see all, it is shown full batches. begins_shot: of each picture.
        numbers: as for `Rhythm`.
        """
        for picture, begins, number in zip(pictures, begins_shot, numbers, strict=True):
            self._take(picture, begins, self._is_due(number))
        return self._whole(1 if self._every == 1 else self._batch_size())

    def flush(self) -> list[Stretch]:
        """Return the stretches still to come, and forget the film so far."""
        self._end_shot()
        self._forget()
        return self._whole(1)

    def _forget(self) -> None:
        self._is_due = Rhythm(self._every)
        self._previous: Shown | None = None
        self._trail: Trail | None = None
        """From the last picture seen on; None where all are."""

    def _take(self, picture: Shown, begins_shot: bool, is_due: bool) -> None:
        """Begin a stretch with the film's next picture, or add it to the latest one."""
        previous, self._previous = self._previous, picture
        if previous is None or begins_shot:
            self._end_shot()
            if self._every > 1:
                self._trail = Trail(*(side // self._cell for side in picture.luma.shape))
            self._begin(picture, True, None)
            return
        step = None
        if self._motion:
            # Where it sees all, each pixel counts; else cells do, in a fifth less time.
            grain = 1 if self._trail is None else self._cell
            step = find_step(previous.luma, picture.luma, self._cell, grain=grain)
        if self._trail is None or step is None:
            self._begin(picture, False, step)
            return
        self._trail.follow(step)
        if is_due or self._trail.unbelieved > MOST_UNBELIEVED:
            self._glances[-1].gap, since = self._trail.see()
            self._begin(picture, False, since)
        else:
            self._trail.skip()
            self._glances[-1].between.append(picture)

    def _begin(self, picture: Shown, begins_shot: bool, since: Step | None) -> None:
        gap = Gap() if self._trail is None else None
        self._glances.append(_Glance(picture, begins_shot, since, gap=gap))

    def _end_shot(self) -> None:
        if self._trail is not None:
            self._glances[-1].gap = self._trail.end()

    def _whole(self, least: int) -> list[Stretch]:
        """Show the network the pictures to see, while they are `least` or more; return the whole.

        It is shown a full batch, or what there is.
        """
        to_see = [glance for glance in self._glances if glance.prediction is None]
        while len(to_see) >= least:
            size = self._batch_size()
            batch, to_see = to_see[:size], to_see[size:]
            predictions = self._see([glance.picture for glance in batch])
            for glance, prediction in zip(batch, predictions, strict=True):
                glance.prediction = prediction
        whole: list[Stretch] = []
        while (stretch := self._first()) is not None:
            self._glances.popleft()
            whole.append(stretch)
        return whole

    def _first(self) -> Stretch | None:
        """Return the oldest stretch to come; None while it is not whole."""
        if not self._glances:
            return None
        first, *others = islice(self._glances, 2)
        if first.prediction is None or first.gap is None:
            return None
        following = None
        if first.between and others and not others[0].begins_shot:
            following = others[0].prediction
            if following is None:
                return None
        return Stretch(
            first.prediction,
            first.begins_shot,
            first.since,
            between=first.between,
            gap=first.gap,
            following=following,
        )
