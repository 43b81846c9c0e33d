"""The figures of coloured photographs, of one photograph or of many."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True)
class PictureFigures:
    """How near coloured pictures are to the truth; see `color.metrics`.

    psnr: in dB, on 8-bit RGB.
    raw_accuracy: 0 to 1.
    balanced_accuracy: the same with each pixel weighted by 1 / P of its true bin, P being the bins'
        frequencies in training (Zhang et al. 2016, section 3.1: equation 4 with λ = 0; they smooth
        P over neighbouring bins first).
    """

    psnr: float
    ssim: float
    raw_accuracy: float
    balanced_accuracy: float
    ciede2000: float
    colourfulness: float


@dataclass(frozen=True)
class BinFigures:
    """How near a network's own distribution is to the true bins of its output cells.

    cross_entropy: the mean of -log p(true bin), in nats.
    top1, top5: the share of cells whose true bin is the likeliest, or among the five likeliest.
    """

    cross_entropy: float
    top1: float
    top5: float


@dataclass(frozen=True)
class NetworkFigures:
    """The figures of one network.

    bins: of its own distribution. pictures: of the pictures it colours, by the setting's name.
    """

    bins: BinFigures
    pictures: dict[str, PictureFigures]


@dataclass(frozen=True)
class Figures:
    """All that is measured on one photograph, or its mean over many.

    rarity: the mean over the pixels of 1 / P of the true bin, scaled to a mean of 1 over the
        training photographs.
    baselines, networks: the figures of each, by name.
    """

    rarity: float
    baselines: dict[str, PictureFigures]
    networks: dict[str, NetworkFigures]


def mean(measured: Sequence[Figures]) -> Figures:
    """Return the mean figures of many photographs.

    Every photograph counts alike, except in the balanced accuracy. There each counts by its rarity,
    as if the pixels of all, in equal shares, were one picture.
    """
    rarities = [figures.rarity for figures in measured]

    def pictures(every: Sequence[PictureFigures]) -> PictureFigures:
        balanced = np.average([row.balanced_accuracy for row in every], weights=rarities)
        means = {field.name: _mean(every, field.name) for field in fields(PictureFigures)}
        return PictureFigures(**means | {"balanced_accuracy": float(balanced)})

    def network(every: Sequence[NetworkFigures]) -> NetworkFigures:
        bins = [figures.bins for figures in every]
        return NetworkFigures(
            BinFigures(**{field.name: _mean(bins, field.name) for field in fields(BinFigures)}),
            {name: pictures([row.pictures[name] for row in every]) for name in every[0].pictures},
        )

    first = measured[0]
    return Figures(
        float(np.mean(rarities)),
        {name: pictures([row.baselines[name] for row in measured]) for name in first.baselines},
        {name: network([row.networks[name] for row in measured]) for name in first.networks},
    )


def _mean(rows: Sequence[object], name: str) -> float:
    """Return the mean of the attribute `name`."""
    return float(np.mean([getattr(row, name) for row in rows]))
