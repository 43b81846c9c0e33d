"""Smoothing of bin probabilities over time (ColorUNet 2018, the section on video)."""

import torch

from vidcolor.temporal.kernel import ExponentialDecay
from vidcolor.temporal.motion import Step, at_rest, corners, extend_back, extend_forward, gather


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
        self._weights = kernel.weights
        self._past: list[torch.Tensor] = []
        """The newest frame and those before it, each as rows: (h * w, n)."""
        self._to_past: list[torch.Tensor] = []
        """The way from the newest frame to each of these, (3, h, w)."""
        self._sums: list[_Sum] = []
        """The sums of the frames not yet done, the oldest first."""

    def __call__(
        self, frame: torch.Tensor, *, begins_shot: bool = False, step: Step | None = None
    ) -> list[torch.Tensor]:
        """Take the film's next frame; return the frames that are now smoothed, the oldest first.

        frame: (n, h, w) float32. begins_shot: whether a new shot begins with it. step: the motion
        since the frame before, to smooth over motion; not used where a shot begins.
        """
        done = self.finish() if begins_shot else []
        new = _Sum(frame)
        if step is None:
            for weight, past in zip(self._weights, self._past, strict=False):
                new.add(past, weight)
            for weight, waiting in zip(self._weights, self._sums[::-1], strict=False):
                waiting.add(new.rows, weight)
        else:
            self._follow(step, new)
        self._past = [new.rows, *self._past][: self.kernel.window]
        self._to_past = [new.way, *self._to_past][: self.kernel.window]
        self._sums.append(new)
        if len(self._sums) > self.kernel.ahead:
            done.append(self._sums.pop(0).mean())
        return done

    def finish(self) -> list[torch.Tensor]:
        """Return the remaining frames smoothed, and forget every frame so far."""
        rest = [waiting.mean() for waiting in self._sums]
        for memory in (self._past, self._to_past, self._sums):
            memory.clear()
        return rest

    def _follow(self, step: Step, new: "_Sum") -> None:
        """Add up along the ways of things: the past to the newest frame's sum, and the newest
        frame to the sums of the frames before it."""
        weights = torch.tensor(self._weights)
        if self._past:
            # One gather over all past frames: each frame's cells are numbered behind the last's.
            ways = extend_back(torch.stack(self._to_past), step)
            self._to_past = list(ways)
            cells, shares = corners(ways)
            count, places, _ = cells.shape
            seen = weights[:count, None] * ways[:, 2].flatten(1)
            cells += places * torch.arange(count)[:, None, None]
            shares *= seen[..., None]
            new.total += gather(
                torch.cat(self._past),
                cells.transpose(0, 1).flatten(1),
                shares.transpose(0, 1).flatten(1),
            )
            new.weight += seen.sum(0)[:, None]
        if self._sums:
            ways = extend_forward(torch.stack([waiting.way for waiting in self._sums]), step)
            cells, shares = corners(ways)
            seen = weights[: len(ways), None].flip(0) * ways[:, 2].flatten(1)
            shares *= seen[..., None]
            found = gather(new.rows, cells.flatten(0, 1), shares.flatten(0, 1))
            for waiting, way, part, weight in zip(
                self._sums, ways, found.chunk(len(ways)), seen, strict=True
            ):
                waiting.way = way
                waiting.total += part
                waiting.weight += weight[:, None]


class _Sum:
    """The sum that becomes a frame's result, and where the frame's things are in the newest one."""

    def __init__(self, frame: torch.Tensor) -> None:
        self._shape = frame.shape
        self.rows = frame.flatten(1).T.contiguous()
        self.total = self.rows.clone()
        self.weight = torch.ones(len(self.rows), 1)
        self.way = at_rest(*frame.shape[1:])

    def add(self, rows: torch.Tensor, weight: float) -> None:
        """Add another frame with a weight, place by place."""
        self.total.add_(rows, alpha=weight)
        self.weight += weight

    def mean(self) -> torch.Tensor:
        """Return the weighted mean, (n, h, w)."""
        return (self.total / self.weight).T.reshape(self._shape)
