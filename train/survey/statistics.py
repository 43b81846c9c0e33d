"""How sure a difference between two variants is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 4000
"""Bootstrap samples of which intervals and p-values are made."""

LEVEL = 0.95
"""The share of the samples within an interval."""


@dataclass(frozen=True)
class Estimate:
    """A mean with its bootstrap interval.

    p: of no difference from 0, two-sided: twice the smaller share of bootstrap means on either side
        of it, at least 2 / (`RESAMPLES` + 1) and at most 1.
    """

    mean: float
    low: float
    high: float
    p: float


def bootstrap(values: np.ndarray) -> Estimate:
    """Return the mean of values (seeds, photographs) float with its percentile interval.

    Seeds and photographs are both drawn anew, each with replacement (the two-way bootstrap of Owen
    2007, "The pigeonhole bootstrap", section 2), so that the interval covers other trainings and
    other photographs alike. The draws are the same at every call.
    """
    seeds, photographs = values.shape
    random = np.random.default_rng(0)
    rows = random.integers(seeds, size=(RESAMPLES, seeds))
    seed_weights = np.stack([np.bincount(row, minlength=seeds) for row in rows]) / seeds
    means = np.empty(RESAMPLES)
    for each, weights in enumerate(seed_weights):
        columns = random.integers(photographs, size=photographs)
        means[each] = weights @ values[:, columns].mean(1)
    low, high = np.quantile(means, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    below, above = (means <= 0).sum(), (means >= 0).sum()
    p = min(1.0, 2 * (min(below, above) + 1) / (RESAMPLES + 1))
    return Estimate(float(values.mean()), float(low), float(high), float(p))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Return p-values adjusted for their number (Holm 1979, a step-down Bonferroni), by name."""
    order: Sequence[str] = sorted(p_values, key=lambda name: p_values[name])
    adjusted: dict[str, float] = {}
    highest = 0.0
    for place, name in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - place) * p_values[name]))
        adjusted[name] = highest
    return {name: adjusted[name] for name in p_values}
