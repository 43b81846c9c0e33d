"""Spaces of colour, there and back and against other implementations; classes against slow code."""

import colorsys

import numpy as np
import pytest
import torch
from skimage.color import rgb2lab

from vidcolor.color.bins import ColorBins
from vidcolor.color.yuv import rgb_to_yuv
from vidcolor.train.targets.classes import OUTER, Classes
from vidcolor.train.targets.spaces import SPACES


@pytest.fixture(scope="module")
def rgb() -> torch.Tensor:
    """Colours all over the cube, grey and its corners among them, (1, 3, H, W)."""
    steps = torch.linspace(0, 1, 9)
    cube = torch.cartesian_prod(steps, steps, steps)
    random = torch.rand(471, 3, generator=torch.Generator().manual_seed(0))
    return torch.cat([cube, random]).T.reshape(1, 3, 30, 40)


def yuv_of(rgb: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    luma, u, v = rgb_to_yuv(*rgb.split(1, 1))
    return luma, torch.cat([u, v], 1)


@pytest.mark.parametrize("name", SPACES)
def test_there_and_back(name: str, rgb: torch.Tensor) -> None:
    luma, uv = yuv_of(rgb)
    space = SPACES[name]
    there = space.coordinates(luma, uv)
    assert there.shape == (1, space.axes, 30, 40)
    assert (there - space.middle).abs().max() <= space.reach * 1.001
    torch.testing.assert_close(space.chroma(there, luma), uv, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", SPACES)
def test_colours_that_are_not_of_this_luma_become_chroma_of_it(
    name: str, rgb: torch.Tensor
) -> None:
    """A network may say anything: what comes of it is finite, and grey coordinates are grey."""
    space = SPACES[name]
    luma, uv = yuv_of(rgb)
    there = space.coordinates(luma.flip(-1), uv)
    assert space.chroma(there, luma).isfinite().all()
    grey = space.coordinates(luma, torch.zeros_like(uv))
    assert space.chroma(grey, luma).abs().max() < 1e-5


def test_lab_is_that_of_scikit_image(rgb: torch.Tensor) -> None:
    ours = SPACES["lab"].coordinates(*yuv_of(rgb))[0].numpy()
    theirs = rgb2lab(rgb[0].movedim(0, -1).numpy())
    np.testing.assert_allclose(ours, theirs[..., 1:].transpose(2, 0, 1), atol=0.03)


def test_hue_is_that_of_the_standard_library(rgb: torch.Tensor) -> None:
    x, y = SPACES["bicone"].coordinates(*yuv_of(rgb))[0].double().flatten(1).numpy()
    for place, (r, g, b) in enumerate(rgb[0].flatten(1).T.tolist()):
        hue, _, _ = colorsys.rgb_to_hsv(r, g, b)
        chroma = max(r, g, b) - min(r, g, b)
        turn = 2 * np.pi * hue
        assert (x[place], y[place]) == pytest.approx(
            (chroma * np.cos(turn), chroma * np.sin(turn)), abs=1e-5
        )


@pytest.fixture(scope="module")
def samples() -> tuple[torch.Tensor, torch.Tensor]:
    """Luma (N,) and UV (N, 2) of colours that gather around grey."""
    random = torch.Generator().manual_seed(5)
    rgb = 0.5 + 0.13 * torch.randn(6000, 3, generator=random)
    luma, u, v = rgb_to_yuv(*rgb.clamp(0, 1).unbind(1))
    return luma, torch.stack([u, v], 1)


def planes(luma: torch.Tensor, uv: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Samples as one picture."""
    return luma.reshape(1, 1, 60, 100), uv.T.reshape(1, 2, 60, 100)


@pytest.mark.parametrize("name", SPACES)
def test_classes_are_the_nearest_centres_and_bins_their_mean_chroma(
    name: str, samples: tuple[torch.Tensor, torch.Tensor]
) -> None:
    classes = Classes.fit(*samples, 32, name)
    members = classes.assign(*planes(*samples)).flatten()
    assert len(classes) == 32
    if name != "yuv":
        assert classes.centers is not None
        points = SPACES[name].coordinates(*planes(*samples))[0].flatten(1).T
        slow = ((points[:, None] - classes.centers) ** 2).sum(2).argmin(1)
        assert (slow == members).float().mean() > 0.999
        for each in range(32):
            mean = samples[1][members == each].mean(0)
            torch.testing.assert_close(classes.bins.centers[each], mean, atol=1e-4, rtol=0)
    shares = torch.bincount(members, minlength=32) / len(members)
    torch.testing.assert_close(classes.bins.frequencies, shares, atol=2e-3, rtol=0)


def test_classes_of_yuv_are_the_bins_that_they_always_were(
    samples: tuple[torch.Tensor, torch.Tensor],
) -> None:
    luma, uv = samples
    ours, bins = Classes.fit(luma, uv, 16, "yuv").bins, ColorBins.fit(uv, 16)
    assert torch.equal(ours.centers, bins.centers)
    assert torch.equal(ours.frequencies, bins.frequencies)


@pytest.mark.parametrize("name", ["yuv", "lab", "bicone"])
def test_pairs_are_a_grid_of_both_parts(
    name: str, samples: tuple[torch.Tensor, torch.Tensor]
) -> None:
    classes = Classes.grid(*samples, 8, name)
    members = classes.assign(*planes(*samples)).flatten()
    points = SPACES[name].coordinates(*planes(*samples))[0].flatten(1).T
    split = SPACES[name].split
    parts = (split(points) if split else points).numpy()
    expected = np.zeros(len(parts), int)
    for axis in range(2):
        low, high = np.quantile(parts[:, axis], (OUTER, 1 - OUTER))
        cell = np.floor((parts[:, axis] - low) / (high - low) * 8).clip(0, 7).astype(int)
        expected = 8 * expected + cell
    assert (expected == members.numpy()).mean() > 0.999
    empty = torch.bincount(members, minlength=64) == 0
    assert classes.bins.centers.isfinite().all()
    if name == "yuv":
        assert empty.any()
        assert classes.centers is not None
        torch.testing.assert_close(classes.bins.centers[empty], classes.centers[empty])


@pytest.mark.parametrize("name", ["lab", "rgb", "bicone"])
def test_soft_targets_share_among_the_nearest(
    name: str, samples: tuple[torch.Tensor, torch.Tensor]
) -> None:
    classes = Classes.fit(*samples, 16, name)
    luma, uv = (part[..., :2, :3] for part in planes(*samples))
    shares = classes.encode(luma, uv, 3)
    points = SPACES[name].coordinates(luma, uv)
    assert classes.centers is not None
    sigma = classes.bins.side * SPACES[name].unit / 2
    for y, x in np.ndindex(2, 3):
        distances = (points[0, :, y, x] - classes.centers).norm(dim=1)
        near = distances.argsort()[:3]
        weights = (-(distances[near] ** 2) / (2 * sigma**2)).exp()
        expected = torch.zeros(16)
        expected[near] = weights / weights.sum()
        torch.testing.assert_close(shares[0, :, y, x], expected, atol=1e-4, rtol=1e-3)


def test_smoothed_frequencies_are_dealt_out_by_a_gaussian() -> None:
    """Two bins a side apart, and one far away, by hand."""
    centers = torch.tensor([[0.0, 0.0], [0.1, 0.0], [0.0, 0.4]])
    bins = ColorBins(centers, torch.tensor([0.7, 0.2, 0.1]), 0.1).smoothed()
    near = float(np.exp(-2.0))
    kept, given = 1 / (1 + near), near / (1 + near)
    expected = torch.tensor([0.7 * kept + 0.2 * given, 0.7 * given + 0.2 * kept, 0.1])
    torch.testing.assert_close(bins.frequencies, expected)
    assert float((bins.frequencies * bins.weights(0.5)).sum()) == pytest.approx(1)
