"""A finished run, measured: how it is decoded best, and what its pictures are worth then."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import torch

from vidcolor.color import metrics
from vidcolor.color.bins import ColorBins
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.net.decoding import Decoding

from ..data.photographs import Photographs, thinned
from ..evaluate.candidates import Candidate, Photograph
from ..evaluate.classify import Classifier, recognized
from ..evaluate.evaluate import evaluate
from ..evaluate.figures import TRUTH, Figures, PictureFigures, mean
from ..evaluate.pictures import luma_of, predict

MEAN, CHOSEN = "mean", "chosen"
"""The two ways to decode: the distribution's mean, and the one chosen on photographs held apart."""

VIVID = 0.8
"""The least colourfulness, as a share of the truth's, that a chosen decoding has."""

TEMPERATURES, REBALANCES = (1.0, 0.6, 0.38, 0.2), (0.0, 0.3, 0.6, 1.0)
SATURATIONS = 1.0, 1.3, 1.6, 2.0
"""What a decoding is chosen among: of a distribution the first two, of named colours the last."""

COLUMNS = tuple(PictureFigures.__annotations__)
"""The figures of a picture, by name."""

CHOOSING, STEP = 60, 3
"""A decoding is chosen on so many photographs at most, of which every third row and column count:
that is enough to rank decodings, at a tenth of the cost."""

TIMED = 10
"""Photographs that the cost of inference is timed on, after one that is not counted."""


@dataclass(frozen=True)
class TestSet:
    """The photographs that all variants of a survey are measured on.

    choosing, testing: those that the decoding is chosen on, and others.
    bins: the fixed bins by which accuracy is balanced, whatever a variant's own are.
    classifier: tells whether it still sees what it sees in the true photograph; None for no such
        figure.
    """

    choosing: Sequence[Photograph]
    testing: Sequence[Photograph]
    bins: ColorBins
    classifier: Classifier | None

    @classmethod
    def of(
        cls, folder: Photographs, most: int, bins: ColorBins, classifier: Classifier | None
    ) -> "TestSet":
        """Divide validation photographs, at most so many, into the two halves."""
        chosen = thinned(folder.validation, most)
        photographs = [Photograph(folder, int(index)) for index in chosen]
        choosing = photographs[: 2 * CHOOSING : 2]
        return cls(choosing, photographs[1::2], bins, classifier)


def measure(
    checkpoint: Checkpoint, tests: TestSet, device: torch.device
) -> tuple[dict[str, Any], Iterator[dict[str, Any]]]:
    """Return the figures of a run, and those of each photograph.

    The run's are means over the photographs tested, for each of `MEAN` and `CHOSEN`, with the
    decoding chosen: the one of the smallest CIEDE2000 among those that are at least `VIVID`, or the
    most colourful one if none is.
    """
    size = checkpoint.decoding.working_size
    first = Candidate.of(checkpoint, device)
    ways = {MEAN: Decoding(1.0, 0.0, size)}
    ways[CHOSEN] = _choose(first, tests, size, bool(checkpoint.names))
    candidate = replace(first, settings=ways)
    measured = evaluate(
        tests.testing, {"": candidate}, ("truth", "grey"), quiet=True, bins=tests.bins
    )
    figures = mean(measured)
    network = figures.networks[""]
    row: dict[str, Any] = {}
    for way, pictures in network.pictures.items():
        unrest = figures.unrest[f" {way}"]
        row |= {f"{way}_{name}": value for name, value in asdict(pictures).items()}
        row[f"{way}_unrest"] = unrest.mean if unrest else None
    row["grey_psnr"] = figures.baselines["grey"].psnr
    row["true_colourfulness"] = figures.baselines["truth"].colourfulness
    row["cross_entropy"] = network.bins.cross_entropy if network.bins else None
    for name in ("temperature", "rebalance", "saturation"):
        row[f"chosen_{name}"] = getattr(ways[CHOSEN], name)
    agreed: Sequence[Mapping[str, bool]] = [{}] * len(measured)
    if tests.classifier:
        agreed = recognized(tests.testing, {"": candidate}, tests.classifier, device)
        for name, way in (("grey", "grey"), (MEAN, f" {MEAN}"), (CHOSEN, f" {CHOSEN}")):
            row[f"{name}_recognized"] = float(np.mean([each[way] for each in agreed]))
    row["inference_ms"] = _inference(candidate, tests.testing, size)
    return row, map(_of_photograph, tests.testing, measured)


def _of_photograph(photograph: Photograph, figures: Figures) -> dict[str, Any]:
    """Return a photograph's figures by column."""
    row = {"photograph": photograph.name, "class": photograph.label}
    values: dict[str, Any] = {
        f"{way}_{name}": value
        for way, pictures in figures.networks[""].pictures.items()
        for name, value in asdict(pictures).items()
    }
    return row | values | {"grey_psnr": figures.baselines["grey"].psnr}


def _choose(candidate: Candidate, tests: TestSet, size: int, names: bool) -> Decoding:
    """Return the decoding chosen on the photographs held apart for that."""
    if names:
        tried = [Decoding(1.0, 0.0, size, saturation) for saturation in SATURATIONS]
    else:
        tried = [Decoding(*pair, size) for pair in product(TEMPERATURES, REBALANCES)]
    settings = {str(place): decoding for place, decoding in enumerate(tried)}
    candidate = replace(candidate, settings=settings)
    errors: dict[str, list[float]] = {name: [] for name in settings}
    colours: dict[str, list[float]] = {name: [] for name in (*settings, TRUTH)}
    for photograph in tests.choosing:
        true = photograph.pixels[::STEP, ::STEP]
        colours[TRUTH].append(metrics.colourfulness(true))
        for name, picture in candidate.pictures(photograph).items():
            errors[name].append(metrics.ciede2000(true, picture[::STEP, ::STEP]))
            colours[name].append(metrics.colourfulness(picture[::STEP, ::STEP]))
    colour = {name: float(np.mean(every)) for name, every in colours.items()}
    vivid = [name for name in settings if colour[name] >= VIVID * colour[TRUTH]]
    if vivid:
        return settings[min(vivid, key=lambda name: np.mean(errors[name]))]
    return settings[max(settings, key=lambda name: colour[name])]


def _inference(candidate: Candidate, photographs: Sequence[Photograph], size: int) -> float:
    """Return the milliseconds that the network takes for a photograph, the median."""
    times = []
    for photograph in photographs[: TIMED + 1]:
        luma = luma_of(photograph.pixels)
        began = time.perf_counter()
        predict(candidate.predictor, luma, size).cpu()
        times.append(1000 * (time.perf_counter() - began))
    return float(np.median(times[1:] or times))
