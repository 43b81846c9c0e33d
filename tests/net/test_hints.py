"""Maps of hints: how those of many sources become one."""

from dataclasses import replace

import pytest
import torch

from vidcolor.net.hints import HintMap, Rank, combine


def a_map(u: float, weight: list[float], exact: bool = True) -> HintMap:
    """A picture of one line; V is the negative of U."""
    size = (1, len(weight))
    chroma = torch.tensor([u, -u])[:, None, None].expand(2, *size).clone()
    return HintMap(chroma, torch.tensor([weight]), torch.full(size, exact))


def test_of_no_map_there_is_none_and_one_is_itself() -> None:
    only = a_map(0.2, [0.0, 0.5])
    assert combine([]) is None
    assert combine([(Rank.CARRIED, only)]) is only


def test_within_a_rank_it_is_the_weighted_mean() -> None:
    made = combine(
        [(Rank.GIVEN, a_map(0.1, [1, 1, 0, 0.25])), (Rank.GIVEN, a_map(-0.3, [0, 0.5, 0, 0.75]))]
    )
    assert made is not None
    expected = [0.1, (0.1 - 0.15) / 1.5, 0.0, (0.025 - 0.225) / 1]
    assert made.chroma[0, 0].tolist() == pytest.approx(expected)
    assert made.chroma[1, 0].tolist() == pytest.approx([-u for u in expected])
    assert made.weight[0].tolist() == [1, 1, 0, 0.75]


def test_a_rank_leaves_to_those_behind_it_what_its_weight_lacks() -> None:
    """Whatever order they are named in."""
    given, carried = a_map(0.2, [1, 0.25, 0, 0]), a_map(-0.2, [1, 1, 0.5, 0])
    for pairs in (
        [(Rank.GIVEN, given), (Rank.CARRIED, carried)],
        [(Rank.CARRIED, carried), (Rank.GIVEN, given)],
    ):
        made = combine(pairs)
        assert made is not None
        assert made.chroma[0, 0].tolist() == pytest.approx([0.2, -0.1, -0.2, 0])
        assert made.weight[0].tolist() == [1, 1, 0.5, 0]


def test_three_ranks_lie_one_over_the_other() -> None:
    made = combine(
        [
            (Rank.MATCHED, a_map(0.4, [1], exact=False)),
            (Rank.GIVEN, a_map(0.1, [0.5])),
            (Rank.CARRIED, a_map(0.2, [0.5])),
        ]
    )
    assert made is not None
    assert made.chroma[0, 0, 0] == pytest.approx(0.5 * 0.1 + 0.25 * 0.2 + 0.25 * 0.4)
    assert made.weight[0, 0] == 1


def test_a_place_that_several_tell_of_has_the_widest_limit() -> None:
    """A hint of no weight limits nothing; one that has no limit goes everywhere."""
    near = replace(a_map(0.1, [1.0, 1, 0, 1]), limit=torch.tensor([[2.0, 2.0, 9.0, 2.0]]))
    far = replace(a_map(0.1, [1.0, 0, 1, 0]), limit=torch.tensor([[5.0, 5.0, 5.0, 5.0]]))
    without = a_map(0.1, [0.0, 0, 0, 1])
    made = combine([(Rank.GIVEN, near), (Rank.GIVEN, far), (Rank.GIVEN, without)])
    assert made is not None
    assert made.limit is not None
    assert made.limit[0].tolist() == [5, 2, 5, torch.inf]


def test_the_limit_of_a_lower_rank_counts_where_it_says_something() -> None:
    given = replace(a_map(0.2, [1, 0, 0.5]), limit=torch.tensor([[0.0, 0.0, 3.0]]))
    made = combine([(Rank.CARRIED, a_map(0.1, [1.0, 1, 1])), (Rank.GIVEN, given)])
    assert made is not None
    assert made.limit is not None
    assert made.limit[0].tolist() == [0, torch.inf, 3]


def test_a_place_is_exact_where_the_hint_that_counts_most_is() -> None:
    """A hint of no weight says nothing, and makes nothing exact."""
    made = combine(
        [
            (Rank.GIVEN, a_map(0.1, [1, 0, 0])),
            (Rank.MATCHED, a_map(0.1, [1, 1, 0], exact=False)),
            (Rank.MATCHED, a_map(0.1, [1, 0, 0.5])),
        ]
    )
    assert made is not None
    assert made.exact[0].tolist() == [True, False, True]
