"""Spreads hints over a picture, as far as its luma and the network's opinion are alike."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from vidcolor.colorize.dissection import OFFSETS, Equations
from vidcolor.colorize.named_places import calm, unlike_named
from vidcolor.colorize.spread_limits import window
from vidcolor.net.hints import HintMap

LUMA_SIGMA = 0.03
"""The σ of how alike neighbours are, in units of luma in [0, 1]: eight 8-bit codes."""

BELIEF_SIGMA, BELIEF_MANY = 0.03, 0.022
"""The τ of how alike they are, in the distance between the square roots of their distributions:
where at most one place is named, and where many are. A hint alone tells of more than one thing."""

EXACT, MATCHED = 1e4, 1.0
"""The k of hints that are exact, and of others; neighbours that are all alike weigh 1 each. Those
eight move an exact hint by less than half an 8-bit code, however unlike it they are."""

RETURN = 3e-6
"""The ε that draws the residual to 0 where things are like a hint: the automatic color stays far
from all of them."""

RETURN_NEAR = 2e-5
"""The ε that ends how far a surprising color comes."""

SURPRISE = 0.12
"""The ς of how far a hint's color is from the automatic one, in UV: a color beside it corrects that
of the whole picture, one that is far from it is of one thing alone."""

_PAIRS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""How far the second pixel of a pair lies below and to the right of the first."""

RETURN_MATCHED = 3e-3
"""The ε where no hint is exact. References tell of most places; what they do not show is another
thing, and keeps its automatic color."""

_AREA, _CELLS = 192 * 128, 48 * 27
"""The numbers of places of a grid that the εs of exact hints and of others are for, with
`MATCHED`. As a grid gets finer, differences of neighbours shrink, and their sum stays; sums over
places grow with their number."""

_CELL = 4
"""The side, in pixels, of the cells that `BELIEF_SIGMA` is for. Where it is longer, what the
network believes changes by less from pixel to pixel, but no less from thing to thing."""

_DIAGONAL = 0.5
"""What neighbours at a corner weigh beside those at a side: they are √2 as far away."""

_LEAST = 1e-12
"""Neighbours weigh at least this. It is nothing beside ε, and what is smaller still would make
numbers so small that processors take a hundred times as long over them."""


@dataclass(frozen=True, eq=False)
class SpreadHints:
    """Hints of a picture, and what becomes of them once they are spread.

    residual: (2, h, w), as `spread` returns it. reach: (h, w) in [0, 1], the share of a hint that
    comes to each place.
    """

    hints: HintMap
    residual: torch.Tensor
    reach: torch.Tensor

    @property
    def nbytes(self) -> int:
        """The bytes that it takes."""
        return self.hints.nbytes + self.residual.nbytes + self.reach.nbytes


def spread_hints(
    luma: torch.Tensor, probabilities: torch.Tensor, automatic: torch.Tensor, hints: HintMap
) -> SpreadHints:
    """Return hints with what `spread`, which takes the same, makes of them."""
    # A third plane, of which the hints say 1 over an automatic 0, tells how far they come.
    ones = torch.ones_like(luma)[None]

    def with_ones(given: HintMap) -> HintMap:
        limits = given.limits and replace(given.limits, free=with_ones(given.limits.free))
        return replace(given, chroma=torch.cat([given.chroma, ones]), limits=limits)

    told = with_ones(hints)
    added = spread(luma, probabilities, torch.cat([automatic, 0 * ones]), told)
    return SpreadHints(hints, added[:2], added[2].clamp(0, 1))


def spread(
    luma: torch.Tensor, probabilities: torch.Tensor, automatic: torch.Tensor, hints: HintMap
) -> torch.Tensor:
    """Return the residual R, (2, h, w) float32: what hints add to the automatic chroma.

    Hints that have a limit count within their `window` W only: with R of all hints and R° of those
    without limits, as if there were no others, it is W R + (1 - W) R°.

    Args:
        luma: (h, w) in [0, 1].
        probabilities: (n, h', w'), those of the picture's cells, interpolated where they are fewer.
        automatic: Û, (2, h, w) in [-0.5, 0.5].
        hints: of that size. Where no weight is above 0, the residual is 0.
    """
    added = _spread(luma, probabilities, automatic, hints)
    if hints.limits is None:
        return added
    inside, free = window(hints.limits.far), hints.limits.free
    if not free.weight.any():
        return inside * added
    beyond = _spread(luma, probabilities, automatic, free)
    return beyond + inside * (added - beyond)


def _spread(
    luma: torch.Tensor, probabilities: torch.Tensor, automatic: torch.Tensor, hints: HintMap
) -> torch.Tensor:
    """Return the residual R of hints, whatever their limits; as `spread`.

    The residual is the least of

        Σ_rs g_rs (R(r) - R(s) + c_rs (Û(r) - Û(s)))²
        + Σ_r k(r) (R(r) - a(r) (H(r) - Û(r)))² + Σ_r ε(r) R(r)²,

    the first sum over the pairs of pixels that touch, H the hints' chroma, Û the automatic one. An
    exact hint of weight w is pinned at the share a = w of the way to its color, with k = `EXACT`
    w⁴, so that one that fades lets go of its place to others; a hint that is not exact draws all
    the way, a = 1, with k = b `MATCHED` w. ε draws back to the automatic color:

        ε(r) = b `RETURN` v(r) max(α(r), 1 / n²)

    of n exact hints; v tells how unlike they are (`unlike_named`) and α how far away (`_apart`). So
    the more of the picture is named, the less the automatic color needs its place, but it keeps it
    on things that are far or unlike.

    c is the share of the differences of Û that goes, for most of them are the network's doubts
    about one thing. c(r) = γ ρ(r), with the γ of `calm`, where ρ is what R would be if exact hints
    said 1 over an automatic 0, without c: how much of them comes to r. c_rs is the mean of c at
    both ends times √g_rs, without the half at a corner, so that things that are unlike keep their
    difference. Without exact hints ε is b `RETURN_MATCHED` and c is 0. b is `_AREA`, or of what is
    not exact `_CELLS`, over the number of pixels, so that on a finer grid hints reach as far in
    shares of the picture.

    What colors add that the network did not expect stays near: of R the part (1 - n) R' goes, where
    R' is what R would be without c if only

        1 - exp(-|H - Û|² / 2ς²)

    of what each exact hint adds were asked for. n = m² / (m² + (1 - m)²), where m is what R would
    be, without c and with an ε of b `RETURN_NEAR` v α, if exact hints of whatever weight said 1
    over an automatic 0: at a hint it is 1. So hardly anything goes on what is alike all the way
    from a hint, and hardly anything comes through what holds m back.

    As in Levin, Lischinski and Weiss 2004, "Colorization using Optimization", neighbours are alike
    where their lumas are; here also where the network believes the same of them, by the Hellinger
    distance of its distributions:

        g_rs = exp(-e_rs / 2σ² - f² |√p(r) - √p(s)|² / 2τ²),  half of that at a corner,
        e_rs = d² + a max(0, d D - d²),  d = Y(s) - Y(r),  D = Y(s') - Y(r'),

    where r' and s' lie beyond r and s on the line through both; f is the side of a cell over
    `_CELL`, at least 1, and τ is `BELIEF_MANY` + (`BELIEF_SIGMA` - `BELIEF_MANY`) / max(1, n). On
    one smooth edge, d D is larger than d²: shrunk pictures show most edges as two steps or three,
    which each alone would hold back too little. Between many places that matters less than what it
    costs on textures: a is twice the mean over the picture of how far places are (`_apart`), or 1.
    So hints move what the network thought of a thing, and stop where it sees another one.

    Hints that are whole do not spread: R is a (H - Û).

    The equations are solved directly: on photographs as uneven as these, conjugate gradients need
    a thousand steps, and with a multigrid before them a hundred.
    """
    if hints.is_whole:
        return hints.weight * (hints.chroma - automatic)
    roots = F.interpolate(probabilities.sqrt()[None], size=luma.shape, mode="bilinear")[0]
    weight, place, cell = hints.weight.double(), _AREA / luma.numel(), _CELLS / luma.numel()
    pull = torch.where(hints.exact, EXACT * weight**4, cell * MATCHED * weight)
    way = torch.where(hints.exact, weight, 1.0)
    target = pull * way * (hints.chroma - automatic).double()
    named = hints.exact & (weight > 0)
    apart = _apart(named)
    returns, count = torch.full_like(apart, cell * RETURN_MATCHED), 0
    if named.any():
        unlike, count = unlike_named(luma, probabilities.sqrt(), roots, named)
        returns = place * RETURN * unlike * apart.clamp(min=count**-2)
    smooth_edges = min(1.0, 2 * float(apart.mean()))
    finer = max(1.0, luma.shape[1] / (_CELL * probabilities.shape[2]))
    believed = finer / (BELIEF_MANY + (BELIEF_SIGMA - BELIEF_MANY) / max(1, count)) * roots
    stencil = _stencil(luma.numpy(), believed.numpy(), (pull + returns).numpy(), smooth_edges)
    equations, right = Equations(stencil), target.numpy()
    if not named.any():
        return torch.from_numpy(equations.solve(right).astype(np.float32))
    reach = equations.solve((pull * way * named).numpy()[None])[0]
    most = calm(torch.cat([roots, luma[None]]), automatic[:2], hints, named)
    right = right - _calmed(stencil, automatic.double().numpy(), most * reach)
    stencil[OFFSETS.index((0, 0))] += (place * RETURN_NEAR * unlike * apart - returns).numpy()
    comes = Equations(stencil).solve((pull * named).numpy()[None])[0].clip(0, 1)
    near = comes**2 / (comes**2 + (1 - comes) ** 2)
    away = (hints.chroma - automatic)[:2].double().square().sum(0)
    surprising = target * named * (1 - (-away / (2 * SURPRISE**2)).exp())
    added, local = equations.solve(np.concatenate([right, surprising.numpy()])).reshape(
        2, *right.shape
    )
    return torch.from_numpy((added - (1 - near) * local).astype(np.float32))


def _apart(named: torch.Tensor) -> torch.Tensor:
    """Return min(π d² / A, 1), (h, w) float64, of the distance d from the nearest named pixel.

    A: the number of pixels. Among n places all over the picture it is 1 / n in the mean; where all
    are on one thing, it is 1 elsewhere, however many they are. named: (h, w) bool; without any it
    is 1.
    """
    if not named.any():
        return torch.ones(named.shape, dtype=torch.double)
    away = cv2.distanceTransform(
        (~named).numpy().astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
    )
    return torch.from_numpy(away).double().square().mul(np.pi / away.size).clamp(max=1)


def _ends(
    pair: tuple[int, int], shape: tuple[int, ...]
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return where the first and the second pixels of such pairs lie in a picture (h, w)."""
    (down, across), (height, width) = pair, shape
    return (
        (slice(height - down), slice(max(0, -across), width - max(0, across))),
        (slice(down, None), slice(max(0, across), width + min(0, across))),
    )


def _calmed(stencil: np.ndarray, automatic: np.ndarray, goes: np.ndarray) -> np.ndarray:
    """Return Σ_s g_rs c_rs (Û(r) - Û(s)) of each pixel r, (n, h, w), with the c_rs of `_spread`.

    Args:
        stencil: (9, h, w), as `_stencil` gives it.
        automatic: Û, (n, h, w).
        goes: c, (h, w).
    """
    total = np.zeros_like(automatic)
    for pair in _PAIRS:
        first, second = _ends(pair, goes.shape)
        alike = -stencil[OFFSETS.index(pair), *first]
        one_thing = np.sqrt(alike / (_DIAGONAL if all(pair) else 1))
        share = alike * one_thing * (goes[first] + goes[second]) / 2
        change = share * (automatic[:, *first] - automatic[:, *second])
        total[:, *first] += change
        total[:, *second] -= change
    return total


def _stencil(
    luma: np.ndarray, roots: np.ndarray, diagonal: np.ndarray, smooth_edges: float
) -> np.ndarray:
    """Return what pixels weigh in each other's equations, (9, h, w), as `solve` takes it.

    Args:
        luma: (h, w).
        roots: (n, h, w), of probabilities, times f / τ.
        diagonal: (h, w), what pixels weigh beside their neighbours.
        smooth_edges: the a of `spread`, in [0, 1].
    """
    height, width = luma.shape
    around = np.pad(luma, 1, mode="edge")
    stencil = np.zeros((len(OFFSETS), height, width))
    own = stencil[OFFSETS.index((0, 0))]
    own += diagonal
    for down, across in _PAIRS:
        first, second = _ends((down, across), luma.shape)
        step = luma[second] - luma[first]
        beyond, before = (
            around[1 + way * down :, 1 + way * across :][:height, :width] for way in (1, -1)
        )
        slope = beyond[second] - before[first]
        edge = step * step + smooth_edges * np.maximum(0, step * (slope - step))
        believed = np.square(roots[:, *first] - roots[:, *second]).sum(0)
        alike = np.exp(-edge / (2 * LUMA_SIGMA**2) - believed / 2)
        alike = ((_DIAGONAL if down and across else 1) * alike.astype(float)).clip(_LEAST)
        stencil[OFFSETS.index((down, across)), *first] = -alike
        stencil[OFFSETS.index((-down, -across)), *second] = -alike
        own[first] += alike
        own[second] += alike
    return stencil
