"""Findings as a chart: each source's share with its interval."""

from math import ceil

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vidcolor.draw.charts import chart_png
from vidcolor.sitting.findings import Findings, Share
from vidcolor.sitting.study import TRUTH, Ask

_ACROSS = 4
"""The most charts beside one another."""

_CEILING = 50
"""In percent: who can't tell a picture from the photograph is right every second time."""


def share_chart(found: Findings) -> bytes:
    """Draw shares and intervals of all kinds together and of each, side by side, as a PNG file."""
    kinds = list(dict.fromkeys(share.kind for share in found.shares))
    rows = found.study.shown
    across = min(len(kinds), _ACROSS)
    down = ceil(len(kinds) / across)
    size = 2.4 + 2.6 * across, 0.6 + down * (0.6 + 0.4 * len(rows))
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    charts = grid.ravel()[: len(kinds)]
    for unused in grid.ravel()[len(kinds) :]:
        unused.remove()
    for axes, kind in zip(charts, kinds, strict=True):
        shares = [share for share in found.shares if share.kind == kind]
        if found.study.ask is Ask.WHICH:
            axes.axvline(_CEILING, color="black", ls="--", lw=1)
        for share in shares:
            _draw(axes, share, len(rows) - 1 - rows.index(share.source))
        if kind is not None:
            axes.set_title(kind or "no kind")
        elif len(kinds) > 1:
            axes.set_title("all")
        axes.grid(axis="x", alpha=0.3)
        axes.set(xlim=(0, None), ylim=(-0.6, len(rows) - 0.4))
    charts[0].set_yticks(range(len(rows)), rows[::-1])
    figure.supxlabel("fooled, %, with its 95 % interval", fontsize="medium")
    return chart_png(figure)


def _draw(axes: Axes, share: Share, row: int) -> None:
    """Draw a share as a dot on its interval."""
    color = "dimgrey" if share.source == TRUTH else "tab:blue"
    value, low, high = (100 * number for number in share.fooled)
    axes.plot([low, high], [row, row], color=color, lw=2, solid_capstyle="butt")
    axes.plot(value, row, color=color, marker="o", ms=7)
