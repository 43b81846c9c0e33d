"""Maps of how sure the network is of its colours, place by place (ColorUNet 2018)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

import matplotlib
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from vidcolor.colorize.film_format import Rectangle
from vidcolor.draw.charts import chart_pixels
from vidcolor.draw.pixels import resize_plane
from vidcolor.draw.sheet import GAP, GROUND, INK


@dataclass(frozen=True)
class Scale:
    """How a figure becomes a colour of `COLORS`."""

    title: str
    """What the figure is."""
    low: float
    """The figure of the first colour."""
    high: float
    """The figure of the last colour; larger ones are shown like it."""
    ticks: tuple[float, ...]
    """The figures that the colour bar names."""
    logarithmic: bool = False

    def __call__(self, figures: np.ndarray) -> np.ndarray:
        """Return the places of figures on the scale, in [0, 1]; the shape is any."""
        low, high = self.low, self.high
        if self.logarithmic:
            figures, low, high = np.log(figures), log(low), log(high)
        return ((figures - low) / (high - low)).clip(0, 1)


PROBABILITY = Scale("probability of the likeliest colour", 0, 1, (0, 0.25, 0.5, 0.75, 1))
RATIO = Scale("likeliest : second likeliest", 1, 10, (1, 2, 3, 5, 10), logarithmic=True)
COLORS = "viridis"
"""Matplotlib's colours of the maps, which are perceptually uniform: equal steps on the scale look
equally large."""


def maps(probabilities: torch.Tensor) -> dict[Scale, np.ndarray]:
    """Return a map for each scale, (h, w) float32: its figure at each place.

    probabilities: of the bins, (n, h, w).
    """
    first, second = probabilities.topk(2, 0).values
    tiny = torch.finfo(second.dtype).tiny
    return {PROBABILITY: first.numpy(), RATIO: (first / second.clamp_min(tiny)).numpy()}


def paint_map(
    places: np.ndarray, active: Rectangle, stored: tuple[int, int], size: tuple[int, int]
) -> np.ndarray:
    """Paint a map as a picture, (*size, 3) uint8 RGB; what is not active is `sheet.GROUND`.

    Args:
        places: (h, w) float32 in [0, 1], places on a scale, of the active part of a luma plane.
        active: that part.
        stored: the shape of the luma plane.
        size: (height, width) of the picture.
    """
    down, across = (side / stored_side for side, stored_side in zip(size, stored, strict=True))
    top, bottom = round(active.top * down), round(active.bottom * down)
    left, right = round(active.left * across), round(active.right * across)
    picture = np.full((*size, 3), GROUND, np.uint8)
    inside = resize_plane(places, (bottom - top, right - left))
    picture[top:bottom, left:right] = _apply_color_map(inside)
    return picture


def _apply_color_map(places: np.ndarray) -> np.ndarray:
    """Return the colours of places on a scale: (h, w) in [0, 1] -> (h, w, 3) uint8 RGB."""
    rgba: np.ndarray = matplotlib.colormaps[COLORS](places, bytes=True)
    return rgba[..., :3]


BAR_HEIGHT = 4
"""The height of a colour bar, in font sizes."""

_GROUND, _INK = (f"#{bytes(color).hex()}" for color in (GROUND, INK))
_DPI = 72
"""The dots per inch at which a point is a pixel."""


def bar(scale: Scale, width: int, font_size: int) -> np.ndarray:
    """Draw the colour bar of a scale, with ticks and title.

    width, font_size: in pixels. Returns (BAR_HEIGHT x font_size, width, 3) uint8 RGB.
    """
    figure = _figure(width, BAR_HEIGHT * font_size)
    axes = figure.add_axes((0.08, 0.74, 0.84, 0.26))
    norm = (LogNorm if scale.logarithmic else Normalize)(scale.low, scale.high)
    colors = figure.colorbar(
        ScalarMappable(norm, COLORS), cax=axes, orientation="horizontal", ticks=scale.ticks
    )
    labels = [f"{tick:g}" for tick in scale.ticks]
    if scale.logarithmic:
        labels[-1] += "+"
    colors.minorticks_off()
    colors.outline.set_visible(False)
    colors.set_ticklabels(labels)
    colors.set_label(scale.title, color=_INK, size=font_size, labelpad=1)
    axes.tick_params(labelsize=font_size, colors=_INK, pad=2)
    return chart_pixels(figure)


def curve(
    means: Mapping[float, float],
    marks: Sequence[float],
    title: str,
    size: tuple[int, int],
    font_size: int,
) -> np.ndarray:
    """Draw mean probabilities over time -> (*size, 3) uint8 RGB.

    Args:
        means: the mean probability of frames, by the seconds at which they are shown.
        marks: the seconds at which the pictures on the sheet are shown.
        title: what stands above the curve.
        size: (height, width) in pixels.
        font_size: in pixels.
    """
    height, width = size
    figure = _figure(width, height)
    figure.set_layout_engine("constrained", w_pad=GAP / _DPI)
    axes = figure.subplots()
    for time in marks:
        axes.axvline(time, color=_INK, alpha=0.5, linestyle="--", linewidth=1)
    axes.plot(
        list(means), list(means.values()), color="#5ec962", linewidth=1.5, marker=".", markersize=3
    )
    axes.set_title(title, color=_INK, size=font_size)
    axes.set_xlabel("seconds", color=_INK, size=font_size)
    axes.set(ylim=(0, 1))
    axes.margins(x=0.01)
    _draw_on_ground(axes, font_size)
    return chart_pixels(figure)


def _draw_on_ground(axes: Axes, font_size: int) -> None:
    """Give axes the colours of a sheet."""
    axes.set_facecolor(_GROUND)
    axes.grid(color=_INK, alpha=0.15)
    axes.tick_params(labelsize=font_size, colors=_INK)
    for spine in axes.spines.values():
        spine.set_color(_INK)


def _figure(width: int, height: int) -> Figure:
    """Return an empty figure in the colour of a sheet. width, height: in pixels."""
    return Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor=_GROUND)
