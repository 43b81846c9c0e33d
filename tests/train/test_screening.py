"""Screening: each reason to leave a photograph out, and natural photographs that stay."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage import data as samples

from vidcolor.color.metrics import psnr
from vidcolor.train.data.screening import (
    LEAST_COLOR,
    Duplicates,
    Fingerprint,
    Unfit,
    color_beyond_luma,
    screen_photograph,
)

PHOTOGRAPHS = {
    name: getattr(samples, name)() for name in ("rocket", "coffee", "chelsea", "astronaut")
}


def _encoded(picture: np.ndarray, kind: str = "png", **options: object) -> bytes:
    content = io.BytesIO()
    Image.fromarray(picture).save(content, kind, **options)
    return content.getvalue()


def _accepted(content: bytes) -> tuple[np.ndarray, Fingerprint]:
    result = screen_photograph(content)
    assert not isinstance(result, Unfit), result
    return result


def _reason(content: bytes) -> str:
    result = screen_photograph(content)
    assert isinstance(result, Unfit)
    return result.reason


@pytest.mark.parametrize("kind", ["png", "webp", "jpeg", "tiff", "bmp"])
def test_photographs_are_fitted(kind: str) -> None:
    photograph, _ = _accepted(_encoded(PHOTOGRAPHS["rocket"], kind))
    assert photograph.shape == (171, 256, 3)
    assert photograph.dtype == np.uint8


def test_small_photographs_stay_as_they_are() -> None:
    picture = PHOTOGRAPHS["chelsea"][:100, :120]
    assert np.array_equal(_accepted(_encoded(picture))[0], picture)


def test_a_large_jpeg_read_in_part_is_the_same_photograph() -> None:
    large = Image.fromarray(PHOTOGRAPHS["coffee"]).resize((2400, 1600), Image.Resampling.LANCZOS)
    whole = large.resize((256, 171), Image.Resampling.LANCZOS)
    photograph, _ = _accepted(_encoded(np.asarray(large), "jpeg", quality=95))
    assert psnr(np.asarray(whole), photograph) > 40


@pytest.mark.parametrize("kind", ["png", "webp", "jpeg", "tiff"])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.6, 0.95])
def test_truncated_files_are_unreadable(kind: str, share: float) -> None:
    content = _encoded(PHOTOGRAPHS["chelsea"], kind)
    assert _reason(content[: int(len(content) * share)]) == "unreadable"


def test_what_is_said_of_damage_is_repeatable() -> None:
    for content in (b"no image", _encoded(PHOTOGRAPHS["chelsea"], "jpeg")[:5000]):
        assert screen_photograph(content) == screen_photograph(content)


def test_what_is_tiny_once_fitted_is_left_out() -> None:
    rocket = PHOTOGRAPHS["rocket"]
    assert _reason(_encoded(rocket[:63, :90])) == "tiny"
    assert _reason(_encoded(np.tile(rocket[:100, :100], (1, 5, 1)))) == "tiny"
    _accepted(_encoded(rocket[:64, :90]))


@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.parametrize("tone", [(1, 1, 1), (1, 0.88, 0.7), (0.75, 0.9, 1)])
def test_grey_and_toned_photographs_are_left_out(name: str, tone: tuple[float, ...]) -> None:
    luma = np.asarray(Image.fromarray(PHOTOGRAPHS[name]).convert("L"))
    toned = (luma[..., None] * np.array(tone)).round().astype(np.uint8)
    assert _reason(_encoded(toned)) == "grey"
    assert _reason(_encoded(toned, "jpeg", quality=95)) == "grey"
    _accepted(_encoded(PHOTOGRAPHS[name], "jpeg"))


def test_grey_files_of_one_channel_are_left_out() -> None:
    assert _reason(_encoded(PHOTOGRAPHS["coffee"][..., 1])) == "grey"


def test_colour_beyond_luma_is_its_formula() -> None:
    photograph = PHOTOGRAPHS["coffee"][::9, ::9]
    rgb = photograph.reshape(-1, 3) / 255
    luma = rgb @ (0.2126, 0.7152, 0.0722)
    uv = np.stack([(rgb[:, 2] - luma) / 1.8556, (rgb[:, 0] - luma) / 1.5748], 1)
    codes = (luma * 255).round()
    squares = [((uv[codes == code] - uv[codes == code].mean(0)) ** 2).sum() for code in set(codes)]
    expected = np.sqrt(sum(squares) / len(rgb))
    assert color_beyond_luma(photograph) == pytest.approx(expected, rel=1e-3)
    assert expected > LEAST_COLOR


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_copies_in_other_sizes_and_qualities_are_duplicates(name: str) -> None:
    picture = Image.fromarray(PHOTOGRAPHS[name])
    known = Duplicates()
    for other in PHOTOGRAPHS:
        known.add(_accepted(_encoded(PHOTOGRAPHS[other]))[1], other)
    smaller = picture.resize((picture.width // 3, picture.height // 3), Image.Resampling.BICUBIC)
    for copy in (
        _encoded(np.asarray(picture)),
        _encoded(np.asarray(picture), "jpeg", quality=40),
        _encoded(np.asarray(smaller), "webp", quality=60),
    ):
        assert known.find(_accepted(copy)[1]) == name
    half = np.asarray(picture)[:, : picture.width // 2]
    assert known.find(_accepted(_encoded(half))[1]) is None


def test_the_same_light_in_other_colours_is_no_duplicate() -> None:
    """Suns over the sea have gradients in common, and little else."""
    picture = PHOTOGRAPHS["rocket"]
    one, other = Fingerprint.of(picture), Fingerprint.of(picture // 2)
    assert (one.gradients ^ other.gradients).bit_count() <= 7
    assert not one.resembles(other)


def test_finding_equals_comparing_with_all() -> None:
    random = np.random.default_rng(0)
    known = Duplicates()
    fingerprints = []
    for number in range(300):
        gradients = int.from_bytes(random.bytes(16))
        fingerprints.append(Fingerprint(gradients, bytes(48)))
        known.add(fingerprints[-1], str(number))
    for number, fingerprint in enumerate(fingerprints):
        flipped = random.choice(128, random.integers(0, 15), replace=False).tolist()
        changed = Fingerprint(fingerprint.gradients ^ sum(1 << bit for bit in flipped), bytes(48))
        alike = [str(n) for n, other in enumerate(fingerprints) if changed.resembles(other)]
        assert alike == ([str(number)] if len(flipped) <= 7 else [])
        assert known.find(changed) == (alike[0] if alike else None)
