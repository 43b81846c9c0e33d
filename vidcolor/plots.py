"""Figures of a film over time, as PNG files in memory."""

import io

import numpy as np
from matplotlib.figure import Figure

from vidcolor.measure import Measurement

_CURVES = {
    "cdc": "CDC, nats",
    "flicker": "flicker on still\npixels, codes",
    "warp_error": "warp error,\ncodes²",
    "colourfulness": "colourfulness",
}
_CURVES_TO_TRUTH = {"psnr": "PSNR, dB", "ssim": "SSIM", "ciede2000": "CIEDE2000"}


def over_time(measurement: Measurement) -> bytes:
    """A chart for each figure, one above the other; every second shot is shaded.

    A dashed line shows each shot's mean. A curve has gaps where a frame has no figure.
    """
    curves = _CURVES | (_CURVES_TO_TRUTH if measurement.truth else {})
    figure = Figure(figsize=(10, 1.5 * len(curves) + 0.4), layout="constrained")
    charts = figure.subplots(len(curves), 1, sharex=True)
    times = [point.start for point in measurement.points]
    for axes, (name, title) in zip(charts, curves.items(), strict=True):
        values = [getattr(point.figures, name) for point in measurement.points]
        axes.plot(times, np.array(values, float), color="black", linewidth=0.8, marker=".", ms=2)
        for shot in measurement.shots:
            mean = np.array(getattr(shot.figures, name), float)
            axes.plot([shot.start, shot.end], [mean, mean], color="tab:red", ls="--", linewidth=1)
        for shot in measurement.shots[1::2]:
            axes.axvspan(shot.start, shot.end, color="tab:blue", alpha=0.12, linewidth=0)
        axes.set_ylabel(title)
        axes.grid(alpha=0.3)
    charts[-1].set(xlabel="seconds", xlim=(0, measurement.overall.end or None))
    figure.align_ylabels()
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=110)
    return content.getvalue()
