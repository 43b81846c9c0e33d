"""A picture's style on another one: what is whose color, and how much of it."""

import math
from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from vidcolor.colorize import style as style_module
from vidcolor.colorize.references import Reference
from vidcolor.colorize.spread import spread
from vidcolor.colorize.style import Regions, Seen, Style, referenced, styled

SHAPE = 4, 6


def _style(seed: int, strength: float = 1.0) -> Style:
    generator = torch.Generator().manual_seed(seed)
    features = F.normalize(torch.randn(64, *SHAPE, generator=generator), dim=0)
    luma = torch.rand(*SHAPE, generator=generator)
    chroma, automatic = torch.rand(2, 2, *SHAPE, generator=generator) * 0.4 - 0.2
    return Style(
        features=features,
        luma=luma,
        chroma=chroma,
        known=torch.ones_like(luma),
        strength=strength,
        automatic=automatic,
    )


def _seen(style: Style, luma: torch.Tensor | None = None) -> Seen:
    """The picture that a style is, in grey."""
    own = style.luma if luma is None else luma
    return Seen(own, own, style.features, style.automatic)


@pytest.mark.parametrize("most", [1 << 24, 100])
def test_each_place_has_the_mean_of_what_is_off_at_places_like_it(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(style_module, "MOST_PRODUCTS", most)
    picture, style = _style(1), _style(2)
    found = styled(_seen(picture), [style]).chroma
    for row in range(SHAPE[0]):
        for column in range(SHAPE[1]):
            says, off = 0.0, torch.zeros(2)
            for r in range(SHAPE[0]):
                for c in range(SHAPE[1]):
                    away = picture.features[:, row, column] - style.features[:, r, c]
                    darker = float(picture.luma[row, column] - style.luma[r, c])
                    say = math.exp(-(float(away @ away) + 16 * darker**2) / 0.2)
                    says += say
                    off += say * (style.chroma - 0.3 * style.automatic)[:, r, c]
            wanted = 0.3 * picture.automatic[:, row, column] + off / says
            assert torch.allclose(found[:, row, column], wanted, atol=1e-5)


def test_a_picture_has_its_own_style() -> None:
    style = _style(1)
    assert torch.allclose(styled(_seen(style), [style]).chroma, style.chroma, atol=3e-3)


def test_of_two_styles_each_place_takes_the_one_that_suits_it() -> None:
    left, right = _style(1), _style(2)
    halves = {
        name: torch.cat([getattr(left, name)[..., :3], getattr(right, name)[..., 3:]], -1)
        for name in ("luma", "features", "automatic", "chroma")
    }
    seen = Seen(halves["luma"], halves["luma"], halves["features"], halves["automatic"])
    assert torch.allclose(styled(seen, [left, right]).chroma, halves["chroma"], atol=3e-3)


def test_a_region_has_its_colors_from_its_own_alone() -> None:
    style = _style(1)
    mine = torch.zeros(8, 12, dtype=torch.int64)
    mine[:, :6] = 7
    mine[:, 6:9] = 8  # the style has none of these
    theirs = torch.zeros(40, 60, dtype=torch.int64)
    theirs[:, 50:] = 7
    within = replace(style, regions=Regions(mine, theirs))
    found, free = (styled(_seen(style), [each]).chroma for each in (within, style))
    last = Style(
        **{
            name: getattr(style, name)[..., 5:]
            for name in ("features", "luma", "chroma", "known", "automatic")
        }
    )
    alone = styled(_seen(style), [last]).chroma
    assert torch.allclose(found[..., :3], alone[..., :3], atol=1e-6)
    assert torch.allclose(found[..., 3:], free[..., 3:], atol=1e-6)


@pytest.mark.parametrize("strength", [0.0, 0.5, 0.9])
def test_a_style_goes_so_far_from_the_automatic_color(strength: float) -> None:
    style = _style(1, strength)
    hints = styled(_seen(style), [style])
    flat = torch.tensor([0.2, -0.1])[:, None, None].expand(2, *SHAPE)
    hints = type(hints)(flat, hints.weight, hints.exact)
    one_belief = torch.full((4, *SHAPE), 0.25)
    added = spread(torch.full(SHAPE, 0.5), one_belief, torch.zeros(2, *SHAPE), hints)
    assert torch.allclose(added, strength * flat, atol=1e-3)


def test_what_is_matched_surely_has_its_place_before_a_style() -> None:
    style, other = _style(1), _style(2)
    match = Reference(other.features, other.luma, other.chroma, other.known)
    hints = referenced(_seen(other), [style, match])
    assert torch.allclose(hints.chroma, other.chroma, atol=1e-3)
    unlike = Reference(_style(3).features, other.luma, other.chroma, other.known)
    assert torch.allclose(
        referenced(_seen(other), [unlike, style]).chroma,
        styled(_seen(other), [style]).chroma,
        atol=1e-3,
    )
