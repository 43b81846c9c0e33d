"""Smoothing of bin probabilities over time (ColorUNet 2018, the section on video)."""

from collections import deque
from collections.abc import Iterable

import torch

from vidcolor.temporal.kernel import ExponentialDecay
from vidcolor.temporal.motion import Step, at_rest, corners, gather, no_step


class Smoother:
    """Takes frames of probabilities in and gives them back smoothed over time.

    The result is p̂_t(x) = Σ_i w_i m_i(x) p_i(x_i) / Σ_i w_i m_i(x), with i over those of the
    kernel's frames that belong to the same shot. Without motion x_i = x and m_i = 1; with nothing
    ahead that is the published sum, normalised. With motion x_i is where the thing at x is in
    frame i, and m_i how surely it can be seen there and on the way: what was hidden starts afresh.

    Each result is computed as a finite sum, always in the same order (the frame itself, the past
    from the latest frame on, what is ahead), and ways are followed within these frames alone. So
    it depends only on the kernel's frames, not on the batches they came in nor on where reading
    the film began.
    """

    def __init__(self, kernel: ExponentialDecay) -> None:
        self.kernel = kernel
        self._weights = torch.tensor(kernel.weights)
        self._frames = _LatestFrames(max(kernel.window, kernel.ahead) + 1)
        self._to_past: torch.Tensor | None = None
        """The ways from the newest frame to those before it, the latest first: (h * w, 3, k), as
        for `extend_back` but for the order of the axes. None while nothing moves in the shot."""
        self._waiting: deque[_Sum] = deque()
        """The sums of the frames not yet done, the oldest first."""

    def __call__(
        self, frame: torch.Tensor, *, begins_shot: bool = False, step: Step | None = None
    ) -> list[torch.Tensor]:
        """Take the film's next frame; return the frames that are now smoothed, the oldest first.

        frame: (n, h, w) float32. begins_shot: whether a new shot begins with it. step: the motion
        since the frame before, to smooth over motion; not used where a shot begins.
        """
        done = self.finish() if begins_shot else []
        self._frames.add(frame)
        new = _Sum(frame)
        past = min(self.kernel.window, len(self._frames) - 1)
        if step is None and self._to_past is None:
            for age in range(1, past + 1):
                new.total.add_(self._frames.rows(age), alpha=self.kernel.weights[age - 1])
            new.weight += self._weights[:past].sum()
            for weight, waiting in zip(self.kernel.weights, reversed(self._waiting), strict=False):
                waiting.total.add_(self._frames.rows(0), alpha=weight)
                waiting.weight += weight
        else:
            step = step or no_step(*frame.shape[1:])
            self._follow_back(step, new, past)
            if self._waiting:
                self._follow_forward(step)
        self._waiting.append(new)
        if len(self._waiting) > self.kernel.ahead:
            done.append(self._waiting.popleft().mean(self._frames))
        return done

    def finish(self) -> list[torch.Tensor]:
        """Return the remaining frames smoothed, and forget every frame so far."""
        rest = [waiting.mean(self._frames) for waiting in self._waiting]
        self._waiting.clear()
        self._frames.clear()
        self._to_past = None
        return rest

    def _follow_back(self, step: Step, new: "_Sum", past: int) -> None:
        """Add the past, so many frames, to the newest frame's sum, along the ways of things."""
        rest = at_rest(*new.shape[1:]).flatten(1)
        to_itself = rest.T[..., None]
        if self._to_past is None:
            self._to_past = to_itself.repeat(1, 1, past)
        else:
            self._to_past = torch.cat([to_itself, self._to_past], 2)[:, :, :past]
        if not past:
            return
        # All ways are lengthened at once, and all frames gathered at once.
        x, y, seen = step.back.flatten(1).unbind()
        ends = corners(rest[0] + x, rest[1] + y, new.shape[1:])
        ways = gather(self._to_past.flatten(1), *ends).reshape(-1, 3, past)
        ways[:, 2] *= seen[:, None]
        self._to_past = ways
        weights = self._weights[:past] * ways[:, 2]
        begins = self._frames.begins(range(1, past + 1))
        cells, shares = corners(ways[:, 0], ways[:, 1], new.shape[1:], weights, begins)
        new.total += gather(self._frames.all_rows, cells.flatten(1), shares.flatten(1))
        new.weight += weights.sum(1, keepdim=True)

    def _follow_forward(self, step: Step) -> None:
        """Note for the frames that wait where their things are in the newest frame."""
        shape = self._waiting[0].shape[1:]
        ways = [each.way for each in self._waiting]
        x, y, seen = (torch.stack(each) for each in zip(*ways, strict=True))
        cells, shares = corners(x, y, shape)
        rows = step.forward.flatten(1).T.contiguous()
        moved = gather(rows, cells.flatten(0, 1), shares.flatten(0, 1)).reshape(*x.shape, 3)
        x, y, seen = x + moved[..., 0], y + moved[..., 1], seen * moved[..., 2]
        weights = self._weights[: len(ways), None].flip(0) * seen
        cells, shares = corners(x, y, shape, weights, self._frames.begins([0]))
        for each, *way, place, share, weight in zip(
            self._waiting, x, y, seen, cells, shares, weights, strict=True
        ):
            each.way = tuple(way)
            each.ahead.append((place, share, weight))


class _LatestFrames:
    """The newest frames of a shot, so many at most, each as rows: (h * w, n)."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self.all_rows = torch.empty(0)
        """The rows of all of them, below each other; a new frame takes the place of the oldest."""

    def __len__(self) -> int:
        return min(self._count, self._most)

    def add(self, frame: torch.Tensor) -> None:
        """Add (n, h, w)."""
        bins, cells = len(frame), frame[0].numel()
        if self.all_rows.shape != (self._most * cells, bins):
            self.all_rows = torch.empty(self._most * cells, bins)
        self._count += 1
        self.rows(0).copy_(frame.flatten(1).T)

    def rows(self, age: int) -> torch.Tensor:
        """Return the frame that came so many frames before the newest one."""
        height = len(self.all_rows) // self._most
        return self.all_rows.narrow(0, (self._count - 1 - age) % self._most * height, height)

    def begins(self, ages: Iterable[int]) -> torch.Tensor:
        """Return with which of `all_rows` the frames of these ages begin, (k,) int32."""
        height = len(self.all_rows) // self._most
        rows = [(self._count - 1 - age) % self._most * height for age in ages]
        return torch.tensor(rows, dtype=torch.int32)

    def clear(self) -> None:
        """Forget all of them."""
        self._count = 0


class _Sum:
    """The sum that becomes a frame's result, and where the frame's things are in later ones."""

    def __init__(self, frame: torch.Tensor) -> None:
        self.shape = frame.shape
        self.total = frame.flatten(1).T.contiguous()
        self.weight = torch.ones(len(self.total), 1)
        self.way = at_rest(*frame.shape[1:]).flatten(1).unbind()
        """To the newest frame: three times (h * w,), as for `extend_back`."""
        self.ahead: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []
        """Of each frame ahead what counts: its places among all rows and their weights, both
        (h * w, 4), and the sum of these, (h * w,)."""

    def mean(self, frames: _LatestFrames) -> torch.Tensor:
        """Return the weighted mean, (n, h, w)."""
        if self.ahead:
            # All frames ahead are gathered at once.
            cells, shares, weights = zip(*self.ahead, strict=True)
            self.total += gather(frames.all_rows, torch.cat(cells, 1), torch.cat(shares, 1))
            self.weight += torch.stack(weights).sum(0)[:, None]
        return (self.total / self.weight).T.reshape(self.shape)
