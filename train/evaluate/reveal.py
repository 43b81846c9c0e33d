"""How much nearer to the truth pictures come when some of their true colors are revealed.

After Zhang et al. 2017, "Real-Time User-Guided Image Colorization with Learned Deep Priors",
section 4.1 and figure 6: a simulated user shows the mean color of 7 x 7 pixels at each place.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Literal, TypeAlias

import cv2
import numpy as np
import torch
from torch.nn import functional as F
from tqdm import tqdm

from vidcolor.color import metrics
from vidcolor.color.yuv import rgb_to_yuv
from vidcolor.colorize.spread import spread
from vidcolor.net.checkpoint import Decoding
from vidcolor.net.hints import HintMap
from vidcolor.net.predictor import resize

from .evaluate import Candidate, Photograph
from .levin import levin
from .pictures import at_working_size, from_uint8, predict, to_uint8, with_chroma

PATCH = 7
"""The side, in pixels at working size, of what is revealed at one place."""

WINDOW = 25
"""The side of the square over which the error is averaged that chooses the next place."""

LEVIN = "levin"
"""The name of the colors that are spread from grey."""

By: TypeAlias = Literal["random", "error"]
"""How places are chosen: at random, or one by one where the picture so far is worst."""


def reveal(
    photographs: Sequence[Photograph],
    candidates: Mapping[str, Candidate],
    counts: Sequence[int],
    by: By = "random",
    quiet: bool = False,
) -> dict[str, list[float]]:
    """Return the mean PSNR of pictures, in dB, by method and, in their order, by count of places.

    The methods are `LEVIN` and the candidates, at temperature 1 and rebalance 0. No two places
    overlap; where a picture holds fewer than a count, all that fit are revealed.

    Args:
        photographs: what to measure on.
        candidates: the networks, by name; the first one's working size is that of `LEVIN`.
        counts: numbers of places, rising.
        by: how they are chosen; random ones are the same for networks of one working size.
        quiet: whether no progress is shown.
    """
    first = next(iter(candidates.values()))
    rows: dict[str, list[list[float]]] = {name: [] for name in (LEVIN, *candidates)}
    with tqdm(total=len(photographs), unit=" photographs", disable=quiet or None) as progress:
        for seed, photograph in enumerate(photographs):
            for name, every in rows.items():
                user = _User(photograph.pixels, candidates.get(name, first), name == LEVIN)
                every.append(list(user.curve(counts, by, seed)))
            progress.update()
    return {name: np.mean(every, 0).tolist() for name, every in rows.items()}


class _User:
    """Someone who knows the true colors of a photograph and shows them, place by place.

    from_grey: whether they spread from grey, as Levin's do, instead of over the network's colors.
    """

    def __init__(self, pixels: np.ndarray, candidate: Candidate, from_grey: bool) -> None:
        predictor, size = candidate.predictor, next(iter(candidate.settings.values())).working_size
        self._pixels = pixels
        self._from_grey = from_grey
        self._luma, u, v = rgb_to_yuv(*from_uint8(pixels[None]).split(1, 1))
        self._probabilities = predict(predictor, self._luma, size)
        self._uv = predictor.chroma(self._probabilities, Decoding(1.0, 0.0, size)).cpu()
        stride = predictor.model.dims.output_stride
        height, width = (cells * stride for cells in self._probabilities.shape[-2:])
        self._shown = at_working_size(self._luma, (height, width))[0, 0]
        self._true, self._automatic = (
            resize(planes, (height, width))[0] for planes in (torch.cat([u, v], 1), self._uv)
        )
        self._revealed = torch.zeros_like(self._true)
        self._known = torch.zeros(height, width, dtype=torch.bool)

    def curve(self, counts: Sequence[int], by: By, seed: int) -> Iterator[float]:
        """Yield the PSNR with so many places revealed."""
        order = self._at_random(seed) if by == "random" else self._by_error()
        revealed = 0
        for count in counts:
            for y, x in islice(order, count - revealed):
                patch = slice(y, y + PATCH), slice(x, x + PATCH)
                self._revealed[:, *patch] = self._true[:, *patch].mean((1, 2), keepdim=True)
                self._known[patch] = True
            revealed = count
            yield self._psnr()

    def _at_random(self, seed: int) -> Iterator[tuple[int, int]]:
        places = np.argwhere(self._free())
        for y, x in np.random.default_rng(seed).permutation(places).tolist():
            if not self._known[y : y + PATCH, x : x + PATCH].any():
                yield y, x

    def _by_error(self) -> Iterator[tuple[int, int]]:
        while (free := self._free()).any():
            error = (self._colored() - self._true).square().sum(0).numpy()
            mean = cv2.blur(error, (WINDOW, WINDOW))
            # That of a place is the mean around its middle.
            middles = mean[PATCH // 2 :, PATCH // 2 :][: free.shape[0], : free.shape[1]]
            y, x = np.unravel_index(np.where(free, middles, -1).argmax(), free.shape)
            yield int(y), int(x)

    def _free(self) -> np.ndarray:
        """Return at which pixels a place may begin, (h - 6, w - 6) bool."""
        known = self._known[None].float()
        if min(self._known.shape) < PATCH:
            return np.zeros((0, 0), bool)
        return F.max_pool2d(known, PATCH, 1)[0].numpy() == 0

    def _colored(self) -> torch.Tensor:
        """Return UV at working size, (2, h, w), as the user sees it now."""
        if self._from_grey:
            return self._from_grey_on()
        return self._automatic + self._residual()

    def _from_grey_on(self) -> torch.Tensor:
        planes = (self._shown, self._revealed, self._known)
        return torch.from_numpy(levin(*(plane.numpy() for plane in planes)))

    def _residual(self) -> torch.Tensor:
        hints = HintMap(self._revealed, self._known.float(), self._known)
        return spread(self._shown, self._probabilities[0].cpu(), self._automatic, hints)

    def _psnr(self) -> float:
        """Return that of the picture at its own size, as a film's frames are made."""
        size = self._luma.shape[-2:]
        if self._from_grey:
            uv = resize(self._from_grey_on()[None], size)
        else:
            uv = resize(self._uv, size) + resize(self._residual()[None], size)
        return metrics.psnr(self._pixels, to_uint8(with_chroma(self._luma, uv))[0])
