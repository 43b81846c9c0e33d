"""Hint maps as bytes, and back."""

from dataclasses import replace

import pytest
import torch

from vidcolor.hints.packed import pack, unpack
from vidcolor.net.hints import HintMap, Limits

SHAPE = (37, 53)


def a_map(share: float) -> HintMap:
    """Weights at some places, half of them exact."""
    random = torch.Generator().manual_seed(0)
    known = torch.rand(SHAPE, generator=random) < share
    weight = known * torch.rand(SHAPE, generator=random).mul(255).round() / 255
    chroma = torch.rand(2, *SHAPE, generator=random) - 0.5
    return HintMap(chroma, weight, torch.rand(SHAPE, generator=random) < 0.5)


def check(back: HintMap, hints: HintMap) -> None:
    """That one map is the other, but for what 16-bit floats round."""
    known = hints.weight > 0
    assert torch.equal(back.weight, hints.weight)
    assert torch.equal(back.exact[known], hints.exact[known])
    assert not back.exact[~known].any()
    torch.testing.assert_close(back.chroma[:, known], hints.chroma[:, known], atol=2**-13, rtol=0)


@pytest.mark.parametrize("share", [0.0, 0.03, 1.0])
@pytest.mark.parametrize("free", [None, 0.0, 0.5])
def test_what_is_packed_comes_back(share: float, free: float | None) -> None:
    hints = a_map(share)
    if free is not None:
        far = 260 * torch.rand(SHAPE, generator=torch.Generator().manual_seed(1)) - 10
        hints = replace(hints, limits=Limits(far, a_map(free)))
    back = unpack(pack(hints), SHAPE)
    check(back, hints)
    if hints.limits is None:
        assert back.limits is None
        return
    assert back.limits is not None
    check(back.limits.free, hints.limits.free)
    torch.testing.assert_close(back.limits.far, hints.limits.far, atol=0.125, rtol=0)
