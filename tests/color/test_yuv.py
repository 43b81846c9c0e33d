"""YUV against the BT.709 matrix written out, codes against the standard's figures."""

import numpy as np
import pytest
import torch

from vidcolor.color.yuv import CodeRange, fit_to_luma, rgb_to_yuv, yuv_to_rgb

MATRIX = np.array(
    [
        [0.2126, 0.7152, 0.0722],
        [-0.2126 / 1.8556, -0.7152 / 1.8556, (1 - 0.0722) / 1.8556],
        [(1 - 0.2126) / 1.5748, -0.7152 / 1.5748, -0.0722 / 1.5748],
    ]
)


def test_yuv_is_the_bt709_matrix() -> None:
    rgb = np.random.default_rng(0).random((3, 500))
    np.testing.assert_allclose(np.stack(rgb_to_yuv(*rgb)), MATRIX @ rgb, atol=1e-12)
    np.testing.assert_allclose(np.stack(yuv_to_rgb(*(MATRIX @ rgb))), rgb, atol=1e-12)


def test_a_stated_pair_decodes_as_stated() -> None:
    """Limited-range (16, 110, 150) is RGB (39, 0, 0)."""
    rgb = yuv_to_rgb(0.0, (110 - 128) / 224, (150 - 128) / 224)
    assert [round(255 * min(max(c, 0), 1)) for c in rgb] == [39, 0, 0]


def test_chroma_fits_its_luma_and_is_drawn_no_further_than_needed() -> None:
    random = torch.Generator().manual_seed(0)
    y = torch.rand(1, 40, 50, generator=random)
    uv = torch.rand(2, 40, 50, generator=random) - 0.5
    fitted = fit_to_luma(uv, y, y)

    factors = np.linspace(1, 0, 2001)
    for row, column in np.ndindex(40, 50):
        luma, u, v = float(y[0, row, column]), *uv[:, row, column].tolist()
        rgb = np.stack(yuv_to_rgb(luma, u * factors, v * factors))
        possible = ((rgb >= 0) & (rgb <= 1)).all(0)
        expected = np.array([u, v]) * factors[possible.argmax()]
        np.testing.assert_allclose(fitted[:, row, column], expected, atol=6e-4)


def test_black_and_white_stay_neutral_wherever_they_touch_a_chroma_sample() -> None:
    uv = torch.full((2, 1, 2), 0.2)
    black, white = torch.zeros(1, 1, 2), torch.ones(1, 1, 2)
    assert not fit_to_luma(uv, black, torch.full_like(black, 0.5)).any()
    assert not fit_to_luma(uv, torch.full_like(white, 0.5), white).any()


@pytest.mark.parametrize(
    ("codes", "black", "white", "peak_chroma"),
    [
        (CodeRange(8, False), 16, 235, 240),
        (CodeRange(8, True), 0, 255, 255),
        (CodeRange(10, False), 64, 940, 960),
        (CodeRange(10, True), 0, 1023, 1023),
        (CodeRange(12, False), 256, 3760, 3840),
        (CodeRange(12, True), 0, 4095, 4095),
        (CodeRange(16, False), 4096, 60160, 61440),
        (CodeRange(16, True), 0, 65535, 65535),
    ],
)
def test_codes_of_the_standard(codes: CodeRange, black: int, white: int, peak_chroma: int) -> None:
    luma = codes.luma_to_unit(torch.tensor([black, white, black - 5, white + 5]))
    assert luma.tolist() == [0, 1, 0, 1]
    assert (codes.black, codes.white) == (black, white)
    assert codes.luma_to_codes(torch.tensor([0.0, 1.0, 1.1])).tolist() == [black, white, white]
    chroma = codes.chroma_to_codes(torch.tensor([0.0, 0.5, 0.7]))
    assert chroma.tolist()[:2] == [1 << (codes.depth - 1), peak_chroma]
    assert chroma[2] <= codes.peak
    unit = codes.chroma_to_unit(chroma[:2]).tolist()
    assert unit == [0, pytest.approx(0.5, abs=1 / codes.peak)]
    assert codes.chroma_to_unit(torch.tensor([0])) == -0.5


def test_dtype_follows_depth():
    assert CodeRange(8, True).dtype is np.uint8
    assert CodeRange(10, True).dtype is np.uint16
