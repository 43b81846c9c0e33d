"""Which frames the network sees where it does not see all, and what those between are given."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from vidcolor.temporal.motion import (
    Step,
    at_rest,
    corners,
    extend_back,
    extend_forward,
    gather,
)

MOST_UNBELIEVED = 0.25
"""The largest share of a picture that may be unlike the frame seen last; with more it is seen
itself."""

_LEAST = 1e-3
"""How surely a thing counts as seen, at the least: where no frame shows it, the nearest guess is
taken."""


class Rhythm:
    """Tells which frames are due to be seen, by their numbers: one in `every`.

    A frame's number is that which its time has at the film's mean rate, so that it is the same
    wherever reading began. A frame is due if it is the first whose number lies in a new run of
    `every` numbers, or if `every` frames have come since the last such frame: where frames come
    faster than the mean, they are all due then. Whether a frame is due follows from the `every`
    numbers before its own.
    """

    def __init__(self, every: int) -> None:
        self._every = every
        self._run: int | None = None
        self._since = 0

    def __call__(self, number: int) -> bool:
        """Tell whether the film's next frame is due; the first one is."""
        run = number // self._every
        self._since = 0 if run != self._run else self._since + 1
        self._run = run
        return self._since == 0 or self._since >= self._every


def reach_beyond(every: int) -> tuple[int, int]:
    """Return how many frames more a result depends on, before it and after it.

    A frame follows from the ones seen at most every - 1 before and behind it. What is seen is
    certain from the first due frame on, and that one at the latest `every` after reading began.
    """
    return (2 * every - 1, every - 1) if every > 1 else (0, 0)


@dataclass(frozen=True, eq=False)
class Gap:
    """The frames between two that were seen, or behind the last one seen of a shot.

    backs, forwards: the way from each to the one seen before it and behind it, (3, h, w), as for
    `extend_back`; no forwards where none was seen behind them.
    """

    backs: Sequence[torch.Tensor] = ()
    forwards: Sequence[torch.Tensor] = ()

    def carried(self, *seen: torch.Tensor) -> list[torch.Tensor]:
        """Return planes (n, h, w) of these frames from those of the one or two that were seen.

        Each frame gets q(x) = Σ_j w_j m_j(x) q_j(x_j) / Σ_j w_j m_j(x), where j are these two, q_j
        their planes, x_j where the thing at x is in them, m_j how surely it is seen there and on
        the way, and w_j falls linearly with the frames to them, from 1 to 0 at the other one.
        """
        if not self.backs:
            return []
        count, (planes, *shape) = len(self.backs), seen[0].shape
        places = torch.arange(1, count + 1) / (count + 1)
        near = torch.stack([1 - places, places])[: len(seen), :, None]
        ways = torch.stack([*self.backs, *self.forwards]).reshape(len(seen), count, 3, -1)
        x, y, shown = ways.unbind(2)
        weights = near * shown.clamp_min(_LEAST)
        begins = (torch.arange(len(seen), dtype=torch.int32) * x.shape[-1])[:, None, None]
        ends = corners(x, y, shape, weights, begins)
        total = gather(
            torch.cat([each.flatten(1).T for each in seen]),
            *(torch.cat(list(each), -1).flatten(0, 1) for each in ends),
        )
        frames = (total / weights.sum(0).flatten()[:, None]).reshape(count, -1, planes)
        return [frame.T.reshape(planes, *shape) for frame in frames]


class Trail:
    """Follows what moves in a shot from the last frame seen to the newest one.

    height, width: of the grid, in cells. It begins at a frame that is seen.
    """

    def __init__(self, height: int, width: int) -> None:
        self._rest = at_rest(height, width)
        self._begin()

    def _begin(self) -> None:
        self._back = self._rest
        """The way from the newest frame to the last one seen."""
        self._backs: list[torch.Tensor] = []
        """That of each frame behind it that was skipped."""
        self._forward = self._rest[None]
        """The ways from the last frame seen and those skipped to the newest, (k, 3, h, w)."""

    def follow(self, step: Step) -> None:
        """Go on to the next frame. step: the motion since the frame before."""
        self._back = extend_back(self._back[None], step)[0]
        self._forward = extend_forward(self._forward, step)

    @property
    def unbelieved(self) -> float:
        """The share of the newest frame that the last one seen is not believed to show."""
        return 1 - float(self._back[2].mean())

    def skip(self) -> None:
        """Let the newest frame be one that is not seen."""
        self._backs.append(self._back)
        self._forward = torch.cat([self._forward, self._rest[None]])

    def see(self) -> tuple[Gap, Step]:
        """Let the newest frame be seen; return the frames skipped and the motion over them."""
        gap = Gap(self._backs, list(self._forward[1:]))
        since = Step(_offsets(self._back), _offsets(self._forward[0]))
        self._begin()
        return gap, since

    def end(self) -> Gap:
        """Return the frames skipped since the last one seen: the shot is over."""
        return Gap(self._backs)


def _offsets(way: torch.Tensor) -> torch.Tensor:
    """Return a way as `Step` has it: how far away its ends are."""
    rest = at_rest(*way.shape[1:])
    return torch.cat([way[:2] - rest[:2], way[2:]])
