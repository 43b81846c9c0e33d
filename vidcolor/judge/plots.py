"""Charts of a film's figures over time."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from vidcolor.draw.charts import chart_png
from vidcolor.judge.measure import Measurement, means

_CURVES = {
    "cdc": "CDC, nats",
    "flicker": "flicker on still\npixels, codes",
    "warp_error": "warp error,\ncodes²",
    "colourfulness": "colourfulness",
}
_CURVES_TO_TRUTH = {"psnr": "PSNR, dB", "ssim": "SSIM", "ciede2000": "CIEDE2000"}


def over_time(measurement: Measurement, confidence: Sequence[float | None] | None = None) -> bytes:
    """Draw a chart for each figure, one above the other, as a PNG file.

    Every second shot is shaded, and a dashed line shows each shot's mean. A curve has gaps where a
    frame has no figure. confidence: of each frame, for a chart of its own.
    """
    figures = _CURVES | (_CURVES_TO_TRUTH if measurement.truth else {})
    parts = measurement.points, measurement.shots
    curves = {
        title: [[getattr(each.figures, name) for each in of] for of in parts]
        for name, title in figures.items()
    }
    if confidence is not None:
        curves["confidence"] = [means(confidence, of) for of in parts]
    figure = Figure(figsize=(10, 1.5 * len(curves) + 0.4), layout="constrained")
    charts = figure.subplots(len(curves), 1, sharex=True)
    starts, ends = np.array([(shot.start, shot.end) for shot in measurement.shots]).T
    times = [point.start for point in measurement.points]
    for axes, (title, (of_points, of_shots)) in zip(charts, curves.items(), strict=True):
        axes.plot(times, np.array(of_points, float), color="black", linewidth=0.8, marker=".", ms=2)
        axes.hlines(np.array(of_shots, float), starts, ends, color="tab:red", ls="--", linewidth=1)
        axes.broken_barh(
            list(zip(starts, ends - starts, strict=True))[1::2],
            (0, 1),
            transform=axes.get_xaxis_transform(),
            color="tab:blue",
            alpha=0.12,
            linewidth=0,
        )
        axes.set_ylabel(title)
        axes.grid(alpha=0.3)
    charts[-1].set(xlabel="seconds", xlim=(0, measurement.overall.end or None))
    figure.align_ylabels()
    return chart_png(figure)
