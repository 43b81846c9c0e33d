"""Maps of hints: how those of many sources become one."""

from dataclasses import replace

import pytest
import torch

from vidcolor.net.hints import HintMap, Limits, Rank, combine


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


def limited(u: float, weight: list[float], far: list[float], free: HintMap) -> HintMap:
    """A map of which all that `free` lacks has limits."""
    return replace(a_map(u, weight), limits=Limits(torch.tensor([far]), free))


def test_what_has_no_limit_is_combined_as_if_there_were_no_more() -> None:
    """However faint one or the other is; the farther limit of two at one place counts."""
    nothing, free = a_map(0.0, [0.0, 0.0]), a_map(0.3, [0.05, 0.5])
    one = limited(0.1, [1.0, 0.02], [2.0, 5.0], nothing)
    other = limited(0.2, [1.0, 0.02], [7.0, -1.0], a_map(-0.1, [0.0, 0.02]))
    for maps in (
        [(Rank.CARRIED, one), (Rank.CARRIED, free), (Rank.GIVEN, other)],
        [(Rank.GIVEN, other), (Rank.CARRIED, free), (Rank.CARRIED, one)],
    ):
        made = combine(maps)
        assert made is not None
        assert made.limits is not None
        assert made.limits.far[0].tolist() == [7, 5]
        bare = [(rank, replace(each, limits=None)) for rank, each in maps]
        whole = combine(bare)
        own = [(rank, each.limits.free if each.limits else each) for rank, each in maps]
        alone = combine(own)
        assert whole is not None
        assert alone is not None
        for found, expected in ((made, whole), (made.limits.free, alone)):
            assert torch.equal(found.chroma, expected.chroma)
            assert torch.equal(found.weight, expected.weight)
            assert torch.equal(found.exact, expected.exact)


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
