"""Charts of a training run, as PNG files in memory."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

from vidcolor.bins import ColorBins
from vidcolor.color import fit_to_luma, yuv_to_rgb

SWATCH_LUMA = 0.6
"""Y at which bins are shown; chroma that it can't carry is drawn towards grey."""


def loss_curves(log: Sequence[Mapping[str, Any]]) -> bytes:
    """Training loss and validation figures over the steps, from the lines of log.jsonl."""
    steps = [line["step"] for line in log]
    curves = {"training loss": [line["loss"] for line in log]}
    validated = all("validation" in line for line in log)
    if validated:
        for name, title in (("psnr", "validation PSNR, dB"), ("ciede2000", "validation CIEDE2000")):
            curves[title] = [line["validation"][name] for line in log]
    figure = Figure(figsize=(4.2 * len(curves), 3), layout="constrained")
    for axes, (title, values) in zip(
        np.atleast_1d(figure.subplots(1, len(curves))), curves.items(), strict=True
    ):
        axes.plot(steps, values, marker=".", color="black", linewidth=1)
        axes.set(title=title, xlabel="step")
        axes.grid(alpha=0.3)
    return _png(figure)


def bin_histograms(bins: ColorBins, shares: Mapping[str, np.ndarray]) -> bytes:
    """Shares (n,) of the bins, one series for each name, in the order of the training's.

    Every bar has its bin's colour; the shares have a logarithmic axis (ColorUNet 2018, figures 8
    and 9).
    """
    order = bins.frequencies.argsort(descending=True).numpy()
    colours = swatches(bins)[order]
    figure = Figure(figsize=(12, 2.2 * len(shares)), layout="constrained")
    rows = figure.subplots(len(shares), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    for axes, (name, share) in zip(rows, shares.items(), strict=True):
        axes.bar(range(len(bins)), share[order], color=colours, edgecolor="black", linewidth=0.4)
        axes.set(title=name, yscale="log", ylim=(1e-5, 1), ylabel="share of pixels")
    rows[-1].set_xlabel("bins, the most frequent in training first")
    return _png(figure)


def swatches(bins: ColorBins) -> np.ndarray:
    """(n, 3) RGB in [0, 1], the colour of each bin at SWATCH_LUMA."""
    luma = torch.full((1, len(bins), 1), SWATCH_LUMA)
    u, v = fit_to_luma(bins.centers.T[:, :, None], luma, luma)
    return torch.cat(yuv_to_rgb(luma[0], u, v), 1).numpy()


def _png(figure: Figure) -> bytes:
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=110)
    return content.getvalue()
