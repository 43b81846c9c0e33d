"""Hints spread over a picture: the formula, where they stop, and that they are obeyed."""

import numpy as np
import pytest
import torch
from scipy.special import logit
from skimage.measure import label

from vidcolor.colorize.named_places import CALM, DOUBT, UNLIKE
from vidcolor.colorize.spread import (
    BELIEF_MANY,
    BELIEF_SIGMA,
    EXACT,
    LUMA_SIGMA,
    MATCHED,
    RETURN,
    RETURN_MATCHED,
    RETURN_NEAR,
    SURPRISE,
    spread,
)
from vidcolor.net.hints import HintMap

CODE = 1 / 255


def no_hints(height: int, width: int) -> HintMap:
    """To be filled in."""
    size = (height, width)
    return HintMap(torch.zeros(2, *size), torch.zeros(size), torch.zeros(size, dtype=torch.bool))


def give(hints: HintMap, rows: slice, columns: slice, uv: tuple[float, float]) -> None:
    """Make part of the picture have a color."""
    hints.chroma[:, rows, columns] = torch.tensor(uv)[:, None, None]
    hints.weight[rows, columns] = 1
    hints.exact[rows, columns] = True


def even_belief(height: int, width: int) -> torch.Tensor:
    """The network thinks the same of every cell."""
    return torch.tensor([0.7, 0.2, 0.1])[:, None, None].expand(3, height, width)


def apart(named: np.ndarray) -> np.ndarray:
    """How far each place is from those named, as a share of the picture, at most 1."""
    if not named.any():
        return np.ones(named.shape)
    places = np.argwhere(named)
    away = [min(np.hypot(*(place - at)) for place in places) for at in np.ndindex(*named.shape)]
    return np.minimum(np.pi * np.square(away) / named.size, 1).reshape(named.shape)


def unlike(luma: np.ndarray, probabilities: np.ndarray, named: np.ndarray) -> np.ndarray:
    """How unlike each place is to those named, (h, w), 1 to 300; cells are pixels."""
    parts = label(named, connectivity=2)
    features = np.concatenate([np.sqrt(probabilities), luma[None]]) / UNLIKE
    means = [features[:, parts == part].mean(1) for part in range(1, parts.max() + 1)]
    found = np.ones(luma.shape)
    for y, x in np.ndindex(*luma.shape):
        if means:
            away = min(((features[:, y, x] - mean) ** 2).sum() for mean in means)
            found[y, x] = min(np.exp(away / 2), 300)
    return found


def slope(
    luma: np.ndarray, probabilities: np.ndarray, automatic: np.ndarray, hints: HintMap
) -> float:
    """How hints differ where the automatic color does, at places that are alike; cells are
    pixels."""
    parts = label(hints.exact.numpy() & (hints.weight.numpy() > 0), connectivity=2)
    planes = np.concatenate([np.sqrt(probabilities), luma[None]]) / UNLIKE
    planes = np.concatenate([planes, hints.weight.numpy()[None], automatic, hints.chroma.numpy()])
    places = [planes[:, parts == part].mean(1) for part in range(1, parts.max() + 1)]
    above, below = DOUBT * (1 - CALM), DOUBT
    for i, place in enumerate(places):
        others = [other for j, other in enumerate(places) if j != i]
        if others:
            other = min(others, key=lambda each: np.square(place - each)[:-5].sum())
            apart = np.square(place - other)[:-5].sum()
            weight = np.exp(-apart / 2) * place[-5] * other[-5]
            above += weight * (place[-4:-2] - other[-4:-2]) @ (place[-2:] - other[-2:])
            below += weight * np.square(place[-4:-2] - other[-4:-2]).sum()
    return float(np.clip(above / below, 0, 1))


def least(
    luma: np.ndarray, probabilities: np.ndarray, automatic: np.ndarray, hints: HintMap
) -> np.ndarray:
    """The residual (2, h, w), pair by pair and by a dense solver; cells are pixels."""
    height, width = luma.shape
    weight, exact = hints.weight.double().numpy(), hints.exact.numpy()
    finer = height * width / (192 * 128)
    pull = np.where(exact, EXACT * weight**4, MATCHED * weight * 48 * 27 / (height * width))
    way = np.where(exact, weight, 1)
    named = exact & (weight > 0)
    far, count = apart(named), max(1, label(named, connectivity=2).max())
    returns = np.full((height, width), RETURN_MATCHED * 48 * 27 / (height * width))
    if named.any():
        kept = np.maximum(far, 1 / count**2)
        returns = RETURN / finer * unlike(luma, probabilities, named) * kept
    matrix = np.diag((pull + returns).ravel())
    asked = (pull * way * (hints.chroma.double().numpy() - automatic)).reshape(2, -1)
    alike, tau = [], BELIEF_MANY + (BELIEF_SIGMA - BELIEF_MANY) / count
    smooth_edges = min(1, 2 * apart(named).mean())
    for y, x in np.ndindex(height, width):
        for below, right in ((y + 1, x), (y, x + 1), (y + 1, x + 1), (y + 1, x - 1)):
            if below < height and 0 <= right < width:
                r, s = y * width + x, below * width + right
                believed = np.sqrt(probabilities[:, y, x]) - np.sqrt(probabilities[:, below, right])
                step = luma[below, right] - luma[y, x]
                ends = (2 * below - y, 2 * right - x), (2 * y - below, 2 * x - right)
                beyond, before = (
                    luma[min(max(row, 0), height - 1), min(max(column, 0), width - 1)]
                    for row, column in ends
                )
                edge = step**2 + smooth_edges * max(0, step * (beyond - before - step))
                g = np.exp(-edge / (2 * LUMA_SIGMA**2) - (believed**2).sum() / (2 * tau**2))
                g *= 0.5 if below > y and right != x else 1
                matrix[[r, s], [r, s]] += g
                matrix[[r, s], [s, r]] -= g
                alike.append((r, s, g, np.sqrt(2 * g if below > y and right != x else g)))
    if not named.any():
        return np.linalg.solve(matrix, asked.T).T.reshape(2, height, width)
    calms = 1 - slope(luma, probabilities, automatic, hints)
    calm = calms * np.linalg.solve(matrix, (pull * way * named).ravel())
    for r, s, g, one_thing in alike:
        change = automatic.reshape(2, -1)[:, r] - automatic.reshape(2, -1)[:, s]
        goes = g * one_thing * change * (calm[r] + calm[s]) / 2
        asked[:, r] -= goes
        asked[:, s] += goes
    nearer = RETURN_NEAR / finer * unlike(luma, probabilities, named) * far
    near = np.linalg.solve(matrix + np.diag((nearer - returns).ravel()), (pull * named).ravel())
    near = 1 / (1 + np.exp(-2 * logit(np.clip(near, 0, 1))))
    away = ((hints.chroma.double().numpy() - automatic) ** 2).sum(0)
    surprise = named * (1 - np.exp(-away / (2 * SURPRISE**2)))
    local = (pull * way * surprise * (hints.chroma.double().numpy() - automatic)).reshape(2, -1)
    residual = np.linalg.solve(matrix, asked.T).T
    residual -= (1 - near) * np.linalg.solve(matrix, local.T).T
    return residual.reshape(2, height, width)


@pytest.mark.parametrize("size", [(9, 13), (1, 7), (8, 1), (1, 1)])
@pytest.mark.parametrize("share", [0.5, 0.0])
def test_it_is_the_least_of_the_formula(size: tuple[int, int], share: float) -> None:
    """Luma and belief are about as uneven as their σ; some hints, of one weight, are exact."""
    random = np.random.default_rng(0)
    luma = 0.5 + LUMA_SIGMA * random.standard_normal(size)
    logits = np.log([0.5, 0.3, 0.2])[:, None, None] + 0.1 * random.standard_normal((3, *size))
    belief = np.exp(logits) / np.exp(logits).sum(0)
    automatic = random.uniform(-0.2, 0.2, (2, *size))
    exact = random.random(size) < share
    weight = np.where(exact, 0.7, random.random(size)) * (random.random(size) < 0.4)
    hints = HintMap(
        torch.from_numpy(random.uniform(-0.4, 0.4, (2, *size)).astype(np.float32)),
        torch.from_numpy(weight.astype(np.float32)),
        torch.from_numpy(exact),
    )
    luma, belief, automatic = (a.astype(np.float32) for a in (luma, belief, automatic))
    residual = spread(*map(torch.from_numpy, (luma, belief, automatic)), hints).numpy()
    expected = least(*(a.astype(np.float64) for a in (luma, belief, automatic)), hints)
    np.testing.assert_allclose(residual, expected, atol=1e-5)


def test_near_a_hint_the_automatic_color_varies_less() -> None:
    """On what the hint comes to; the less it weighs, the less that is so."""
    luma = torch.full((40, 60), 0.5)
    automatic = 0.1 * torch.randn(2, 40, 60, generator=torch.Generator().manual_seed(0))
    around = []
    for weight in (0.0, 0.5, 1.0):
        hints = no_hints(40, 60)
        give(hints, slice(18, 22), slice(28, 32), (0.1, -0.2))
        hints.weight.mul_(weight)
        colored = automatic + spread(luma, even_belief(10, 15), automatic, hints)
        around.append(float(colored[:, 10:30, 33:43].std((1, 2)).mean()))
    none, half, whole = around
    assert whole == pytest.approx((1 - CALM) * none, rel=0.1)
    assert half == pytest.approx((1 - CALM / 2) * none, rel=0.1)


@pytest.mark.parametrize(("borne_out", "left"), [(1.0, 1.0), (0.0, 0.0)])
def test_hints_tell_whether_the_automatic_color_varies_rightly(
    borne_out: float, left: float
) -> None:
    """Many on one thing, that differ as the automatic color does, or that are all alike."""
    luma = torch.full((40, 60), 0.5)
    automatic = 0.1 * torch.randn(2, 40, 60, generator=torch.Generator().manual_seed(0))
    hints = no_hints(40, 60)
    for y, x in [(y, x) for y in range(2, 38, 6) for x in range(2, 58, 6)]:
        u, v = (borne_out * automatic[:, y, x] + torch.tensor([0.1, -0.2])).tolist()
        give(hints, slice(y, y + 1), slice(x, x + 1), (u, v))
    colored = automatic + spread(luma, even_belief(10, 15), automatic, hints)
    far = [4 + 6 * n for n in range(6)]
    there = colored[:, far][:, :, [4 + 6 * n for n in range(9)]].std((1, 2)).mean()
    assert float(there) / 0.1 == pytest.approx(left, abs=0.3)


def test_what_is_not_expected_stays_near() -> None:
    """Over a weak edge a color near the automatic one goes farther than one far from it; never
    less of the thing itself gets it."""
    luma = torch.full((40, 60), 0.44)
    luma[:, 30:] = 0.56
    automatic, shares = torch.zeros(2, 40, 60), []
    for v in (0.02, 0.3):
        hints = no_hints(40, 60)
        give(hints, slice(18, 22), slice(4, 8), (0, v))
        added = spread(luma, even_belief(10, 15), automatic, hints)[1] / v
        assert added[:, :28].min() > 0.95
        shares.append(float(added[:, 40:].mean()))
    assert shares[0] > 0.2
    assert shares[1] < 0.8 * shares[0]


@pytest.mark.parametrize("exact", [True, False])
def test_on_a_finer_grid_hints_reach_as_far(exact: bool) -> None:
    """Near and far; `--hint-size` changes how small the things are that are told apart."""
    reached = []
    for finer in (1, 2, 4):
        height, width = 48 * finer, 72 * finer
        hints, mark = no_hints(height, width), slice(4 * finer, 8 * finer)
        give(hints, mark, mark, (0.1, 0.3))
        hints.exact.logical_and_(torch.tensor(exact))
        luma, automatic = torch.full((height, width), 0.5), torch.zeros(2, height, width)
        added = spread(luma, even_belief(12, 18), automatic, hints)[1] / 0.3
        reached.append([float(added[6 * finer, x * finer]) for x in (20, 40, 70)])
    np.testing.assert_allclose(reached[1:], [reached[0]] * 2, atol=0.02)
    assert reached[0][0] > reached[0][-1] + 0.05


def test_without_weight_there_is_no_residual() -> None:
    hints = no_hints(12, 16)
    hints.chroma[:] = 0.3
    luma = torch.rand(12, 16, generator=torch.Generator().manual_seed(0))
    assert not spread(luma, even_belief(3, 4), torch.full((2, 12, 16), 0.1), hints).any()


def test_exact_hints_come_back() -> None:
    """Within half a code, over a picture with texture and an automatic color that varies."""
    random = torch.Generator().manual_seed(0)
    luma = (0.5 + 0.1 * torch.randn(96, 128, generator=random)).clamp(0, 1)
    automatic = 0.1 * torch.randn(2, 96, 128, generator=random)
    hints = no_hints(96, 128)
    for place in range(20):
        y, x = 18 * (place // 5) + 4, 24 * (place % 5) + 6
        uv = 0.6 * torch.rand(2, generator=random) - 0.3
        give(hints, slice(y, y + 5), slice(x, x + 5), tuple(uv.tolist()))
    colored = automatic + spread(luma, even_belief(24, 32), automatic, hints)
    assert (colored - hints.chroma)[:, hints.exact].abs().max() < 0.5 * CODE


def test_of_half_the_strength_it_is_half_the_way() -> None:
    luma = torch.full((20, 30), 0.5)
    automatic = torch.full((2, 20, 30), 0.1)
    hints = no_hints(20, 30)
    give(hints, slice(3, 6), slice(4, 7), (-0.1, 0.3))
    whole = spread(luma, even_belief(5, 8), automatic, hints)
    hints.weight.mul_(0.5)
    np.testing.assert_allclose(
        spread(luma, even_belief(5, 8), automatic, hints), 0.5 * whole, atol=1e-4
    )


@pytest.mark.parametrize(("uv", "least"), [((0.02, -0.04), 0.94), ((0.1, -0.2), 0.75)])
def test_one_hint_colors_all_that_is_alike(uv: tuple[float, float], least: float) -> None:
    """From one corner to the other; one that is not expected loses a little of its color."""
    hints = no_hints(48, 72)
    give(hints, slice(3, 6), slice(4, 7), uv)
    luma, automatic = torch.full((48, 72), 0.5), torch.zeros(2, 48, 72)
    added = spread(luma, even_belief(12, 18), automatic, hints) / torch.tensor(uv)[:, None, None]
    assert least < added.min() < added[:, :24, :36].mean()
    assert added[:, :24, :36].min() > 0.9
    assert added.max() < 1.01


def test_it_stops_at_an_edge_of_luma() -> None:
    """One red point in the left half: the right half keeps its color within two codes."""
    luma = torch.full((108, 192), 0.4)
    luma[:, 96:] = 0.6
    hints = no_hints(108, 192)
    give(hints, slice(50, 55), slice(40, 45), (-0.1, 0.4))
    residual = spread(luma, even_belief(27, 48), torch.zeros(2, 108, 192), hints)
    assert residual[1, :, :90].min() > 0.2
    assert residual[:, :, 96:].abs().max() < 2 * CODE


def test_it_stops_where_the_network_sees_another_thing() -> None:
    """In luma that is all alike."""
    belief = torch.tensor([0.9, 0.05, 0.05])[:, None, None].repeat(1, 27, 48)
    belief[:, :, 24:] = torch.tensor([0.05, 0.05, 0.9])[:, None, None]
    hints = no_hints(108, 192)
    give(hints, slice(50, 55), slice(40, 45), (-0.1, 0.4))
    luma, automatic = torch.full((108, 192), 0.5), torch.zeros(2, 108, 192)
    residual = spread(luma, belief, automatic, hints)
    assert residual[1, :, :90].min() > 0.2
    assert residual[:, :, 102:].abs().max() < 2 * CODE
    everywhere = spread(luma, even_belief(27, 48), automatic, hints)
    assert everywhere[1, :, 102:].min() > 0.2


def test_on_a_finer_grid_it_stops_there_as_well() -> None:
    """The same cells, of which pixels are a third as wide, and luma that is all alike."""
    belief = torch.tensor([0.6, 0.3, 0.1])[:, None, None].repeat(1, 12, 18)
    belief[:, :, 9:] = torch.tensor([0.3, 0.5, 0.2])[:, None, None]
    come = []
    for finer in (1, 3):
        hints, mark = no_hints(48 * finer, 72 * finer), slice(4 * finer, 8 * finer)
        give(hints, mark, mark, (-0.1, 0.4))
        luma = torch.full(hints.weight.shape, 0.5)
        added = spread(luma, belief, torch.zeros(2, *luma.shape), hints)[1] / 0.4
        come.append(float(added[:, 44 * finer :].mean()))
    assert come[0] < 0.5
    assert come[1] == pytest.approx(come[0], abs=0.1)


def test_two_colors_that_touch_in_one_flat_square_are_both_kept() -> None:
    hints = no_hints(64, 64)
    green, pink = (-0.2, -0.25), (0.1, 0.25)
    give(hints, slice(29, 34), slice(27, 32), green)
    give(hints, slice(29, 34), slice(32, 37), pink)
    residual = spread(torch.full((64, 64), 0.5), even_belief(16, 16), torch.zeros(2, 64, 64), hints)
    assert (residual - hints.chroma)[:, hints.exact].abs().max() < 0.5 * CODE
    assert residual[1, :, :27].max() < 0 < residual[1, :, 37:].min()


def test_it_turns_with_the_picture() -> None:
    random = torch.Generator().manual_seed(0)
    luma = 0.5 + 0.05 * torch.randn(16, 24, generator=random)
    belief = torch.randn(5, 4, 6, generator=random).mul(0.1).softmax(0)
    automatic = 0.1 * torch.randn(2, 16, 24, generator=random)
    hints = no_hints(16, 24)
    give(hints, slice(2, 5), slice(15, 18), (0.2, 0.3))
    turned = HintMap(
        *(torch.rot90(p, 1, (-2, -1)) for p in (hints.chroma, hints.weight, hints.exact))
    )
    planes = (torch.rot90(plane, 1, (-2, -1)) for plane in (luma, belief, automatic))
    np.testing.assert_allclose(
        torch.rot90(spread(*planes, turned), -1, (-2, -1)),
        spread(luma, belief, automatic, hints),
        atol=1e-6,
    )
