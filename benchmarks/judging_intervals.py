"""How often intervals of simulated judgements hold the truth, and how wide they are.

    python benchmarks/judging_intervals.py [--runs 1000]

Judges and pictures have normal effects on the logit of being fooled. Compared: the percentiles of a
bootstrap over single judgements, those of the pigeonhole bootstrap (Owen 2007), and what
`vidcolor judge report` tells.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from vidcolor.sitting.bootstrap import Tally, share

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/support"))
from judging import simulated, true_share

DRAWS = 500
SITUATIONS = [
    (20, 40, -1.5, 0.5, 0.8),
    (20, 40, -1.5, 0.0, 0.0),
    (20, 40, -0.5, 1.0, 1.0),
    (8, 40, -1.5, 0.5, 0.8),
    (5, 40, -0.5, 1.0, 1.0),
    (3, 24, -0.5, 1.0, 1.0),
]
"""Judges, pictures, the mean of the logit, and the deviations of both kinds of effects."""


def pigeonhole(tally: Tally, rng: np.random.Generator) -> tuple[float, float]:
    """The plain percentiles of the share, judges and pictures drawn anew."""
    judges, pictures = (
        rng.multinomial(n, np.full(n, 1 / n), DRAWS).astype(float) for n in tally.asked.shape
    )
    drawn = ((judges @ tally.fooled) * pictures).sum(1) / tally.asked.size
    return tuple(np.quantile(drawn, [0.025, 0.975]))


def single(tally: Tally, rng: np.random.Generator) -> tuple[float, float]:
    """The same, each judgement drawn as if it had nothing in common with the others."""
    drawn = rng.binomial(tally.asked.size, tally.share, DRAWS) / tally.asked.size
    return tuple(np.quantile(drawn, [0.025, 0.975]))


def ours(tally: Tally, _: np.random.Generator) -> tuple[float, float]:
    """What the report tells."""
    return share(tally, DRAWS)[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--runs", type=int, default=1000)
    runs = parser.parse_args().runs
    print("judges pictures logit: mean, by judge, by picture | held of", runs, "and mean width, %")
    for judges, pictures, center, by_judge, by_picture in SITUATIONS:
        effects = {"center": center, "by_judge": by_judge, "by_picture": by_picture}
        truth = true_share(**effects)
        cells = []
        for method in (single, pigeonhole, ours):
            rng = np.random.default_rng(1)
            found = np.array(
                [method(simulated(s, judges, pictures, **effects), rng) for s in range(runs)]
            )
            held = ((found[:, 0] <= truth) & (truth <= found[:, 1])).sum()
            width = 100 * np.ptp(found, axis=1).mean()
            cells.append(f"{method.__name__} {held} ({width:.1f})")
        print(f"{judges:3} {pictures:3} {center:5} {by_judge} {by_picture} | " + "  ".join(cells))


if __name__ == "__main__":
    main()
