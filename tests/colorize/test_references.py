"""What reference pictures tell of a picture's colors."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from vidcolor.colorize.references import Reference, matched, sureness


def _reference(seed: int = 1, strength: float = 1.0) -> Reference:
    generator = torch.Generator().manual_seed(seed)
    features = F.normalize(torch.randn(64, 6, 8, generator=generator), dim=0)
    luma = torch.rand(6, 8, generator=generator) * 0.5 + 0.2
    chroma = torch.rand(2, 6, 8, generator=generator) * 0.4 - 0.2
    return Reference(features, luma, chroma, torch.ones_like(luma), strength)


def test_the_picture_itself_gives_its_own_colors() -> None:
    reference = _reference()
    hints = matched(reference.features, reference.luma, [reference])
    assert hints.weight.min() > 0.99
    assert torch.allclose(hints.chroma, reference.chroma, atol=1e-6)
    assert not hints.exact.any()


@pytest.mark.parametrize("exposure", [0.5, 1.5])
def test_a_darker_or_brighter_picture_gets_so_much_less_or_more_chroma(exposure: float) -> None:
    reference = _reference()
    hints = matched(reference.features, reference.luma * exposure, [reference])
    assert torch.allclose(hints.chroma, reference.chroma * exposure, atol=1e-6)


@pytest.mark.parametrize("exposure", [0.5, 1.5])
def test_what_is_lent_is_as_bright_as_the_picture_whatever_the_reference(exposure: float) -> None:
    reference = _reference()
    darker = replace(reference, luma=0.6 * reference.luma, chroma=0.6 * reference.chroma)
    for references in ([reference], [darker], [reference, darker]):
        lent = matched(reference.features, reference.luma * exposure, references)
        assert lent.brightness == pytest.approx(exposure * float(reference.luma.mean()), rel=1e-5)


def test_what_is_not_known_of_a_reference_weighs_nothing() -> None:
    reference = _reference()
    known = torch.ones_like(reference.luma)
    known[:, :4] = 0
    lent = matched(reference.features, reference.luma, [replace(reference, known=known)])
    assert not lent.weight[:, :4].any()
    assert lent.weight[:, 4:].min() > 0.99


def test_another_picture_is_not_believed() -> None:
    assert sureness(_reference(2).features, _reference()) < 0.01
    assert sureness(_reference().features, _reference()) > 0.99


def test_a_wrong_reference_beside_the_right_one_changes_nothing() -> None:
    right, wrong = _reference(), _reference(2)
    alone = matched(right.features, right.luma, [right])
    both = matched(right.features, right.luma, [wrong, right])
    assert torch.allclose(both.chroma, alone.chroma, atol=1e-5)
    assert torch.equal(both.weight, alone.weight)


def test_each_place_takes_the_reference_that_shows_it() -> None:
    left, right = _reference(1), _reference(2)
    features = torch.cat([left.features[..., :4], right.features[..., 4:]], 2)
    luma = torch.cat([left.luma[..., :4], right.luma[..., 4:]], 1)
    hints = matched(features, luma, [left, right])
    assert torch.allclose(hints.chroma[..., :4], left.chroma[..., :4], atol=2e-3)
    assert torch.allclose(hints.chroma[..., 4:], right.chroma[..., 4:], atol=2e-3)


def test_strength_is_the_most_that_a_reference_weighs() -> None:
    reference = _reference(strength=0.25)
    assert matched(reference.features, reference.luma, [reference]).weight.max() <= 0.25
