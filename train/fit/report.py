"""The report of a training run: its figures, charts and samples on one HTML page."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from PIL import Image

from vidcolor.color.yuv import rgb_to_yuv
from vidcolor.draw.bin_charts import TRAINING, bin_histograms
from vidcolor.draw.charts import chart_png
from vidcolor.draw.page import columns, page, paragraph, picture, section, table
from vidcolor.errors import TrainingError
from vidcolor.files import Target
from vidcolor.net.checkpoint import load
from vidcolor.net.decoding import Decoding
from vidcolor.net.predictor import Predictor, resize

from ..data.photographs import Photographs
from ..evaluate.candidates import Candidate, Photograph
from ..evaluate.evaluate import evaluate
from ..evaluate.figures import Figures, PictureFigures, mean
from ..evaluate.pictures import decode, from_uint8, predict
from ..evaluate.sheets import SAMPLES, at_temperatures, evenly_spaced, sample_sheet
from .run_folder import WEIGHTS, log_lines


def loss_curves(log: Sequence[Mapping[str, Any]]) -> bytes:
    """Draw training loss and validation figures over the steps, as a PNG file.

    log: the lines of log.jsonl. Lines that an earlier version wrote have no validation loss.
    """
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
        if title == "training loss" and all("validation_loss" in line for line in log):
            held_out = [line["validation_loss"] for line in log]
            axes.plot(steps, held_out, marker=".", linewidth=1, label="validation loss")
            axes.legend()
        axes.set(title=title, xlabel="step")
        axes.grid(alpha=0.3)
    return chart_png(figure)


def write_report(run: Path, data: Path, device: torch.device, target: Target) -> None:
    """Measure the weights of a run on the validation split and write the page.

    It shows loss curves; figures; histograms of the bins in training, in the validation split and
    as predicted; samples at several temperatures, evenly spaced; the same of bland photographs
    (the lowest tenth of true colourfulness) and of those coloured worst. All photographs are of
    the classes that the run took.

    Args:
        run: the folder of the run.
        data: the folder of packed photographs.
        device: where the network computes.
        target: where the page goes.

    Raises:
        TrainingError: the run has no weights yet, or there is no validation split.
    """
    if not (run / WEIGHTS).is_file():
        raise TrainingError(f"{run}: holds no trained weights yet")
    checkpoint = load(run / WEIGHTS)
    photographs = Photographs(data, checkpoint.recipe["classes"])
    chosen = photographs.validation
    if not len(chosen):
        raise TrainingError(f"{data}: no validation photographs; pack with --validation-share")
    log = log_lines(run)
    candidate = Candidate.of(checkpoint, device)
    predictor, settings = candidate.distribution, candidate.settings
    measured = evaluate(
        [Photograph(photographs, int(index)) for index in chosen],
        {"": candidate},
    )

    colourfulness = [row.baselines["truth"].colourfulness for row in measured]
    errors = [row.networks[""].pictures["defaults"].ciede2000 for row in measured]
    bland = np.argsort(colourfulness)[: max(1, len(chosen) // 10)]
    worst = np.argsort(errors)[::-1][:SAMPLES]
    shares = {TRAINING: checkpoint.bins.frequencies.numpy()}
    shares |= _shares(predictor, photographs, chosen, settings)

    def sheet(indices: np.ndarray, settings: Mapping[str, Decoding]) -> str:
        return _photographs(sample_sheet(predictor, photographs, indices, settings))

    sections = [
        section("Recipe", columns(checkpoint.recipe)),
        section("Loss", picture(loss_curves(log))),
        section(
            f"Figures on {len(chosen)} validation photographs",
            _table(mean(measured)) + _explained(settings),
        ),
        section("Bins", picture(bin_histograms(checkpoint.bins, shares))),
        section(
            "Samples, evenly spaced, at the default rebalance",
            sheet(evenly_spaced(chosen), at_temperatures(checkpoint.decoding)),
        ),
        section(
            "Bland: of the tenth that has the least colour",
            sheet(evenly_spaced(chosen[bland]), settings),
        ),
        section(
            "Worst, by CIEDE2000 at the defaults",
            sheet(chosen[worst], settings),
        ),
    ]
    target.fill(page(f"{run.name}: training report", sections).encode())


def _shares(
    predictor: Predictor,
    photographs: Photographs,
    indices: Iterable[int],
    settings: Mapping[str, Decoding],
) -> dict[str, np.ndarray]:
    """Return the share of all cells that each bin has, (n,): in truth, and in each setting.

    In a setting each cell counts for the bin nearest to the colour made.

    Args:
        predictor: the network.
        photographs: the packed photographs.
        indices: those to look at.
        settings: to decode with, by name.
    """
    bins = predictor.bins
    counts = {name: torch.zeros(len(bins)) for name in ("validation", *settings)}
    for index in indices:
        luma, u, v = rgb_to_yuv(*from_uint8(photographs[index][None]).split(1, 1))
        for name, decoding in settings.items():
            probabilities = predict(predictor, luma, decoding.working_size)
            uv = decode(predictor, probabilities, luma, decoding)
            counts[name] += torch.bincount(bins.assign(uv).flatten(), minlength=len(bins))
        true = resize(torch.cat([u, v], 1), (uv.shape[-2], uv.shape[-1]))
        counts["validation"] += torch.bincount(bins.assign(true).flatten(), minlength=len(bins))
    return {name: (count / count.sum()).numpy() for name, count in counts.items()}


def _table(figures: Figures) -> str:
    """Return a table of the mean figures of every baseline and setting, a row each."""
    names = [field.name for field in fields(PictureFigures)]
    rows: Sequence[tuple[str, PictureFigures]] = [
        *figures.baselines.items(),
        *figures.networks[""].pictures.items(),
    ]
    heading = ["", *(name.replace("_", " ") for name in names)]
    cells = [[name, *(f"{getattr(row, field):.3f}" for field in names)] for name, row in rows]
    bins = figures.networks[""].bins
    assert bins
    own = ", ".join(
        f"{field.name.replace('_', ' ')} {getattr(bins, field.name):.3f}" for field in fields(bins)
    )
    return table(heading, cells) + paragraph(f"The network's own distribution: {own}.")


def _explained(settings: Mapping[str, Decoding]) -> str:
    """Return a paragraph that explains each setting, by whose names charts and pictures go."""
    lines = (
        f"{name}: temperature {decoding.temperature:g}, rebalance {decoding.rebalance:g}, "
        f"saturation {decoding.saturation:g}, {'pooled, ' * decoding.pool}"
        f"working size {decoding.working_size}"
        for name, decoding in settings.items()
    )
    return paragraph(f"{'; '.join(lines)}.")


def _photographs(sheet: np.ndarray) -> str:
    """Return a sheet, (H, W, 3) uint8 RGB, as part of the page, in WebP to keep that small."""
    content = io.BytesIO()
    Image.fromarray(sheet).save(content, "webp", quality=85)
    return picture(content.getvalue(), "webp")
