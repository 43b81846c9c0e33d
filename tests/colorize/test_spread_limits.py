"""Hints with a limit: full within it, and beyond it as if they had not been given."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from vidcolor.colorize.spread import spread, spread_hints
from vidcolor.colorize.spread_limits import window
from vidcolor.net.hints import HintMap, Limits

SIZE = (40, 60)
RED, BLUE = (-0.1, 0.3), (0.3, -0.1)


def hints_at(*given: tuple[slice, slice, tuple[float, float], float | None]) -> HintMap:
    """Exact hints: where, of what color, and how far they go at most."""
    made = painted(given)
    limited = [(each[:2], each[3]) for each in given if each[3] is not None]
    if not limited:
        return made
    far = torch.full(SIZE, -1.0)
    for place, limit in limited:
        far[place] = limit
    return replace(made, limits=Limits(far, painted([each for each in given if each[3] is None])))


def painted(given: Sequence[tuple[slice, slice, tuple[float, float], float | None]]) -> HintMap:
    chroma, weight = torch.zeros(2, *SIZE), torch.zeros(SIZE)
    for rows, columns, uv, _ in given:
        chroma[:, rows, columns] = torch.tensor(uv)[:, None, None]
        weight[rows, columns] = 1
    return HintMap(chroma, weight, weight > 0)


def spread_over_a_flat_picture(hints: HintMap) -> torch.Tensor:
    """Where nothing but their limits ends them."""
    belief = torch.tensor([0.7, 0.2, 0.1])[:, None, None].expand(3, 10, 15)
    return spread(torch.full(SIZE, 0.5), belief, torch.zeros(2, *SIZE), hints)


@pytest.mark.parametrize("limits", [(0.0,), (7.0,), (3.0, 0.0, 12.4)])
def test_the_window_is_the_most_that_the_formula_gives(limits: tuple[float, ...]) -> None:
    """Place by place and hint by hint; limits are rounded by at most 5 %."""
    random = np.random.default_rng(0)
    far = np.where(random.random(SIZE) < 0.01, random.choice(limits, SIZE), -1).astype(np.float32)
    made = window(torch.from_numpy(far))
    hinted = np.argwhere(far >= 0)
    assert len(hinted) > 5
    for place in np.ndindex(*SIZE):
        shares = [0.0]
        for there in hinted:
            limit = 2 ** (round(8 * np.log2(1 + far[tuple(there)])) / 8) - 1
            assert 0.95 < (1 + limit) / (1 + far[tuple(there)]) < 1.05
            shares.append((limit + 1 - np.hypot(*(place - there))) / (limit / 4 + 1))
        assert float(made[place]) == pytest.approx(min(1, max(shares)), abs=1e-5)


def test_within_its_limit_a_color_is_what_it_would_be_without_and_beyond_there_is_none() -> None:
    spot = slice(18, 22), slice(28, 32), RED
    limited = spread_over_a_flat_picture(hints_at((*spot, 8.0)))
    free = spread_over_a_flat_picture(replace(hints_at((*spot, 8.0)), limits=None))
    assert torch.equal(limited[:, 14:26, 24:36], free[:, 14:26, 24:36])
    assert limited[1, 20, 30] == pytest.approx(0.3, abs=1e-3)
    assert free[1, 20, 5] > 0.2
    assert not limited[:, :, :19].any()
    assert not limited[:, :, 41:].any()


def test_with_a_limit_of_nothing_it_is_where_it_was_given_alone() -> None:
    area = slice(10, 30), slice(15, 40)
    made = spread_over_a_flat_picture(hints_at((*area, RED, 0.0)))
    assert (made[:, area[0], area[1]] - torch.tensor(RED)[:, None, None]).abs().max() < 1e-3
    outside = torch.ones(SIZE, dtype=torch.bool)
    outside[area] = False
    assert not made[:, outside].any()


def test_beyond_its_limit_others_are_as_if_it_were_not_there() -> None:
    """Bit for bit; within it both are kept."""
    spot, other = (slice(18, 22), slice(8, 12)), (slice(18, 22), slice(45, 49))
    both = hints_at((*spot, RED, 4.0), (*other, BLUE, None))
    made = spread_over_a_flat_picture(both)
    alone = spread_over_a_flat_picture(hints_at((*other, BLUE, None)))
    assert torch.equal(made[:, :, 20:], alone[:, :, 20:])
    assert made[1, 20, 10] == pytest.approx(0.3, abs=1e-3)
    assert made[0, 20, 47] == pytest.approx(0.3, abs=1e-3)


def test_suggestions_are_told_that_it_comes_no_farther() -> None:
    belief = torch.tensor([0.7, 0.2, 0.1])[:, None, None].expand(3, 10, 15)
    hints = hints_at((slice(18, 22), slice(28, 32), RED, 8.0))
    told = spread_hints(torch.full(SIZE, 0.5), belief, torch.zeros(2, *SIZE), hints)
    assert told.reach[20, 30] > 0.99
    assert not told.reach[:, :19].any()
