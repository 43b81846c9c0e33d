"""How much nearer to the truth pictures come when some of their true colors are revealed.

After Zhang et al. 2017, "Real-Time User-Guided Image Colorization with Learned Deep Priors",
figure 6.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from tqdm import tqdm

from .candidates import Candidate, Photograph
from .user import By, Count, User

GREY, LEVIN = "grey", "levin"
"""The names of pictures without color, and of colors that are spread from grey."""


def reveal(
    photographs: Sequence[Photograph],
    candidates: Mapping[str, Candidate],
    counts: Sequence[Count],
    by: By = "random",
    quiet: bool = False,
) -> dict[str, list[float]]:
    """Return the mean PSNR of pictures, in dB, by method and, in their order, by count of places.

    The methods are `GREY`, which stays so, `LEVIN` and the candidates, at temperature 1 and
    rebalance 0. No two places overlap; where a picture holds fewer than a count, all that fit are
    revealed.

    Args:
        photographs: what to measure on.
        candidates: the networks, by name; the first one's working size is that of `LEVIN`.
        counts: numbers of places, rising, and last "all".
        by: how they are chosen; random ones are the same for networks of one working size.
        quiet: whether no progress is shown.
    """
    first = next(iter(candidates.values()))
    rows: dict[str, list[list[float]]] = {name: [] for name in (GREY, LEVIN, *candidates)}
    with tqdm(total=len(photographs), unit=" photographs", disable=quiet or None) as progress:
        for seed, photograph in enumerate(photographs):
            for name in (LEVIN, *candidates):
                user = User(photograph.pixels, candidates.get(name, first), name == LEVIN)
                if name == LEVIN:
                    rows[GREY].append([user.psnr()] * len(counts))
                rows[name].append([user.psnr() for _ in user.show(counts, by, seed)])
            progress.update()
    return {name: np.mean(every, 0).tolist() for name, every in rows.items()}
