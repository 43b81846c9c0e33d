"""The figures of coloured photographs, of one photograph or of many."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from itertools import chain
from typing import Any

import numpy as np

TRUTH = "truth"
"""The name of the photographs themselves among spreads."""


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
    """The figures of one network, or of another program.

    bins: of its own distribution; None if it gives none. pictures: of the pictures it colours, by
    the setting's name.
    """

    bins: BinFigures | None
    pictures: dict[str, PictureFigures]


@dataclass(frozen=True)
class Unrest:
    """How blotchy pictures are where they are flat, as a factor of the truth's.

    mean, top: the mean, and the 95th percentile, of the spreads of their chroma over all flat
    squares (`color.unrest`), each divided by that of the truth's.
    """

    mean: float
    top: float


@dataclass(frozen=True)
class Figures:
    """All that is measured on one photograph, or its mean over many.

    rarity: the mean over the pixels of 1 / P of the true bin, scaled to a mean of 1 over the
        training photographs.
    baselines, networks: the figures of each, by name.
    spreads: of the chroma in each flat square (`color.unrest`), by `TRUTH` and by the names of a
        network and a setting in a row; of many photographs those of all.
    """

    rarity: float
    baselines: dict[str, PictureFigures]
    networks: dict[str, NetworkFigures]
    spreads: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def unrest(self) -> dict[str, Unrest | None]:
        """By network and setting; None where no square is flat, or all of the truth is grey."""
        pairs = {name: every for name, every in self.spreads.items() if name != TRUTH}
        return {name: self._unrest(every) for name, every in pairs.items()}

    def _unrest(self, spreads: Sequence[float]) -> Unrest | None:
        true = self.spreads[TRUTH]
        if not true or not (top := np.percentile(true, 95)):
            return None
        return Unrest(
            float(np.mean(spreads) / np.mean(true)), float(np.percentile(spreads, 95) / top)
        )

    def summary(self) -> dict[str, Any]:
        """Return the figures by name, with the unrest in place of the spreads."""
        unrest = {name: found and asdict(found) for name, found in self.unrest.items()}
        parts = {name: part for name, part in asdict(self).items() if name != "spreads"}
        return parts | {"unrest": unrest}


def mean(measured: Sequence[Figures]) -> Figures:
    """Return the mean figures of many photographs.

    Every photograph counts alike, except in the balanced accuracy and the unrest. There each counts
    by its rarity, as if the pixels of all, in equal shares, were one picture, or by its flat
    squares.
    """
    rarities = [figures.rarity for figures in measured]

    def pictures(every: Sequence[PictureFigures]) -> PictureFigures:
        balanced = np.average([row.balanced_accuracy for row in every], weights=rarities)
        means = {field.name: _mean(every, field.name) for field in fields(PictureFigures)}
        return PictureFigures(**means | {"balanced_accuracy": float(balanced)})

    def network(every: Sequence[NetworkFigures]) -> NetworkFigures:
        bins = [figures.bins for figures in every if figures.bins]
        own = {field.name: _mean(bins, field.name) for field in fields(BinFigures)} if bins else {}
        return NetworkFigures(
            BinFigures(**own) if own else None,
            {name: pictures([row.pictures[name] for row in every]) for name in every[0].pictures},
        )

    first = measured[0]
    return Figures(
        float(np.mean(rarities)),
        {name: pictures([row.baselines[name] for row in measured]) for name in first.baselines},
        {name: network([row.networks[name] for row in measured]) for name in first.networks},
        {
            name: tuple(chain.from_iterable(row.spreads[name] for row in measured))
            for name in first.spreads
        },
    )


def _mean(rows: Sequence[object], name: str) -> float:
    """Return the mean of the attribute `name`."""
    return float(np.mean([getattr(row, name) for row in rows]))
