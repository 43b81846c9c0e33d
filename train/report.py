"""The report of a training run: one HTML page that refers to nothing outside itself."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from vidcolor.bin_charts import TRAINING, bin_histograms
from vidcolor.checkpoint import Decoding, load
from vidcolor.color import rgb_to_yuv
from vidcolor.colorizer import Predictor, resize
from vidcolor.errors import TrainingError
from vidcolor.page import listed, page, paragraph, picture, section, table
from vidcolor.target import Target

from .charts import loss_curves
from .colorize import from_uint8, predict
from .dataset import Photographs
from .evaluate import Candidate, Photograph, evaluate
from .figures import Figures, PictureFigures, mean
from .run import WEIGHTS, log_lines
from .samples import SAMPLES, at_temperatures, evenly_spaced, sample_sheet


def write_report(run: Path, data: Path, device: torch.device, target: Target) -> None:
    """Measure the weights of `run` on the validation split of `data` and write the page.

    Loss curves; figures; histograms of the bins in training, in the validation split and as
    predicted; samples at several temperatures, evenly spaced; the same of bland photographs (the
    lowest tenth of true colourfulness) and of those coloured worst; all of them of the classes that
    the run took. Raises TrainingError where the run has no weights yet or there is no validation
    split.
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
    predictor, settings = candidate.predictor, candidate.settings
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
        section("Recipe", listed(checkpoint.recipe)),
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
    """Of all cells, the share (n,) that each bin has: in truth, and as each setting predicts."""
    bins = predictor.bins
    counts = {name: torch.zeros(len(bins)) for name in ("validation", *settings)}
    for index in indices:
        luma, u, v = rgb_to_yuv(*from_uint8(photographs[index][None]).split(1, 1))
        for name, decoding in settings.items():
            probabilities = predict(predictor, luma, decoding.working_size)
            uv = predictor.chroma(probabilities, decoding).cpu()
            counts[name] += torch.bincount(bins.assign(uv).flatten(), minlength=len(bins))
        true = resize(torch.cat([u, v], 1), (uv.shape[-2], uv.shape[-1]))
        counts["validation"] += torch.bincount(bins.assign(true).flatten(), minlength=len(bins))
    return {name: (count / count.sum()).numpy() for name, count in counts.items()}


def _table(figures: Figures) -> str:
    """The mean figures of every baseline and setting, a row each."""
    names = [field.name for field in fields(PictureFigures)]
    rows: Sequence[tuple[str, PictureFigures]] = [
        *figures.baselines.items(),
        *figures.networks[""].pictures.items(),
    ]
    heading = ["", *(name.replace("_", " ") for name in names)]
    cells = [[name, *(f"{getattr(row, field):.3f}" for field in names)] for name, row in rows]
    bins = figures.networks[""].bins
    own = ", ".join(
        f"{field.name.replace('_', ' ')} {getattr(bins, field.name):.3f}" for field in fields(bins)
    )
    return table(heading, cells) + paragraph(f"The network's own distribution: {own}.")


def _explained(settings: Mapping[str, Decoding]) -> str:
    """What each setting is, for it names charts and pictures below."""
    lines = (
        f"{name}: temperature {decoding.temperature:g}, rebalance {decoding.rebalance:g}, "
        f"working size {decoding.working_size}"
        for name, decoding in settings.items()
    )
    return paragraph(f"{'; '.join(lines)}.")


def _photographs(sheet: np.ndarray) -> str:
    content = io.BytesIO()
    Image.fromarray(sheet).save(content, "webp", quality=85)
    return picture(content.getvalue(), "webp")
