"""Colour spread over what is alike in luma."""

import numpy as np
import pytest
import torch

from vidcolor.colorize.refine import SEED_WEIGHT, SIGMA, refine_chroma


def _tensor(values: object) -> torch.Tensor:
    return torch.from_numpy(np.asarray(values, np.float32))


def _least(luma: np.ndarray, seeds: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """Of E(U) = Σ_rs g_rs (U(r) - U(s))² + λ Σ_r c(r) (U(r) - Û(r))²: (2, H, W), pair by pair."""
    height, width = luma.shape
    matrix = SEED_WEIGHT * np.diag(sure.ravel())
    for y, x in np.ndindex(height, width):
        for below, right in ((y + 1, x), (y, x + 1)):
            if below < height and right < width:
                r, s = y * width + x, below * width + right
                g = np.exp(-((luma[y, x] - luma[below, right]) ** 2) / (2 * SIGMA**2))
                matrix[[r, s], [r, s]] += g
                matrix[[r, s], [s, r]] -= g
    target = SEED_WEIGHT * sure.ravel()[:, None] * seeds.reshape(2, -1).T
    return np.linalg.solve(matrix, target).T.reshape(seeds.shape)


def test_it_is_the_solution() -> None:
    """Cells of one pixel, so that the seeds are the cells; luma about as uneven as σ."""
    random = np.random.default_rng(0)
    luma = 0.5 + 2 * SIGMA * random.standard_normal((9, 13))
    uv = random.uniform(-0.4, 0.4, (2, 9, 13))
    confidence = random.uniform(0.05, 1, (9, 13))
    color = refine_chroma(_tensor(luma), _tensor(uv), _tensor(confidence)).numpy()
    assert np.abs(color - uv).max() > 0.1
    np.testing.assert_allclose(color, _least(luma, uv, confidence), atol=2e-4)


def test_a_single_seed_gives_all_that_is_alike_its_colour() -> None:
    """As Levin's J(U) = 0 does."""
    uv, confidence = np.full((2, 5, 5), 0.3), np.full((5, 5), 1e-7)
    uv[:, 2, 2], confidence[2, 2] = -0.2, 1
    color = refine_chroma(torch.full((5, 5), 0.5), _tensor(uv), _tensor(confidence))
    np.testing.assert_allclose(color, np.full((2, 5, 5), -0.2), atol=1e-3)


@pytest.mark.parametrize("uv", [(0.0, 0.0), (-0.1, 0.25)])
def test_an_even_colour_stays(uv: tuple[float, float]) -> None:
    random = np.random.default_rng(0)
    cells = _tensor(uv)[:, None, None].expand(2, 6, 8)
    sure = _tensor(random.uniform(0.05, 1, (6, 8)))
    color = refine_chroma(_tensor(random.random((24, 32))), cells, sure)
    np.testing.assert_allclose(color, _tensor(uv)[:, None, None].expand(2, 24, 32), atol=1e-5)


def test_the_sure_keep_their_colour_and_the_unsure_take_it() -> None:
    uv = torch.zeros(2, 8, 8)
    uv[0, :, :4], uv[0, :, 4:] = -0.2, 0.2
    sure = torch.ones(8, 8)
    sure[:, :4] = 0.05
    color = refine_chroma(torch.full((32, 32), 0.5), uv, sure)[0]
    unsure, kept = color[:, :16].mean(), color[:, 16:].mean()
    assert kept > 0.15
    assert unsure > 0


def test_colours_meet_where_the_lumas_do_and_not_beside_it() -> None:
    """An edge within cells, whose colour is a mixture: the step is a pixel wide, not eight."""
    luma = torch.full((32, 32), 0.3)
    luma[:, 18:] = 0.6
    uv = torch.zeros(2, 8, 8)
    uv[0, :, :4], uv[0, :, 5:] = -0.2, 0.2
    color = refine_chroma(luma, uv, torch.full((8, 8), 0.5))[0, 16]
    steps = color.diff() / (color[-1] - color[0])
    assert steps[17] > 0.75
    assert steps[16] < 0.05
    assert steps[18] < 0.05


def test_it_turns_with_the_picture() -> None:
    random = np.random.default_rng(0)
    luma, sure = _tensor(random.random((16, 24))), _tensor(random.uniform(0.1, 1, (4, 6)))
    uv = _tensor(random.uniform(-0.4, 0.4, (2, 4, 6)))
    turned = refine_chroma(*(torch.rot90(plane, 1, (-2, -1)) for plane in (luma, uv, sure)))
    np.testing.assert_allclose(
        torch.rot90(turned, -1, (-2, -1)), refine_chroma(luma, uv, sure), atol=1e-5
    )
