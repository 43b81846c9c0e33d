"""Suggests colors for a place: those that the network thinks likeliest there, beside its hints."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from vidcolor.color.bins import ColorBins
from vidcolor.color.yuv import fit_to_luma, yuv_to_rgb
from vidcolor.colorize.spread import SpreadHints

COUNT = 9
"""The number of suggestions, that of Zhang et al. 2017, section 3.2."""

APART = 3.0
"""Two suggestions whose CIEDE2000 is less are one to the eye, and only the likelier is made."""

SHOWN = 0.15, 0.9
"""A place is shown colors at a luma within this: what is nearly black or white holds none that are
told apart, but the thing that it belongs to has other places, too, to which a color goes."""


@dataclass(frozen=True)
class Suggestion:
    """A color for a place.

    rgb: 8-bit codes. probability: that of its bin, in [0, 1], once the hints are heard.
    """

    rgb: tuple[int, int, int]
    probability: float

    @property
    def name(self) -> str:
        """The color as hints name it: `#8c1c1c`."""
        return "#{:02x}{:02x}{:02x}".format(*self.rgb)


class Suggester:
    """Suggests colors for the places of one picture.

    Args:
        luma: (h, w) in [0, 1].
        probabilities: (n, h', w'), those of the picture's cells.
        automatic: (2, h, w), the UV without hints.
        bins: what the probabilities are of.
        known: what is known of its colors, of the size of luma; None for nothing.
    """

    def __init__(
        self,
        luma: torch.Tensor,
        probabilities: torch.Tensor,
        automatic: torch.Tensor,
        bins: ColorBins,
        known: SpreadHints | None = None,
    ) -> None:
        self._luma = luma
        self._probabilities = F.interpolate(probabilities[None], size=luma.shape, mode="bilinear")[
            0
        ]
        self._bins = bins
        self._chroma, self._reach = automatic, torch.zeros_like(luma)
        if known is not None:
            self._chroma, self._reach = automatic + known.residual, known.reach

    def __call__(self, place: tuple[int, int], count: int = COUNT) -> list[Suggestion]:
        """Return up to `count` colors for a pixel, its row and column, the likeliest first.

        Where the luma is dark or bright they are fewer, for there it can hold few that differ.

        They are the colors of the likeliest bins. Over the probabilities lies a Gaussian around
        what the hints, once spread, already say there. Its σ is a bin's side over the hints' reach,
        which is the share of a hint that comes to the place: the Gaussian is even where none does.
        Where in its bin a color lies, the other bins tell: it is half the bin's center, half the
        mean of the place's distribution under a Gaussian around that center, of half a side.
        """
        from vidcolor.color.metrics import color_differences  # late: it takes a second to load

        row, column = place
        centers, side = self._bins.centers.cpu(), self._bins.side
        p = self._probabilities[:, row, column].clamp_min(torch.finfo(torch.float32).tiny)
        away = (centers - self._chroma[:, row, column]).square().sum(1)
        logits = p.log() - away * (self._reach[row, column] / side) ** 2 / 2
        likely = logits.softmax(0)
        apart = (torch.cdist(centers, centers) / side).square()
        means = (logits - 2 * apart).softmax(1) @ centers
        colors = _shown(self._luma[row, column], (centers + means) / 2)
        differences = color_differences(colors[:, None], colors[None])
        found: list[int] = []
        for each in likely.argsort(descending=True).tolist():
            if all(differences[each, found] >= APART):
                found.append(each)
        found = found[:count]
        return [Suggestion(tuple(colors[each].tolist()), float(likely[each])) for each in found]


def _shown(luma: torch.Tensor, uv: torch.Tensor) -> np.ndarray:
    """Return colors (n, 3) uint8 RGB of one luma, (), and chromas (n, 2), fitted to it."""
    y = luma.expand(1, len(uv), 1)
    u, v = fit_to_luma(uv.T[:, :, None], y, y)
    rgb = torch.cat(yuv_to_rgb(y[0], u, v), 1)
    codes: np.ndarray = rgb.mul(255).round().clamp(0, 255).to(torch.uint8).numpy()
    return codes
