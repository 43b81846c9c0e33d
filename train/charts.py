"""Charts of a training run, as PNG files in memory."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure


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


def _png(figure: Figure) -> bytes:
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=110)
    return content.getvalue()
