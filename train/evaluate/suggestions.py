"""Whether one of nine suggested colors is near the true one, by the way they are found.

Beside ours stand the nine likeliest bins and the published way, that of Zhang et al. 2017, section
3.2: the nine means that weighted k-means finds in the distribution. Softening it first, as they do,
made k-means worse here, so it is left as it is.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from sklearn.cluster import KMeans
from torch.nn import functional as F
from tqdm import tqdm

from vidcolor.color.metrics import color_differences
from vidcolor.color.yuv import fit_to_luma, yuv_to_rgb
from vidcolor.colorize.suggest import COUNT

from .candidates import Candidate, Photograph
from .user import Count, User

LIKELIEST, K_MEANS, SUGGESTED = "nine likeliest bins", "weighted k-means", "suggested"
"""The names of the ways."""

NEAR = 6.0
"""The largest CIEDE2000 that counts as near."""

PLACES = 100
"""The number of pixels of each photograph that are asked about, at random."""


def measure(
    photographs: Sequence[Photograph],
    candidates: Mapping[str, Candidate],
    counts: Sequence[Count],
    quiet: bool = False,
) -> dict[str, dict[str, list[float]]]:
    """Return the share of pixels whose true color is near a suggested one, in [0, 1].

    It is given by candidate, by way and, in their order, by count: how many true colors have been
    shown at random places (`User`). Only our way hears of these.

    Args:
        photographs: what to measure on.
        candidates: the networks, by name.
        counts: as for `User.show`.
        quiet: whether no progress is shown.
    """
    shares: dict[str, dict[str, list[list[float]]]] = {
        name: {way: [] for way in (LIKELIEST, K_MEANS, SUGGESTED)} for name in candidates
    }
    with tqdm(total=len(photographs), unit=" photographs", disable=quiet or None) as progress:
        for seed, photograph in enumerate(photographs):
            for name, candidate in candidates.items():
                for way, shares_of_way in _shares(photograph, candidate, counts, seed).items():
                    shares[name][way].append(shares_of_way)
            progress.update()
    return {
        name: {way: np.mean(every, 0).tolist() for way, every in ways.items()}
        for name, ways in shares.items()
    }


def _shares(
    photograph: Photograph, candidate: Candidate, counts: Sequence[Count], seed: int
) -> dict[str, list[float]]:
    """Return the shares of one photograph, by way and by count."""
    user, bins = User(photograph.pixels, candidate), candidate.distribution.bins
    height, width = user.luma.shape
    random = np.random.default_rng(seed)
    chosen = random.choice(height * width, min(PLACES, height * width), replace=False)
    rows, columns = np.unravel_index(chosen, (height, width))
    luma = user.luma[rows, columns]
    true = _rgb(luma, user.true[:, rows, columns].T[:, None])
    fine = F.interpolate(user.probabilities[None], size=(height, width), mode="bilinear")[0]
    centers = bins.centers.cpu()
    p = fine[:, rows, columns].T
    likeliest = p.topk(min(COUNT, len(bins))).indices
    grouped = torch.stack([_k_means(centers, *each) for each in zip(p, likeliest, strict=True)])
    shares = {
        LIKELIEST: [_share(_rgb(luma, centers[likeliest]), true)] * len(counts),
        K_MEANS: [_share(_rgb(luma, grouped), true)] * len(counts),
        SUGGESTED: [],
    }
    for _ in user.show(counts, "random", seed):
        suggester = user.suggester()
        near = [
            _share(np.array([[each.rgb for each in suggester(place)]], np.uint8), true[[number]])
            for number, place in enumerate(zip(rows.tolist(), columns.tolist(), strict=True))
        ]
        shares[SUGGESTED].append(float(np.mean(near)))
    return shares


def _k_means(centers: torch.Tensor, p: torch.Tensor, likeliest: torch.Tensor) -> torch.Tensor:
    """Return the means (k, 2) of bins (n, 2) weighted by p (n,), begun at the k likeliest."""
    means = KMeans(len(likeliest), init=centers[likeliest].numpy(), n_init=1)
    return torch.from_numpy(means.fit(centers.numpy(), sample_weight=p.numpy()).cluster_centers_)


def _rgb(luma: torch.Tensor, uv: torch.Tensor) -> np.ndarray:
    """Return (N, k, 3) uint8 RGB of lumas (N,), each with chromas (N, k, 2) fitted to it."""
    y = luma[:, None, None].expand(-1, 1, uv.shape[1])
    u, v = fit_to_luma(uv.transpose(1, 2)[:, :, None], y[:, :, None], y[:, :, None]).unbind(1)
    rgb = torch.stack(yuv_to_rgb(y, u, v), -1)[:, 0]
    codes: np.ndarray = rgb.mul(255).round().clamp(0, 255).to(torch.uint8).numpy()
    return codes


def _share(colors: np.ndarray, true: np.ndarray) -> float:
    """Return the share of the true colors (N, 1, 3) that are near one of colors (N, k, 3)."""
    return float((color_differences(colors, true).min(1) <= NEAR).mean())
