"""Keeps what hints add to the color steady over time, as smoothing keeps the network's opinion."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from vidcolor.colorize.predict import Decoded, Prediction, Shown
from vidcolor.colorize.stretch import Stretch
from vidcolor.temporal.kernel import ExponentialDecay
from vidcolor.temporal.motion import find_step
from vidcolor.temporal.smoothing import Smoother
from vidcolor.temporal.sparse import Gap, Trail

SLOWER = 0.25
"""The decay of the weights, over that of the kernel, with which the color of still things beside
one that is hinted and moves flickered more than without hints."""


@dataclass(eq=False)
class _Part:
    """The residuals of a stretch, in the making.

    alone: those of its pictures whose neighbours don't count, None for one without hints. takes:
    for each picture whether it takes from the smoothed residual. smoothed: that of the picture
    seen; None until it is known. gap: the ways of those between, of the residual's pixels; None
    while they are not all known. goes_on: whether those take from the following part, too.
    """

    alone: list[torch.Tensor | None]
    takes: list[bool] = field(default_factory=list)
    smoothed: torch.Tensor | None = None
    gap: Gap | None = None
    goes_on: bool = False

    def residuals(self, following: torch.Tensor | None) -> list[torch.Tensor | None]:
        """Return those of its pictures; following: the next smoothed one, if it goes on."""
        if self.smoothed is None or self.gap is None:
            return self.alone
        ends = [self.smoothed] if following is None else [self.smoothed, following]
        carried = [self.smoothed, *self.gap.carried(*ends)]
        return [each if takes else None for each, takes in zip(carried, self.takes, strict=True)]


class SteadyResidual:
    """Smooths the residuals that hints make in the pictures of one film.

    From frame to frame an edge may hold a color back or let it through. The mean along motion over
    the pictures of the kernel evens this out, with weights that decay by `SLOWER`: what a person
    said holds for longer than what the network saw. It goes over consecutive pictures of a shot
    that the network sees and that have hints which spread; those between, with hints, take from
    them along motion. The first one seen without any ends it.

    Args:
        kernel, every: as for `Smooth`.
        motion: whether to follow what moves; without that, every is 1.
        luma: gives the luma over which the residual of a picture spreads, (h, w), from it and its
            plane.
        residual: gives the residual of a prediction, (2, h, w), from it and this luma.
    """

    def __init__(
        self,
        kernel: ExponentialDecay,
        every: int,
        motion: bool,
        luma: Callable[[Shown, np.ndarray], np.ndarray],
        residual: Callable[[Prediction, np.ndarray], torch.Tensor],
    ) -> None:
        self._smoother = Smoother(replace(kernel, decay=SLOWER * kernel.decay).spaced(every))
        self._motion = motion
        self._luma = luma
        self._residual = residual
        self._parts: deque[_Part] = deque()
        """Those still to come, the oldest first."""
        self._latest: _Part | None = None
        """The latest one, if it has pictures whose ways are not all known."""
        self._trail: Trail | None = None
        """From the latest picture seen on; None if that has no hints, or without motion."""
        self._previous: np.ndarray | None = None
        """The luma of the latest picture, if the latest one seen has hints."""

    def __call__(self, stretch: Stretch, planes: Sequence[np.ndarray]) -> list[torch.Tensor | None]:
        """Take the film's next stretch, not yet smoothed, and the planes of its pictures.

        Return the residuals of the pictures now done, the oldest first, None where nothing spreads.
        They come no later than `Smooth` returns their stretches.
        """
        if stretch.begins_shot or not stretch.seen.has_spreading_hints:
            self._end()
        if not stretch.seen.has_spreading_hints:
            self._parts.append(_Part([*map(self._alone, stretch.hinted(), planes)]))
        else:
            self._begin(stretch, planes[0])
            for picture, plane in zip(stretch.between, planes[1:], strict=True):
                self._follow(self._luma(picture, plane))
                assert self._trail is not None
                self._trail.skip()
        return self._done()

    def flush(self) -> list[torch.Tensor | None]:
        """Return those still to come, and forget the film so far."""
        self._end()
        return self._done()

    def _alone(self, prediction: Prediction | None, plane: np.ndarray) -> torch.Tensor | None:
        if prediction is None:
            return None
        return self._residual(prediction, self._luma(prediction, plane))

    def _begin(self, stretch: Stretch, plane: np.ndarray) -> None:
        """Begin the part of a stretch, or go on to it."""
        luma = self._luma(stretch.seen, plane)
        gap, step = Gap(), None
        if self._motion and self._trail is None:
            self._trail = Trail(*luma.shape)
        elif self._trail is not None:
            self._follow(luma)
            gap, step = self._trail.see()
        if self._latest is not None:
            self._latest.gap, self._latest.goes_on = gap, True
        part = _Part([], [picture.hints is not None for picture in stretch.pictures])
        self._latest = part if stretch.between else None
        if not stretch.between:
            part.gap = Gap()
        self._previous = luma
        self._parts.append(part)
        self._take(self._smoother(self._residual(stretch.seen, luma), step=step))

    def _follow(self, luma: np.ndarray) -> None:
        assert self._trail is not None
        assert self._previous is not None
        self._trail.follow(find_step(self._previous, luma, 1))
        self._previous = luma

    def _end(self) -> None:
        """Let no more pictures count for the present ones."""
        if self._latest is not None and self._trail is not None:
            self._latest.gap = self._trail.end()
        self._take(self._smoother.finish())
        self._latest, self._trail, self._previous = None, None, None

    def _take(self, smoothed: Sequence[torch.Tensor]) -> None:
        """Give parts their smoothed residuals."""
        waiting = (part for part in self._parts if part.takes and part.smoothed is None)
        for part, each in zip([*waiting], smoothed, strict=False):
            part.smoothed = each

    def _done(self) -> list[torch.Tensor | None]:
        """Return the residuals of the parts that are whole."""
        done: list[torch.Tensor | None] = []
        while self._parts:
            part, following = self._parts[0], None
            if part.takes and (part.smoothed is None or part.gap is None):
                break
            if part.goes_on:
                following = self._parts[1].smoothed
                if following is None:
                    break
            done += part.residuals(following)
            self._parts.popleft()
        return done


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
            planes = [self._planes.popleft() for _ in stretch.pictures]
            self._have_planes += [picture.plane is not None for picture in stretch.pictures]
            self._keep(self._steady(stretch, planes))

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
