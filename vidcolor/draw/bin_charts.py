"""Charts of the colour bins: how frequent they are, and where they lie in the UV plane."""

from collections.abc import Mapping

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogLocator

from vidcolor.color.bins import ColorBins
from vidcolor.color.yuv import fit_to_luma, yuv_to_rgb
from vidcolor.draw.charts import chart_png

SWATCH_LUMA = 0.6
"""The luma Y that bins are shown with; chroma that it can't carry is drawn towards grey."""

TRAINING = "training"
"""The name under which a chart shows the shares that the bins had in training."""

_TICKS = 40
"""The largest number of bins that are numbered, so that the numbers do not touch."""


def bin_histograms(bins: ColorBins, shares: Mapping[str, np.ndarray]) -> bytes:
    """Draw a bar chart for each of the named `shares`, (n,) of the bins, as a PNG file.

    The bins stand in the order of their frequency in training. Every bar has its bin's colour; the
    shares have a logarithmic axis (ColorUNet 2018, figures 8 and 9).
    """
    figure = Figure(figsize=(12, 2.2 * len(shares)), layout="constrained")
    _draw_shares(figure, bins, shares)
    return chart_png(figure)


def palette_chart(bins: ColorBins, shares: Mapping[str, np.ndarray], title: str) -> bytes:
    """Draw `bin_histograms` above the bins in the UV plane, as a PNG file.

    In each histogram the shares in training are marked. The plane is drawn three times, with the
    bins' colours, frequencies and rebalancing weights (ColorUNet 2018, figures 9 and 1).
    """
    figure = Figure(figsize=(13, 2.2 * len(shares) + 5), layout="constrained")
    figure.suptitle(title)
    above, below = figure.subfigures(
        2, 1, squeeze=False, height_ratios=(2.2 * len(shares), 4.6)
    ).ravel()
    frequencies = bins.frequencies.numpy()[_most_frequent_first(bins)]
    numbers = np.arange(1, len(bins) + 1)
    for axes in _draw_shares(above, bins, shares):
        if axes.get_title() != TRAINING:
            axes.hlines(frequencies, numbers - 0.4, numbers + 0.4, color="black", linewidth=1.5)
    planes, bars = below.subplots(2, 3, height_ratios=(24, 1))
    _draw_plane(planes[0], bins, "the bins, numbered as above").set(facecolor=swatches(bins))
    bars[0].remove()
    for axes, bar, name, figures, norm in (
        (planes[1], bars[1], "frequency in training", bins.frequencies, LogNorm()),
        (planes[2], bars[2], "weight at rebalance 1", bins.weights(), Normalize(0)),
    ):
        squares = _draw_plane(axes, bins, name)
        squares.set(array=figures.numpy(), norm=norm, cmap="viridis")
        colors = below.colorbar(squares, cax=bar, orientation="horizontal", format="%g")
        if isinstance(norm, LogNorm):
            colors.set_ticks(LogLocator(subs=(1, 2, 5)))
            colors.minorticks_off()
    for number, bin_ in enumerate(_most_frequent_first(bins), 1):
        left, bottom = _corners(bins)[bin_]
        corner = left, bottom + bins.side
        planes[0].annotate(
            str(number), corner, (2, -2), textcoords="offset points", size=8, va="top"
        )
    planes[0].set_ylabel("V")
    return chart_png(figure)


def swatches(bins: ColorBins) -> np.ndarray:
    """Return the colour of each bin at SWATCH_LUMA, (n, 3) RGB in [0, 1]."""
    luma = torch.full((1, len(bins), 1), SWATCH_LUMA)
    u, v = fit_to_luma(bins.centers.T[:, :, None], luma, luma)
    return torch.cat(yuv_to_rgb(luma[0], u, v), 1).numpy()


def _draw_shares(
    figure: Figure | SubFigure, bins: ColorBins, shares: Mapping[str, np.ndarray]
) -> list[Axes]:
    """Draw the bar charts, one below the other, and return their axes."""
    order = _most_frequent_first(bins)
    colors = swatches(bins)[order]
    numbers = range(1, len(bins) + 1)
    rows = figure.subplots(len(shares), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    for axes, (name, share) in zip(rows, shares.items(), strict=True):
        axes.bar(numbers, share[order], color=colors, edgecolor="black", linewidth=0.4)
        axes.set(title=name, yscale="log", ylim=(1e-5, 1), ylabel="share of pixels")
        axes.minorticks_off()
    rows[-1].set(
        xlabel="bins, the most frequent in training first",
        xticks=numbers[:: -(-len(bins) // _TICKS)],
        xlim=(0.4, len(bins) + 0.6),
    )
    return list(rows)


def _draw_plane(axes: Axes, bins: ColorBins, title: str) -> PatchCollection:
    """Draw the bins' squares in the UV plane, with their centres, and return the squares."""
    squares = PatchCollection(
        [Rectangle(corner, bins.side, bins.side) for corner in _corners(bins)],
        edgecolor="black",
        lw=0.5,
    )
    axes.add_collection(squares)
    u, v = bins.centers.T.numpy()
    axes.plot(u, v, color="black", ls="", marker="o", ms=3, mec="white", mew=0.6)
    axes.autoscale_view()
    axes.set(title=title, xlabel="U", aspect="equal")
    return squares


def _corners(bins: ColorBins) -> list[tuple[float, float]]:
    """Return the lower left corner, the least U and V, of each bin's square."""
    low = (torch.floor(bins.centers / bins.side + 0.5) - 0.5) * bins.side
    return [(u, v) for u, v in low.tolist()]


def _most_frequent_first(bins: ColorBins) -> np.ndarray:
    """Return the indices of the bins, (n,), the most frequent in training first."""
    order: np.ndarray = bins.frequencies.argsort(descending=True).numpy()
    return order
