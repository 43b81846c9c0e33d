"""Which frames the network sees where it does not see all, and probabilities for those between."""

from dataclasses import dataclass

import torch

from vidcolor.temporal.kernel import ExponentialDecay
from vidcolor.temporal.motion import Step, at_rest, corners, extend_forward, gather
from vidcolor.temporal.smoothing import Smoother

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


def unbelieved(back: torch.Tensor) -> float:
    """Return the share of a picture that an earlier one does not show; back: the way to it."""
    return 1 - float(back[2].mean())


class SparseSmoother:
    """Takes frames in of which some have probabilities; gives all of them back smoothed over time.

    The frames seen are smoothed as `Smoother` does, over the frames seen alone, with the kernel for
    frames so far apart. A frame between two of them gets
    p(x) = Σ_j w_j m_j(x) p_j(x_j) / Σ_j w_j m_j(x), where j are these two, p_j their smoothed
    probabilities, x_j where the thing at x is in them, m_j how surely it is seen there and on the
    way, and w_j falls linearly with the frames to them, from 1 to 0 at the other one. Frames behind
    the last one seen of a shot follow that one.
    """

    def __init__(self, kernel: ExponentialDecay, every: int) -> None:
        self._smoother = Smoother(kernel.spaced(every))
        self._backs: list[torch.Tensor] = []
        """The way from each frame since the last one seen to that one."""
        self._forward = torch.empty(0)
        """The ways from the last frame seen and those since to the newest frame, (k, 3, h, w)."""
        self._gaps: list[_Gap] = []
        """The frames between those seen, as far as both are not smoothed yet, the oldest first."""
        self._before: torch.Tensor | None = None
        """The smoothed frame before the first gap."""

    def __call__(
        self, frame: torch.Tensor | None, step: Step | None, back: torch.Tensor | None
    ) -> list[torch.Tensor]:
        """Take the film's next frame; return the frames that are now done, the oldest first.

        frame: (n, h, w) float32, None where it was not seen. step: the motion since the frame
        before; None where a shot begins, with a frame that was seen. back: the way to the last
        frame seen before it, (3, h, w); None likewise.
        """
        if step is None or back is None:
            assert frame is not None
            done = self.finish()
            self._forward = at_rest(*frame.shape[1:])[None]
            return done + self._arrived(self._smoother(frame))
        forward = extend_forward(self._forward, step)
        rest = at_rest(*forward.shape[2:])
        if frame is None:
            self._forward = torch.cat([forward, rest[None]])
            self._backs.append(back)
            return []
        since = Step(_offsets(back), _offsets(forward[0]))
        self._gaps.append(_Gap(self._backs, list(forward[1:])))
        smoothed = self._smoother(frame, step=since)
        self._forward, self._backs = rest[None], []
        return self._arrived(smoothed)

    def finish(self) -> list[torch.Tensor]:
        """Return the remaining frames, and forget every frame so far."""
        done = self._arrived(self._smoother.finish())
        if self._backs:
            assert self._before is not None
            done += _Gap(self._backs, []).carried(self._before)
        self._backs, self._gaps, self._before = [], [], None
        return done

    def _arrived(self, smoothed: list[torch.Tensor]) -> list[torch.Tensor]:
        """Return the frames that frames seen, now smoothed, bring: those before each, and it."""
        done: list[torch.Tensor] = []
        for frame in smoothed:
            if self._before is not None:
                done += self._gaps.pop(0).carried(self._before, frame)
            done.append(frame)
            self._before = frame
        return done


@dataclass(frozen=True, eq=False)
class _Gap:
    """The frames between two that were seen, or behind the last one.

    backs, forwards: the way from each to the one seen before it and behind it, (3, h, w).
    """

    backs: list[torch.Tensor]
    forwards: list[torch.Tensor]

    def carried(self, *seen: torch.Tensor) -> list[torch.Tensor]:
        """Return the probabilities of these frames from those of the one or two that were seen."""
        if not self.backs:
            return []
        count, (bins, *shape) = len(self.backs), seen[0].shape
        places = torch.arange(1, count + 1) / (count + 1)
        near = torch.stack([1 - places, places])[: len(seen), :, None]
        ways = torch.stack([*self.backs, *self.forwards]).reshape(len(seen), count, 3, -1)
        x, y, shown = ways.unbind(2)
        weights = near * shown.clamp_min(_LEAST)
        begins = (torch.arange(len(seen), dtype=torch.int32) * x.shape[-1])[:, None, None]
        ends = corners(x, y, shape, weights, begins)
        total = gather(
            torch.cat([frame.flatten(1).T for frame in seen]),
            *(torch.cat(list(each), -1).flatten(0, 1) for each in ends),
        )
        frames = (total / weights.sum(0).flatten()[:, None]).reshape(count, -1, bins)
        return [frame.T.reshape(bins, *shape) for frame in frames]


def _offsets(way: torch.Tensor) -> torch.Tensor:
    """Return a way as `Step` has it: how far away its ends are."""
    rest = at_rest(*way.shape[1:])
    return torch.cat([way[:2] - rest[:2], way[2:]])
