"""Where the network does not see all frames: what those between take from the ones it sees."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from vidcolor.temporal.motion import Step, at_rest

MOST_UNBELIEVED = 0.25
"""The largest share of a picture that may be unlike the frame seen last; with more it is seen
itself."""

_LEAST = 1e-3
"""How surely a thing counts as seen, at the least: where no frame shows it, the nearest guess is
taken."""


@dataclass(frozen=True, eq=False)
class Gap:
    """The frames between two that were seen, or behind the last one seen of a shot.

    backs, forwards: the way from each to the one seen before it and behind it, as in `Trail`; no
    forwards where none was seen behind them.
    """

    backs: Sequence[np.ndarray] = ()
    forwards: Sequence[np.ndarray] = ()

    def carried(self, *seen: torch.Tensor) -> list[torch.Tensor]:
        """Return planes (n, h, w) of these frames from those of the one or two that were seen.

        Each frame gets q(x) = Σ_j w_j m_j(x) q_j(x_j) / Σ_j w_j m_j(x), where j are these two, q_j
        their planes, x_j where the thing at x is in them, m_j how surely it is seen there and on
        the way, and w_j falls linearly with the frames to them, from 1 to 0 at the other one.
        """
        if not self.backs:
            return []
        ends = [np.ascontiguousarray(planes.movedim(0, 2).numpy()) for planes in seen]
        frames = []
        for number, back in enumerate(self.backs, 1):
            behind = np.float32(number / (len(self.backs) + 1))
            frame = _read(ends[0], back)
            if len(ends) > 1:
                forward = self.forwards[number - 1]
                before = (1 - behind) * np.maximum(back[2], _LEAST)
                share = before / (before + behind * np.maximum(forward[2], _LEAST))
                other = _read(ends[1], forward)
                frame = other + share[..., None] * (frame - other)
            frames.append(torch.from_numpy(frame).movedim(2, 0).contiguous())
        return frames


class Trail:
    """Follows what moves in a shot from the last frame seen to the newest one.

    Its ways, (3, h, w) float32, tell where the thing in each cell of one frame is in another one,
    in cells from the left and the top, and how surely it is seen there and on the way, in [0, 1].

    height, width: of the grid, in cells. It begins at a frame that is seen.
    """

    def __init__(self, height: int, width: int) -> None:
        self._rest = at_rest(height, width).numpy()
        self._begin()

    def _begin(self) -> None:
        self._back = self._rest
        """The way from the newest frame to the last one seen."""
        self._backs: list[np.ndarray] = []
        """That of each frame behind it that was skipped."""
        self._forwards = [self._rest]
        """The ways from the last frame seen and those skipped to the newest."""

    def follow(self, step: Step) -> None:
        """Go on to the next frame. step: the motion since the frame before."""
        back, forward = step.back.numpy(), cv2.merge(list(step.forward.numpy()))
        self._back = np.stack(cv2.split(_read(cv2.merge(list(self._back)), self._rest + back)))
        self._back[2] *= back[2]
        extended = []
        for way in self._forwards:
            x, y, shown = cv2.split(_read(forward, way))
            extended.append(np.stack([way[0] + x, way[1] + y, way[2] * shown]))
        self._forwards = extended

    @property
    def unbelieved(self) -> float:
        """The share of the newest frame that the last one seen is not believed to show."""
        return 1 - float(self._back[2].mean())

    def skip(self) -> None:
        """Let the newest frame be one that is not seen."""
        self._backs.append(self._back)
        self._forwards.append(self._rest)

    def see(self) -> tuple[Gap, Step]:
        """Let the newest frame be seen; return the frames skipped and the motion over them."""
        first, *others = self._forwards
        gap, since = Gap(self._backs, others), Step(self._offsets(self._back), self._offsets(first))
        self._begin()
        return gap, since

    def end(self) -> Gap:
        """Return the frames skipped since the last one seen: the shot is over."""
        return Gap(self._backs)

    def _offsets(self, way: np.ndarray) -> torch.Tensor:
        """Return a way as `Step` has it: how far away its ends are."""
        return torch.from_numpy(np.stack([way[0] - self._rest[0], way[1] - self._rest[1], way[2]]))


def _read(planes: np.ndarray, way: np.ndarray) -> np.ndarray:
    """Read planes (h, w, n) float32 bilinearly at the ends of a way, beyond the border as there."""
    x, y, _ = way
    read: np.ndarray = cv2.remap(planes, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return read
