"""An old film's look: what each step of its history does."""

import torch

from vidcolor.train.data.old_film import _blur, _Draw, _expose, old_film


def _draw(pictures: torch.Tensor, seed: int = 0) -> _Draw:
    return _Draw(pictures, torch.Generator().manual_seed(seed))


def test_the_look_is_a_function_of_the_generator() -> None:
    rgb = torch.rand(4, 3, 32, 40)
    looks = [old_film(rgb, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert looks[0].shape == (4, 1, 32, 40)
    assert 0 <= looks[0].min() < looks[0].max() <= 1
    assert torch.equal(looks[0], looks[1])
    assert not torch.equal(looks[0], looks[2])


def test_grey_is_the_same_in_every_emulsion_and_red_is_darkest_in_the_oldest() -> None:
    grey = torch.full((64, 3, 2, 2), 0.4)
    torch.testing.assert_close(_expose(grey, _draw(grey)), grey[:, :1])
    red = torch.tensor([1.0, 0, 0])[:, None, None].expand(64, 3, 2, 2)
    exposed = _expose(red, _draw(red))
    assert 0.05 <= exposed.min() < 0.08
    assert 0.18 < exposed.max() <= 0.2126


def test_a_lens_spreads_light_and_loses_none() -> None:
    point = torch.zeros(8, 1, 15, 15)
    point[..., 7, 7] = 1
    spread = _blur(point, _draw(point))
    torch.testing.assert_close(spread.sum((1, 2, 3)), torch.ones(8))
    assert (spread[:, 0, 7, 7] < 1).all()
    torch.testing.assert_close(spread, spread.flip(-1))
    torch.testing.assert_close(spread, spread.transpose(-1, -2))
    assert spread[:, 0, 7, 7].unique().numel() == 8
