"""Unrest: the spread of chroma in flat squares, against one worked out square by square."""

import numpy as np
import pytest
import torch

from vidcolor.color.unrest import spreads


def test_it_is_the_definition_square_by_square() -> None:
    """At a long side of 192 nothing is resized."""
    random = np.random.default_rng(0)
    luma = 0.5 + np.linspace(0.001, 0.05, 192) * random.standard_normal((108, 192))
    pictures = 0.1 * random.standard_normal((2, 2, 108, 192))
    expected: list[list[float]] = [[], []]
    for top in range(0, 108 - 31, 16):
        for left in range(0, 192 - 31, 16):
            square = np.s_[..., top : top + 32, left : left + 32]
            if 255 * luma[square].std() < 6:
                for every, uv in zip(expected, pictures, strict=True):
                    every.append(255 * np.sqrt(uv[square].var((1, 2)).sum()))
    assert 10 < len(expected[0]) < 45
    made = spreads(*(torch.from_numpy(planes).float() for planes in (luma, *pictures)))
    for given, wanted in zip(made, expected, strict=True):
        assert given == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("size", [(270, 480), (54, 96)])
def test_other_sizes_are_brought_to_that_one(size: tuple[int, int]) -> None:
    """A gradient of chroma has the same spread in all of them."""
    across = torch.linspace(-0.2, 0.2, size[1]).expand(2, *size)
    (made,) = spreads(torch.full(size, 0.5), across)
    assert len(made) == 5 * 11
    assert made == pytest.approx([255 * 0.4 * 32 / 192 / 6**0.5] * 55, rel=0.05)


def test_where_no_square_is_flat_or_fits_there_is_none() -> None:
    noise = torch.rand(108, 192, generator=torch.Generator().manual_seed(0))
    assert spreads(noise, torch.zeros(2, 108, 192), torch.zeros(2, 108, 192)) == [[], []]
    assert spreads(torch.zeros(20, 192), torch.zeros(2, 20, 192)) == [[]]
