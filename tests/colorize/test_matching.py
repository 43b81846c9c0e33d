"""Dense matching against a search place by place."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from vidcolor.colorize import matching
from vidcolor.colorize.matching import match


def _features(*shape: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return F.normalize(torch.randn(*shape, generator=generator), dim=0)


def _slow(features: np.ndarray, others: np.ndarray) -> np.ndarray:
    """For each place the nearest other one, by going through all of them."""
    found = np.empty(features.shape[1:], int)
    for y, x in np.ndindex(*found.shape):
        likeness = np.einsum("c,chw->hw", features[:, y, x], others)
        found[y, x] = int(likeness.argmax())
    return found


@pytest.mark.parametrize("most", [1, 300, 1 << 24])
def test_both_ways_are_those_of_a_search(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(matching, "MOST_PRODUCTS", most)
    one, other = _features(7, 6, 5, seed=1), _features(7, 4, 9, seed=2)
    found = match(one, other)
    there, back = _slow(one.numpy(), other.numpy()), _slow(other.numpy(), one.numpy())
    assert np.array_equal(found.places, there)
    for y, x in np.ndindex(6, 5):
        place = np.unravel_index(there[y, x], (4, 9))
        again = np.unravel_index(back[place], (6, 5))
        assert found.detour[y, x] == pytest.approx(np.hypot(again[0] - y, again[1] - x))
        product = (one[:, y, x] * other[(slice(None), *place)]).sum()
        assert found.likeness[y, x] == pytest.approx(float(product), abs=1e-6)


def test_a_mirrored_picture_is_found_whole() -> None:
    picture = _features(16, 8, 12, seed=3)
    found = match(picture, picture.flip(2))
    assert torch.equal(found.places, torch.arange(8 * 12).reshape(8, 12).flip(1))
    assert not found.detour.any()
