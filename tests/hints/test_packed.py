"""Hint maps as bytes, and back."""

from dataclasses import replace

import pytest
import torch

from vidcolor.hints.packed import pack, unpack
from vidcolor.net.hints import HintMap

SHAPE = (37, 53)


def a_map(share: float) -> HintMap:
    """Weights at some places, half of them exact."""
    random = torch.Generator().manual_seed(0)
    known = torch.rand(SHAPE, generator=random) < share
    weight = known * torch.rand(SHAPE, generator=random).mul(255).round() / 255
    chroma = torch.rand(2, *SHAPE, generator=random) - 0.5
    return HintMap(chroma, weight, torch.rand(SHAPE, generator=random) < 0.5)


@pytest.mark.parametrize("share", [0.0, 0.03, 1.0])
@pytest.mark.parametrize("far", [None, 0.0, 250.0])
def test_what_is_packed_comes_back(share: float, far: float | None) -> None:
    hints = a_map(share)
    if far is not None:
        limit = torch.full(SHAPE, torch.inf)
        limit[::2] = far * torch.rand(SHAPE, generator=torch.Generator().manual_seed(1))[::2]
        hints = replace(hints, limit=limit)
    back = unpack(pack(hints), SHAPE)
    known = hints.weight > 0
    assert torch.equal(back.weight, hints.weight)
    assert torch.equal(back.exact[known], hints.exact[known])
    assert not back.exact[~known].any()
    torch.testing.assert_close(back.chroma[:, known], hints.chroma[:, known], atol=2**-13, rtol=0)
    if far is None or not known.any():
        assert back.limit is None
        return
    assert hints.limit is not None
    assert back.limit is not None
    torch.testing.assert_close(back.limit[known], hints.limit[known], atol=0.125, rtol=0)
