"""What a run writes beside its nets: losses, distributions of U and V, verdicts and a sheet."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

from vidcolor.draw.charts import chart_png
from vidcolor.draw.sheet import Captioned, contact_sheet, png
from vidcolor.files import Target

from ..evaluate.pictures import to_uint8
from ..survey.rows import csv_file

EDGES = np.linspace(-0.4, 0.4, 65)
"""Of the bars in which U and V are counted; what is beyond counts in the last ones."""

LOG, DISTRIBUTIONS, PAIRS, SHEET = (
    "log.csv", "distributions.png", "pairs.csv", "pairs.png",
)  # fmt: skip


def shares(uv: torch.Tensor) -> np.ndarray:
    """Return how frequent values of U and of V are, (2, 64), of chroma (B, 2, h, w)."""
    inside = uv.clamp(EDGES[0], EDGES[-1]).movedim(1, 0).flatten(1).numpy()
    counts = np.stack([np.histogram(plane, EDGES)[0] for plane in inside])
    return counts / counts.sum(1, keepdims=True)


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as a CSV file. Raises OutputError."""
    _write(path, csv_file(rows))


def write_distributions(path: Path, true: np.ndarray, predicted: Mapping[int, np.ndarray]) -> None:
    """Draw how frequent values of U and V are in the truth, and after so many steps each.

    true: as `shares` gives them. predicted: by the number of steps. Raises OutputError.
    """
    figure = Figure(figsize=(11, 4), layout="constrained")
    middles = (EDGES[1:] + EDGES[:-1]) / 2
    for axes, plane, name in zip(figure.subplots(1, 2), range(2), "UV", strict=True):
        for number, (step, found) in enumerate(predicted.items(), start=1):
            shade = str(0.85 - 0.85 * number / len(predicted))
            axes.semilogy(middles, found[plane] + 1e-6, color=shade, label=f"{step} steps")
        axes.semilogy(middles, true[plane] + 1e-6, color="tab:red", label="truth")
        axes.set(title=name, ylim=(1e-5, 1), ylabel="share")
        axes.yaxis.set_major_formatter("{x:g}")  # powers would need other fonts
    axes.legend()
    _write(path, chart_png(figure))


def write_sheet(path: Path, rows: Sequence[Mapping[str, torch.Tensor]]) -> None:
    """Draw pairs, each a row of pictures (3, S, S) in [0, 1] by their captions.

    Raises OutputError.
    """
    drawn: list[list[Captioned]] = [
        [(to_uint8(picture[None])[0], name) for name, picture in row.items()] for row in rows
    ]
    _write(path, png(contact_sheet(drawn, font_size=12)))


def _write(path: Path, content: bytes) -> None:
    Target(path, path.parent, overwrite=True).fill(content)
