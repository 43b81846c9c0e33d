"""A simulated user, who knows the true colors of a photograph and shows them place by place.

After Zhang et al. 2017, "Real-Time User-Guided Image Colorization with Learned Deep Priors",
section 4.1: at each place the user shows the mean color of 7 x 7 pixels.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Literal, TypeAlias

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from vidcolor.color import metrics
from vidcolor.color.yuv import rgb_to_yuv
from vidcolor.colorize.spread import spread, spread_hints
from vidcolor.colorize.suggest import Suggester
from vidcolor.net.decoding import Decoding
from vidcolor.net.hints import HintMap
from vidcolor.net.predictor import resize

from .candidates import Candidate
from .levin import levin
from .pictures import at_working_size, from_uint8, predict, to_uint8, with_chroma

PATCH = 7
"""The side, in pixels at working size, of what is revealed at one place."""

MOST_PSNR = 60.0
"""In dB; more counts as this, since of equal pictures it is infinite."""

WINDOW = 25
"""The side of the square over which the error is averaged that chooses the next place."""

AT_ONCE = 0.1
"""The share, of the places shown so far, of those that the user finds at one look; at least one.
They are farther apart than the window is wide."""

By: TypeAlias = Literal["random", "error"]
"""How places are chosen: at random, or one after the other where the picture so far is worst."""

Count: TypeAlias = int | Literal["all"]
"""How many places are shown, or that every pixel's own color is."""


class User:
    """Someone who knows the true colors of a photograph and shows them, place by place.

    luma: (h, w) in [0, 1], what the network sees. true: (2, h, w), the true UV. probabilities:
    (n, h', w'), the network's.

    Args:
        pixels: the photograph, (H, W, 3) uint8 RGB.
        candidate: the network, at the working size of its first setting.
        from_grey: whether colors spread from grey, as Levin's do, and not over the network's.
    """

    def __init__(self, pixels: np.ndarray, candidate: Candidate, from_grey: bool = False) -> None:
        predictor, size = (
            candidate.distribution,
            next(iter(candidate.settings.values())).working_size,
        )
        self._pixels = pixels
        self._from_grey = from_grey
        self._bins = predictor.bins
        self._luma, u, v = rgb_to_yuv(*from_uint8(pixels[None]).split(1, 1))
        probabilities = predict(predictor, self._luma, size)
        self._uv = predictor.chroma(probabilities, Decoding(1.0, 0.0, size)).cpu()
        self.probabilities = probabilities[0].cpu()
        stride = predictor.model.dims.output_stride
        height, width = (cells * stride for cells in probabilities.shape[-2:])
        self.luma = at_working_size(self._luma, (height, width))[0, 0]
        self.true, self._automatic = (
            resize(planes, (height, width))[0] for planes in (torch.cat([u, v], 1), self._uv)
        )
        self._revealed = torch.zeros_like(self.true)
        self._known = torch.zeros(height, width, dtype=torch.bool)

    def show(self, counts: Sequence[Count], by: By, seed: int) -> Iterator[Count]:
        """Show so many places, and yield the count when they are shown; counts: rising."""
        order = self._at_random(seed) if by == "random" else self._by_error()
        shown = 0
        for count in counts:
            if count == "all":
                self._revealed[:], self._known[:] = self.true, True
            else:
                for y, x in islice(order, count - shown):
                    patch = slice(y, y + PATCH), slice(x, x + PATCH)
                    self._revealed[:, *patch] = self.true[:, *patch].mean((1, 2), keepdim=True)
                    self._known[patch] = True
                shown = count
            yield count

    def _at_random(self, seed: int) -> Iterator[tuple[int, int]]:
        places = np.argwhere(self._free())
        for y, x in np.random.default_rng(seed).permutation(places).tolist():
            if not self._known[y : y + PATCH, x : x + PATCH].any():
                yield y, x

    def _by_error(self) -> Iterator[tuple[int, int]]:
        """Yield places where the picture is worst, as many at a look as `AT_ONCE` says."""
        shown = 0
        while (free := self._free()).any():
            mean = cv2.blur(self._error(), (WINDOW, WINDOW))
            # That of a place is the mean around its middle.
            middles = mean[PATCH // 2 :, PATCH // 2 :][: free.shape[0], : free.shape[1]]
            for _ in range(max(1, int(AT_ONCE * shown))):
                y, x = map(int, np.unravel_index(np.where(free, middles, -1).argmax(), free.shape))
                yield y, x
                shown += 1
                free[max(0, y - WINDOW) : y + WINDOW, max(0, x - WINDOW) : x + WINDOW] = False
                if not free.any():
                    break

    def _free(self) -> np.ndarray:
        """Return at which pixels a place may begin, (h - 6, w - 6) bool."""
        known = self._known[None].float()
        if min(self._known.shape) < PATCH:
            return np.zeros((0, 0), bool)
        return F.max_pool2d(known, PATCH, 1)[0].numpy() == 0

    def _error(self) -> np.ndarray:
        """Return the squared error of UV as the user sees it now, (h, w), at working size."""
        if self._from_grey:
            colored = _from_grey_on(self.luma, self._hints)
        else:
            colored = self._automatic + self._residual()
        return (colored - self.true).square().sum(0).numpy()

    def _residual(self) -> torch.Tensor:
        """Return what the places shown add to the automatic chroma, (2, h, w)."""
        return spread(self.luma, self.probabilities, self._automatic, self._hints)

    @property
    def _hints(self) -> HintMap:
        return _exact(self._revealed, self._known)

    def suggester(self) -> Suggester:
        """Return what suggests colors to the user now."""
        seen = self.luma, self.probabilities, self._automatic
        known = spread_hints(*seen, self._hints) if self._known.any() else None
        return Suggester(*seen, self._bins, known)

    def psnr(self) -> float:
        """Return that of the picture now, at its own size, as a film's frames are made.

        In dB, at most `MOST_PSNR`.
        """
        size = self._luma.shape[-2:]
        if self._from_grey:
            uv = resize(_from_grey_on(self.luma, self._hints)[None], size)
        else:
            uv = resize(self._uv, size) + resize(self._residual()[None], size)
        psnr = metrics.psnr(self._pixels, to_uint8(with_chroma(self._luma, uv))[0])
        return min(psnr, MOST_PSNR)


def _exact(revealed: torch.Tensor, known: torch.Tensor) -> HintMap:
    """Return colors (2, h, w) as exact hints where they are known, (h, w) bool."""
    return HintMap(revealed, known.float(), known)


def _from_grey_on(luma: torch.Tensor, hints: HintMap) -> torch.Tensor:
    """Return UV (2, h, w), spread over a luma (h, w) by Levin's method."""
    return torch.from_numpy(levin(luma.numpy(), hints.chroma.numpy(), hints.exact.numpy()))
