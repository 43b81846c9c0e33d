"""How sure a share is: its interval, by a bootstrap over judges and pictures.

Judgements are an array of judges by pictures, and both matter: some judges are hard to fool, some
pictures easy to believe. The next study will have others of both, so both are drawn anew (Owen
2007, "The pigeonhole bootstrap": judges with replacement, pictures with replacement, each judgement
counted as often as both of its own were drawn). The plain percentiles of these draws do not cover
95 %: they count the chance of single judgements three times, and with few judges they know too
little of how much judges differ. docs/judging.md has the figures. What is returned is mended so:

- The variance is that of Cameron, Gelbach and Miller (2011, "Robust inference with multiway
  clustering"): that between judges, plus that between pictures, less that of single judgements,
  which both contain; and never less than any of the three.
- The draws give the distribution of the studentised share, each with its own such variance
  (bootstrap-t, Efron and Tibshirani 1993, chapter 12): within how many standard errors 95 % of the
  draws lie. Where that is less than Student's t with Satterthwaite's degrees of freedom, as with a
  handful of judges, the latter counts.
- Shares are treated as logits, so that the interval stays within 0 and 1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit
from scipy.stats import t as student

DRAWS = 2000
"""How often judges and pictures are drawn anew."""

LEVEL = 0.95
"""How often the interval is to hold the truth."""

_SEED = 2007

_Scale = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


class Interval(NamedTuple):
    """A figure, and the bounds between which it lies with 95 %."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Tally:
    """Judgements of one source, by judge and picture.

    fooled: (judges, pictures) float64, how many were fooled. asked: the same, how many there are;
    0 where that judge did not see that picture.
    """

    fooled: np.ndarray
    asked: np.ndarray

    @property
    def share(self) -> float:
        """The share of fooled judgements, 0 to 1; nan where there are none."""
        asked = self.asked.sum()
        return float(self.fooled.sum() / asked) if asked else float("nan")


def share(tally: Tally, draws: int = DRAWS) -> Interval:
    """Return the share of fooled judgements with its interval.

    Where all judgements are alike, draws are too, and the interval is that of Clopper and Pearson
    (1934) for so many judgements. All three numbers are nan where there are no judgements.
    """
    value, count = tally.share, float(tally.asked.sum())
    if not count:
        return Interval(value, value, value)
    if value in (0, 1):
        bound = ((1 - LEVEL) / 2) ** (1 / count)
        return Interval(value, *((0.0, 1 - bound) if value == 0 else (bound, 1.0)))
    terms = [_Term.of(tally)]
    edge = 0.5 / count
    slope = 1 / (value * (1 - value))

    def to_logit(shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        inside = shares.clip(edge, 1 - edge)
        return logit(inside), 1 / (inside * (1 - inside))

    found = _estimate(terms, *_all_once(tally))
    reach = found.errors(terms, tally, draws, to_logit) * found.deviation.item() * slope
    center = logit(value)
    return Interval(value, float(expit(center - reach)), float(expit(center + reach)))


def difference(first: Tally, second: Tally, draws: int = DRAWS) -> Interval:
    """Return how much larger the first share is than the second one, paired by picture.

    Only pictures that were judged of both count, and each counts as much in the one share as in
    the other: as much as the harmonic mean of how often it was judged. So what is easy or hard
    about a picture weighs on both. All three numbers are nan where there is no such picture.
    """
    counts = [tally.asked.sum(0) for tally in (first, second)]
    both = (counts[0] > 0) & (counts[1] > 0)
    if not both.any():
        return Interval(*[float("nan")] * 3)
    weight = np.zeros(both.shape)
    weight[both] = 1 / (1 / counts[0][both] + 1 / counts[1][both])
    terms = [
        _Term.of(tally, sign * 1.0, np.divide(weight, count, out=np.zeros_like(weight), where=both))
        for tally, count, sign in zip((first, second), counts, (1, -1), strict=True)
    ]
    found = _estimate(terms, *_all_once(first))
    value = found.value.item()
    reach = found.errors(terms, first, draws, _as_it_is) * found.deviation.item()
    return Interval(value, max(-1.0, value - reach), min(1.0, value + reach))


@dataclass(frozen=True, eq=False)
class _Term:
    """One of the shares that an estimate is the sum of, as matrices (judges, pictures).

    sign: 1.0 or -1.0, with which it counts. fooled, asked: sums of the judgements' weights.
    squares: the same of their squared weights.
    """

    sign: float
    fooled: np.ndarray
    asked: np.ndarray
    squares: tuple[np.ndarray, np.ndarray]

    @classmethod
    def of(cls, tally: Tally, sign: float = 1.0, weight: np.ndarray | None = None) -> "_Term":
        """Return a tally as a term. weight: (pictures,), of each judgement of a picture."""
        w = np.ones(tally.asked.shape[1]) if weight is None else weight
        fooled, asked = tally.fooled, tally.asked
        return cls(sign, fooled * w, asked * w, (fooled * w**2, asked * w**2))


@dataclass(frozen=True, eq=False)
class _Estimate:
    """An estimate in each of D draws, all (D,): its value, and variances by what varies."""

    value: np.ndarray
    by_judge: np.ndarray
    by_picture: np.ndarray
    alone: np.ndarray

    @property
    def deviation(self) -> np.ndarray:
        """The standard errors, (D,)."""
        both = self.by_judge + self.by_picture - self.alone
        found: np.ndarray = np.sqrt(
            np.maximum.reduce([both, self.by_judge, self.by_picture, self.alone])
        )
        return found

    def errors(self, terms: "Sequence[_Term]", tally: Tally, draws: int, scale: "_Scale") -> float:
        """Return within how many standard errors of this estimate, of one draw, the truth lies.

        scale: gives values on the scale on which intervals are symmetric, and its slope there.
        """
        judges, pictures = tally.asked.shape
        rng = np.random.default_rng(_SEED)
        drawn = _estimate(
            terms,
            *(
                rng.multinomial(n, np.full(n, 1 / n), draws).astype(float)
                for n in (judges, pictures)
            ),
        )
        center, _ = scale(self.value)
        values, slopes = scale(drawn.value)
        with np.errstate(invalid="ignore", divide="ignore"):
            studentised = np.abs(values - center) / (drawn.deviation * slopes)
        usable = studentised[np.isfinite(studentised)]
        by_draws = float(np.quantile(usable, LEVEL)) if usable.size else 0.0
        parts = [(self.by_judge.item(), judges - 1), (self.by_picture.item(), pictures - 1)]
        spent = sum(variance**2 / freedom for variance, freedom in parts if freedom)
        freedom = self.deviation.item() ** 4 / spent if spent else max(judges, pictures) - 1
        return max(by_draws, float(student.ppf((1 + LEVEL) / 2, max(1.0, freedom))))


def _estimate(terms: Sequence[_Term], judges: np.ndarray, pictures: np.ndarray) -> _Estimate:
    """Return the sum of terms in each draw.

    judges, pictures: (D, judges) and (D, pictures) float64, how often each was drawn. Draws in
    which a term has no judgement are nan.
    """
    value = by_judge = by_picture = alone = np.zeros(1)
    for term in terms:
        asked_by_picture, fooled_by_picture = judges @ term.asked, judges @ term.fooled
        count = (asked_by_picture * pictures).sum(1)
        with np.errstate(invalid="ignore", divide="ignore"):
            found = (fooled_by_picture * pictures).sum(1) / count
            factor = (term.sign / count)[:, None]
        off_by_picture = fooled_by_picture - found[:, None] * asked_by_picture
        off_by_judge = pictures @ term.fooled.T - found[:, None] * (pictures @ term.asked.T)
        fooled, asked = (((judges @ each) * pictures).sum(1) for each in term.squares)
        value = value + term.sign * found
        by_judge = by_judge + factor * off_by_judge
        by_picture = by_picture + factor * off_by_picture
        alone = alone + factor[:, 0] ** 2 * (fooled * (1 - 2 * found) + found**2 * asked)
    return _Estimate(
        value,
        _unbiased(judges.shape[1]) * (judges * by_judge**2).sum(1),
        _unbiased(pictures.shape[1]) * (pictures * by_picture**2).sum(1),
        alone,
    )


def _unbiased(count: int) -> float:
    """Return the factor of a variance between so many; 0 for one, which tells nothing of it."""
    return count / (count - 1) if count > 1 else 0.0


def _all_once(tally: Tally) -> tuple[np.ndarray, np.ndarray]:
    """Return the one draw that has each judge and each picture once."""
    judges, pictures = tally.asked.shape
    return np.ones((1, judges)), np.ones((1, pictures))


def _as_it_is(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return values, np.ones_like(values)
