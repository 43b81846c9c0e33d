"""The chart of what revealed and told colors are worth, with published figures beside."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vidcolor.draw.charts import chart_png

from .published import ALL, AUTOMATIC, HISTOGRAM, IMAGENET, SATURATION, SUN
from .user import Count

_SETS = {"ImageNet": (IMAGENET, "D"), "SUN": (SUN, "s")}
_COLORS = [f"C{number}" for number in range(10)]


def plot(
    curves: Mapping[str, Sequence[float]],
    counts: Sequence[Count],
    told: Mapping[str, Mapping[str, float]],
) -> bytes:
    """Draw PSNR by the number of places revealed, and by what is told, as a PNG file.

    What is measured is filled; published figures, of other photographs, are hollow (Zhang et al.
    2017, figure 6 and tables 1 and 3).

    Args:
        curves: by method, as `reveal.reveal` returns them; none where no places are revealed.
        counts: those of the curves.
        told: by network, as `global_hints.measure` returns them; none where nothing is told.
    """
    figure = Figure(figsize=(13, 5.5), layout="constrained")
    figure.suptitle(
        "How near to the truth: filled, measured here; hollow, published, on other photographs"
    )
    left, right = figure.subplots(1, 2, sharey=True)
    _draw_curves(left, curves, counts)
    _draw_told(right, told)
    left.set_ylabel("PSNR, dB")
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8, loc="upper left")
    return chart_png(figure)


def _draw_curves(
    axes: Axes, curves: Mapping[str, Sequence[float]], counts: Sequence[Count]
) -> None:
    """Draw a curve for each method; the places stand at equal distances."""
    names = [str(count) for count in counts]
    for each in ("0", ALL):
        if each not in names:
            names.insert(0 if each == "0" else len(names), each)
    for (method, curve), color in zip(curves.items(), _COLORS, strict=False):
        at = [names.index(str(count)) for count in counts]
        axes.plot(at, curve, marker="o", color=color, label=method)
    local = IMAGENET["Zhang 2017, local"]
    axes.plot(
        [0, len(names) - 1],
        [local[AUTOMATIC], local[ALL]],
        ls="",
        marker="D",
        mfc="none",
        color="black",
        label="published: Zhang 2017, local (ImageNet)",
    )
    grey = IMAGENET["grey"][AUTOMATIC]
    axes.axhline(grey, ls=":", color="black", label="published: grey (ImageNet)")
    axes.set_xticks(range(len(names)), names)
    axes.set(title="true colors revealed", xlabel="places of 7x7 pixels")


def _draw_told(axes: Axes, told: Mapping[str, Mapping[str, float]]) -> None:
    """Draw a mark for each network and each thing told."""
    kinds = (AUTOMATIC, SATURATION, HISTOGRAM)
    for (name, figures), color in zip(told.items(), _COLORS[2:], strict=False):
        known = [kind for kind in kinds if kind in figures]
        axes.plot(
            [kinds.index(kind) for kind in known],
            [figures[kind] for kind in known],
            marker="o",
            color=color,
            label=name,
        )
    for of, (published, marker) in _SETS.items():
        for (name, figures), color in zip(published.items(), _COLORS, strict=False):
            known = [kind for kind in kinds if kind in figures]
            axes.plot(
                [kinds.index(kind) + 0.1 for kind in known],
                [figures[kind] for kind in known],
                ls="",
                marker=marker,
                mfc="none",
                color=color,
                label=f"published: {name} ({of})",
            )
    axes.set_xticks(range(len(kinds)), kinds)
    axes.set(title="what holds for all the picture is told", xlim=(-0.4, 2.4))
