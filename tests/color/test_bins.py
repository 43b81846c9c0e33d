"""ColorBins against slow references, on a photograph that scikit-image ships."""

import math

import numpy as np
import pytest
import skimage
import torch

from vidcolor.color.bins import ColorBins, distributions
from vidcolor.color.yuv import rgb_to_yuv, yuv_to_rgb


@pytest.fixture(scope="module")
def uv() -> torch.Tensor:
    rgb = torch.from_numpy(skimage.data.coffee()[::3, ::3].reshape(-1, 3) / 255)
    return torch.stack(rgb_to_yuv(*rgb.unbind(1))[1:], 1).float()


@pytest.fixture(scope="module")
def bins(uv: torch.Tensor) -> ColorBins:
    return ColorBins.fit(uv, 16)


def _cut_slowly(uv: np.ndarray, count: int, side: float) -> np.ndarray:
    """The mean colours of the most frequent squares, by a dictionary."""
    squares: dict[tuple[int, int], list[np.ndarray]] = {}
    for pixel in uv:
        key = (int(np.floor(pixel[0] / side + 0.5)), int(np.floor(pixel[1] / side + 0.5)))
        squares.setdefault(key, []).append(pixel)
    largest = sorted(squares.values(), key=len, reverse=True)[:count]
    return np.array([np.mean(members, 0) for members in largest])


def _psnr_of_quantizing(uv: np.ndarray, centers: np.ndarray) -> float:
    nearest = np.linalg.norm(uv[:, None] - centers, axis=2).argmin(1)
    truth, quantized = (np.stack(yuv_to_rgb(0.5, *c.T)) for c in (uv, centers[nearest]))
    return float(-10 * np.log10(((truth - quantized) ** 2).mean()))


def test_bins_are_the_means_of_the_most_frequent_squares(uv: torch.Tensor) -> None:
    sample = uv[::7]
    bins = ColorBins.fit(sample, 8, sides=[0.06])
    slow = _cut_slowly(sample.numpy().astype(np.float64), 8, 0.06)
    fast = bins.centers.numpy().round(4)
    assert sorted(map(tuple, fast)) == sorted(map(tuple, slow.round(4).astype(np.float32)))


def test_the_side_is_the_one_that_reproduces_best(uv: torch.Tensor) -> None:
    sides = [0.02, 0.04, 0.06, 0.09]
    sample = uv[::7]
    fidelity = {
        side: _psnr_of_quantizing(sample.numpy(), _cut_slowly(sample.numpy(), 16, side))
        for side in sides
    }
    assert ColorBins.fit(sample, 16, sides).side == max(sides, key=fidelity.__getitem__)


def test_too_few_colours_are_refused() -> None:
    with pytest.raises(ValueError, match="fewer than 32 bins"):
        ColorBins.fit(torch.zeros(100, 2), 32)


def test_frequencies_are_shares_of_the_nearest_bin(uv: torch.Tensor, bins: ColorBins) -> None:
    nearest = np.linalg.norm(uv.numpy()[:, None] - bins.centers.numpy(), axis=2).argmin(1)
    expected = np.bincount(nearest, minlength=16) / len(uv)
    np.testing.assert_allclose(bins.frequencies, expected, atol=1e-4)


def test_the_table_finds_the_nearest_bin(uv: torch.Tensor, bins: ColorBins) -> None:
    """Exactly, but for pixels nearer to a border than the diagonal of a table cell."""
    assigned = bins.assign(uv.T.reshape(1, 2, 1, -1)).flatten().numpy()
    distances = np.linalg.norm(uv.numpy()[:, None] - bins.centers.numpy(), axis=2)
    excess = distances[np.arange(len(uv)), assigned] - distances.min(1)
    assert excess.max() <= np.sqrt(2) / 512
    assert (excess < 1e-7).mean() > 0.95


def test_the_corners_of_the_plane_have_a_bin(bins: ColorBins) -> None:
    corners = torch.tensor([[-0.5, 0.5, -0.5, 0.5], [-0.5, -0.5, 0.5, 0.5]])
    nearest = torch.cdist(corners.T, bins.centers).argmin(1)
    assert bins.assign(corners.reshape(1, 2, 2, 2)).flatten().tolist() == nearest.tolist()


@pytest.mark.parametrize("mix", [0.1, 0.5, 0.9])
def test_weights_have_expectation_one_and_follow_the_formula(bins: ColorBins, mix: float) -> None:
    p = bins.frequencies.double().numpy()
    w = 1 / ((1 - mix) * p + mix / 16)
    np.testing.assert_allclose(bins.weights(mix), w / (p * w).sum(), rtol=1e-5)
    assert float((bins.frequencies * bins.weights(mix)).sum()) == pytest.approx(1, abs=1e-6)


def test_a_bin_that_never_occurs_counts_as_the_rarest_that_does(bins: ColorBins) -> None:
    frequencies = torch.arange(len(bins)) / torch.arange(len(bins)).sum()
    weights = ColorBins(bins.centers, frequencies, bins.side).weights(0.0)
    assert weights[0] == weights[1] == weights.max()
    assert float((frequencies * weights).sum()) == pytest.approx(1)


def test_mix_one_rebalances_nothing(bins: ColorBins) -> None:
    np.testing.assert_allclose(bins.weights(1.0), 1, rtol=1e-6)


@pytest.mark.parametrize("temperature", [0.1, 0.38, 1.0, 2.5])
@pytest.mark.parametrize("rebalance", [0.0, 0.5, 1.0])
def test_decoding_is_the_annealed_mean(
    bins: ColorBins, temperature: float, rebalance: float
) -> None:
    p = torch.rand(2, 16, 3, 4, generator=torch.Generator().manual_seed(0)).softmax(1)
    decoded = bins.decode(p.clone(), temperature, rebalance)
    weights, centers = bins.weights().double().numpy(), bins.centers.double().numpy()
    for b, y, x in np.ndindex(2, 3, 4):
        z = p[b, :, y, x].double().numpy() * weights**rebalance
        f = np.exp(np.log(z) / temperature)
        expected = (f[:, None] * centers).sum(0) / f.sum()
        np.testing.assert_allclose(decoded[b, :, y, x], expected, atol=1e-5)


def test_a_distribution_is_the_same_wherever_its_picture_stands_in_a_batch() -> None:
    """Also where two threads share the picture in the middle."""
    logits = 4 * torch.randn(3, 16, 27, 48, generator=torch.Generator().manual_seed(0))
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        given = distributions(logits)
        torch.testing.assert_close(given, logits.softmax(1))
        for places in (1, 2):
            assert torch.equal(distributions(logits.roll(places, 0)), given.roll(places, 0))
    finally:
        torch.set_num_threads(before)


def test_limits_of_the_annealed_mean(bins: ColorBins) -> None:
    p = torch.randn(1, 16, 5, 5, generator=torch.Generator().manual_seed(0)).mul(5).softmax(1)
    mode = bins.centers[p.argmax(1)].movedim(-1, 1)
    mean = torch.einsum("bnhw,nc->bchw", p, bins.centers)
    torch.testing.assert_close(bins.decode(p, 0, 0), mode)
    torch.testing.assert_close(bins.decode(p, 0.001, 0), mode, atol=1e-3, rtol=0)
    torch.testing.assert_close(bins.decode(p, 1, 0), mean, atol=1e-6, rtol=0)


def test_bins_without_probability_do_no_harm(bins: ColorBins) -> None:
    p = torch.zeros(1, 16, 1, 1)
    p[0, 3] = 1
    for temperature in (0, 0.05, 1):
        uv = bins.decode(p, temperature, 1)
        torch.testing.assert_close(uv[0, :, 0, 0], bins.centers[3], atol=1e-6, rtol=0)


def test_soft_targets_share_a_pixel_among_its_nearest_bins() -> None:
    random = torch.Generator().manual_seed(3)
    centers = torch.rand(9, 2, generator=random) * 0.4 - 0.2
    bins = ColorBins(centers, torch.full((9,), 1 / 9), 0.06)
    uv = torch.rand(2, 2, 3, 4, generator=random) * 0.4 - 0.2
    encoded = bins.encode(uv, 5)
    assert encoded.shape == (2, 9, 3, 4)
    for b, y, x in np.ndindex(2, 3, 4):
        distances = [math.dist(uv[b, :, y, x].tolist(), center) for center in centers.tolist()]
        near = sorted(range(9), key=distances.__getitem__)[:5]
        share = [
            math.exp(-(distances[i] ** 2) / (2 * 0.03**2)) if i in near else 0 for i in range(9)
        ]
        expected = [value / sum(share) for value in share]
        assert encoded[b, :, y, x].tolist() == pytest.approx(expected, abs=1e-5)
