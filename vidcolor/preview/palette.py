"""What `vidcolor palette` makes: a chart of the colour bins in use and in training."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.draw.bin_charts import TRAINING, palette_chart
from vidcolor.hints.file import Hints
from vidcolor.pipeline.listener import SILENT, Listener
from vidcolor.preview.colored_frames import PreviewFrame, choose_frames, preview_photograph


def palette_of_film(
    path: Path,
    colorizer: Colorizer,
    *,
    count: int = 8,
    cuts: Sequence[Fraction] | None = None,
    hints: Hints | None = None,
    listener: Listener = SILENT,
) -> bytes:
    """Draw the chart of up to `count` frames, as `preview` chooses them, as a PNG file.

    Args:
        path, colorizer, count, cuts, hints, listener: as for `preview`; marks make no difference.

    Raises:
        VidcolorError: as `preview`.
    """
    grades = hints.without_marks() if hints else None
    _, previews = choose_frames(
        path, colorizer, count, cuts, listener, probabilities=True, hints=grades
    )
    frames = list(previews)
    title = f"{path.name}, {len(frames)} frame{'s' * (len(frames) != 1)} from all over it"
    return _chart(frames, colorizer, title)


def palette_of_photograph(path: Path, colorizer: Colorizer, hints: Hints | None = None) -> bytes:
    """Draw the chart of a photograph, as a PNG file. hints: its own. Raises VidcolorError."""
    _, frame = preview_photograph(path, colorizer, hints.without_marks() if hints else None)
    return _chart([frame], colorizer, path.name)


def shares(frames: Sequence[PreviewFrame], colorizer: Colorizer) -> dict[str, np.ndarray]:
    """Return the shares of the bins, (n,) each, by what they are shares of.

    They are those in training, those that the network believes in, and those of the colours that
    are made of that. The last are taken before colours fade and are fitted to the luma, with each
    place counted for its nearest bin. frames: with their probabilities; all count alike.
    """
    bins, decoding = colorizer.predictor.bins, colorizer.decoding
    believed, made = torch.zeros(len(bins)), torch.zeros(len(bins))
    for frame in frames:
        assert frame.probabilities is not None
        believed += frame.probabilities.mean((1, 2)) / len(frames)
        uv = colorizer.predictor.chroma(frame.probabilities[None], decoding)
        counts = torch.bincount(bins.assign(uv).flatten(), minlength=len(bins))
        made += counts / counts.sum() / len(frames)
    settings = (
        f"temperature {decoding.temperature:g}, rebalance {decoding.rebalance:g}, saturation "
        f"{decoding.saturation:g}{', pooled' * decoding.pool}"
    )
    return {
        TRAINING: bins.frequencies.numpy(),
        "predicted: mean probability; a black line is the training's share": believed.numpy(),
        f"predicted: nearest to the colour made at {settings}": made.numpy(),
    }


def _chart(frames: Sequence[PreviewFrame], colorizer: Colorizer, title: str) -> bytes:
    """Draw the chart of frames, as a PNG file."""
    return palette_chart(
        colorizer.predictor.bins,
        shares(frames, colorizer),
        f"{title}, weights {colorizer.name}",
    )
