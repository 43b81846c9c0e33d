"""The colorizer: luma in, chroma out."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import chain, repeat

import numpy as np
import pytest
import torch

from vidcolor.color.yuv import CodeRange, yuv_to_rgb
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_format import FilmFormat, Rectangle
from vidcolor.colorize.to_chroma import FrameColor
from vidcolor.errors import DeviceError
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.net.device import enough_memory
from vidcolor.net.predictor import resize, working_shape
from vidcolor.temporal.kernel import PUBLISHED, STEADY, ExponentialDecay

LIMITED = CodeRange(8, False)
FILM = FilmFormat(LIMITED, (48, 64), (24, 32))


@pytest.fixture
def colorizer(checkpoint: Checkpoint) -> Colorizer:
    return Colorizer(checkpoint, device="cpu", precision="fp32", engine="torch", batch_size=4)


def _limit_memory(colorizer: Colorizer, frames: int) -> None:
    """Let the network run out of memory when it is given more than so many frames."""

    def refuse(model: torch.nn.Module, arguments: tuple[torch.Tensor, ...]) -> None:
        if len(arguments[0]) > frames:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    colorizer.predictor.model.register_forward_pre_hook(refuse)


def _lumas(count: int, dtype: type = np.uint8, low: int = 16, high: int = 236) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    coarse = random.integers(low, high, (count, 12, 16))
    return list(coarse.repeat(4, 1).repeat(4, 2).astype(dtype))


def _colored(
    colorizer: Colorizer,
    lumas: list[np.ndarray],
    film: FilmFormat = FILM,
    cuts: Sequence[int] = (),
    sizes: Sequence[int] = (),
) -> list[np.ndarray]:
    """The chroma of a whole film, given in batches of `sizes`, then of the colorizer's own."""
    started = colorizer.film(film)
    colors: list[FrameColor] = []
    at = 0
    for size in chain(sizes, repeat(colorizer.batch_size)):
        begins = [index in cuts for index in range(at, min(at + size, len(lumas)))]
        if not begins:
            return [color.chroma for color in colors + started.finish()]
        colors += started(lumas[at : at + size], begins)
        at += size
    raise AssertionError


@pytest.mark.parametrize("sizes", [[1] * 10, [4, 4, 2], [3, 3, 3, 1]])
def test_a_frame_does_not_depend_on_its_batch(colorizer: Colorizer, sizes: list[int]) -> None:
    lumas = _lumas(10)
    expected = _colored(colorizer, lumas)
    assert len(expected) == 10
    assert np.array_equal(expected, _colored(colorizer, lumas, sizes=sizes))


@pytest.mark.parametrize("motion", [False, True])
def test_a_span_with_its_neighbourhood_equals_the_whole_films(
    checkpoint: Checkpoint, motion: bool
) -> None:
    kernel = ExponentialDecay(0.2, 3, 2)
    colorizer = Colorizer(
        checkpoint, kernel=kernel, motion=motion, device="cpu", precision="fp32", batch_size=4
    )
    lumas = _lumas(12)
    whole = _colored(colorizer, lumas)
    assert np.array_equal(_colored(colorizer, lumas[2:9])[3:5], whole[5:7])


def test_smoothing_reaches_the_chroma(checkpoint: Checkpoint) -> None:
    lumas = _lumas(4)
    alone, past, both = (
        _colored(Colorizer(checkpoint, kernel=kernel, device="cpu", precision="fp32"), lumas)
        for kernel in (ExponentialDecay(window=0), PUBLISHED, STEADY)
    )
    assert np.array_equal(past[0], alone[0])
    assert not np.array_equal(past[3], alone[3])
    assert not np.array_equal(both[0], alone[0])


def test_without_a_look_ahead_the_first_frame_after_a_cut_is_coloured_as_if_alone(
    checkpoint: Checkpoint,
) -> None:
    colorizer = Colorizer(
        checkpoint, kernel=PUBLISHED, device="cpu", precision="fp32", batch_size=4
    )
    lumas = _lumas(10)
    (alone,) = _colored(colorizer, lumas[6:7])
    assert np.array_equal(_colored(colorizer, lumas, cuts=[6])[6], alone)
    assert not np.array_equal(_colored(colorizer, lumas)[6], alone)


def test_nothing_before_a_cut_changes_what_follows_nor_the_reverse(colorizer: Colorizer) -> None:
    lumas = _lumas(12)
    others = [plane[::-1].copy() for plane in lumas]
    chroma = _colored(colorizer, lumas, cuts=[6])
    before = _colored(colorizer, others[:6] + lumas[6:], cuts=[6])
    behind = _colored(colorizer, lumas[:6] + others[6:], cuts=[6])
    assert np.array_equal(before[6:], chroma[6:])
    assert np.array_equal(behind[:6], chroma[:6])
    assert not np.array_equal(before[5], chroma[5])


@pytest.mark.parametrize("interlaced", [False, True])
def test_refined_colour_is_another_and_does_not_depend_on_its_batch(
    checkpoint: Checkpoint, interlaced: bool
) -> None:
    film = replace(FILM, interlaced=interlaced)
    off, on = (
        Colorizer(checkpoint, refine=refine, device="cpu", precision="fp32", batch_size=4)
        for refine in (False, True)
    )
    lumas = _lumas(6)
    plain, expected = _colored(off, lumas, film), _colored(on, lumas, film)
    assert np.abs(np.subtract(plain, expected, dtype=int)).max() >= 5
    assert np.array_equal(expected, _colored(on, lumas, film, sizes=[1, 3, 2]))


def test_confidence_is_the_mean_probability_of_the_likeliest_bin(checkpoint: Checkpoint) -> None:
    """Of the smoothed probabilities: here with all of the past, evenly weighted."""
    colorizer = Colorizer(
        checkpoint, kernel=ExponentialDecay(0, 9), motion=False, device="cpu", precision="fp32"
    )
    lumas = _lumas(8)
    film = colorizer.film(FILM)
    colors = film(lumas) + film.finish()
    unit = LIMITED.luma_to_unit(torch.from_numpy(np.stack(lumas)[:, None].astype(np.float32)))
    each = colorizer.predictor.probabilities(unit)
    smoothed = each.cumsum(0) / torch.arange(1, 9)[:, None, None, None]
    expected = smoothed.amax(1).mean((1, 2)).tolist()
    assert [color.confidence for color in colors] == pytest.approx(expected, rel=1e-5)
    assert expected[-1] != pytest.approx(float(each[-1].amax(0).mean()), rel=1e-3)


@pytest.mark.parametrize("rotation", [0, 90])
def test_probabilities_come_when_asked_for_and_are_what_the_chroma_is_made_of(
    checkpoint: Checkpoint, rotation: int
) -> None:
    """Of mid-greys, so that the luma can carry every chroma."""
    colorizer = Colorizer(checkpoint, every=1, device="cpu", precision="fp32", batch_size=4)
    active = Rectangle(8, 40, 0, 64)
    stored = replace(FILM, rotation=rotation, active=active)
    lumas = _lumas(5, low=120, high=135)
    film, asked = colorizer.film(stored), colorizer.film(stored, probabilities=True)
    unasked = film(lumas) + film.finish()
    colors = asked(lumas) + asked.finish()
    assert all(color.probabilities is None for color in unasked)
    for plain, color in zip(unasked, colors, strict=True):
        assert np.array_equal(color.chroma, plain.chroma)
        assert color.probabilities is not None
        likeliest = color.probabilities.amax(0)
        assert float(likeliest.mean()) == pytest.approx(color.confidence, rel=1e-6)
        assert likeliest.shape[0] < likeliest.shape[1]
        uv = colorizer.predictor.chroma(color.probabilities[None], colorizer.decoding)
        codes = LIMITED.chroma_to_codes(resize(uv, (16, 32)))[0]
        inside = color.chroma[:, *stored.active_chroma.inside]
        assert np.abs(inside - codes.numpy()).max() <= 1
        assert np.ptp(inside) > 10


@pytest.mark.parametrize("active", [None, Rectangle(8, 40, 0, 64)])
def test_progressive_frames_of_an_interlaced_film_are_coloured_whole(
    colorizer: Colorizer, active: Rectangle | None
) -> None:
    progressive = replace(FILM, active=active)
    film, lumas, each = replace(progressive, interlaced=True), _lumas(4), [True] * 4
    mixed = colorizer.film(film)
    colors = mixed(lumas, each, interlaced=[True, False, False, True]) + mixed.finish()
    by_fields = _colored(colorizer, lumas, film, cuts=range(4))
    whole = _colored(colorizer, lumas, progressive, cuts=range(4))
    assert not np.array_equal(by_fields[1], whole[1])
    for color, expected in zip(
        colors, [by_fields[0], whole[1], whole[2], by_fields[3]], strict=True
    ):
        assert np.array_equal(color.chroma, expected)


def test_probabilities_of_interlaced_frames_are_those_of_their_even_lines(
    colorizer: Colorizer,
) -> None:
    frame = np.random.default_rng(0).integers(16, 236, FILM.shape, np.uint8)
    woven = colorizer.film(replace(FILM, interlaced=True), probabilities=True)
    alone = colorizer.film(FILM.field(0), probabilities=True)
    ((both,), (even,)) = (
        film([luma]) + film.finish() for film, luma in ((woven, frame), (alone, frame[::2]))
    )
    assert both.probabilities is not None
    assert even.probabilities is not None
    assert torch.equal(both.probabilities, even.probabilities)


def test_confidence_is_of_the_active_picture_and_of_both_fields(colorizer: Colorizer) -> None:
    luma = np.random.default_rng(0).integers(16, 236, FILM.shape, np.uint8)
    active = Rectangle(8, 44, 6, 58)
    cropped = FilmFormat(LIMITED, (36, 52), (18, 26))

    def confidence(plane: np.ndarray, film: FilmFormat) -> float:
        started = colorizer.film(film)
        (color,) = started([plane]) + started.finish()
        return color.confidence

    alone = confidence(luma[active.inside], cropped)
    assert confidence(luma, replace(FILM, active=active)) == alone
    fields = [confidence(luma[parity::2], FILM.field(parity)) for parity in (0, 1)]
    assert fields[0] != fields[1]
    assert confidence(luma, replace(FILM, interlaced=True)) == np.mean(fields)


@pytest.mark.parametrize(
    ("codes", "dtype"),
    [(LIMITED, np.uint8), (CodeRange(8, True), np.uint8), (CodeRange(10, False), np.uint16)],
)
def test_every_pixel_decodes_to_a_colour_that_exists(
    colorizer: Colorizer, codes: CodeRange, dtype: type
) -> None:
    """But for the rounding of chroma to codes; black, white and beyond stay neutral."""
    step = 1 << (codes.depth - 8)
    (luma,) = _lumas(1, dtype, 0, 256 * step)
    (chroma,) = _colored(colorizer, [luma], FilmFormat(codes, (48, 64), (24, 32)))
    assert chroma.dtype == dtype
    assert chroma.shape == (2, 24, 32)
    assert (chroma != codes.neutral).any()
    y = codes.luma_to_unit(torch.from_numpy(luma.astype(np.float32))).numpy()
    span = codes.peak if codes.full else 224 * step
    u, v = ((chroma.astype(np.float64) - codes.neutral) / span).repeat(2, 1).repeat(2, 2)
    rgb = np.stack(yuv_to_rgb(y, u, v))
    assert rgb.min() >= -1 / span
    assert rgb.max() <= 1 + 1 / span
    neutral = (y == 0) | (y == 1)
    assert not u[neutral].any()
    assert not v[neutral].any()


def test_range_and_depth_do_not_change_the_colour(colorizer: Colorizer) -> None:
    (luma,) = _lumas(1)
    (eight,) = _colored(colorizer, [luma])
    ten_bits = FilmFormat(CodeRange(10, False), (48, 64), (24, 32))
    (ten,) = _colored(colorizer, [luma.astype(np.uint16) * 4], ten_bits)
    assert np.abs(ten / 4.0 - eight).max() <= 0.5


@pytest.mark.parametrize("refine", [False, True])
@pytest.mark.parametrize(("rotation", "turns"), [(90, 1), (-90, -1), (180, 2)])
def test_a_rotated_film_is_seen_upright(
    colorizer: Colorizer, rotation: int, turns: int, refine: bool
) -> None:
    colorizer.refine = refine
    (luma,) = _lumas(1)
    (expected,) = _colored(colorizer, [luma], FilmFormat(LIMITED, luma.shape, luma.shape))
    stored = np.ascontiguousarray(np.rot90(luma, -turns))
    turned = FilmFormat(LIMITED, stored.shape, stored.shape, rotation=rotation)
    (chroma,) = _colored(colorizer, [stored], turned)
    difference = np.rot90(chroma, turns, (1, 2)).astype(int) - expected
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize(
    "film",
    [
        FILM,
        replace(FILM, chroma_shape=(48, 32)),
        replace(FILM, chroma_shape=(48, 64), codes=CodeRange(10, True)),
        replace(FILM, rotation=90, pixel_aspect=Fraction(64, 45)),
        replace(FILM, interlaced=True),
    ],
    ids=["420", "422", "444", "rotated", "interlaced"],
)
@pytest.mark.parametrize("refine", [False, True])
def test_the_active_part_is_coloured_as_if_it_were_all(
    colorizer: Colorizer, film: FilmFormat, refine: bool
) -> None:
    colorizer.refine = refine
    active = Rectangle(8, 44, 6, 58)
    down, across = film.sampling
    inside = (slice(None), slice(8 // down, 44 // down), slice(6 // across, 58 // across))
    lumas = _lumas(6, np.uint16 if film.codes.depth > 8 else np.uint8)
    alone = replace(film, shape=(36, 52), chroma_shape=(36 // down, 52 // across))
    expected = _colored(colorizer, [luma[active.inside] for luma in lumas], alone)
    got = _colored(colorizer, lumas, replace(film, active=active))
    for chroma, picture in zip(got, expected, strict=True):
        assert (picture != film.codes.neutral).any()
        assert np.array_equal(chroma[inside], picture)
        chroma[inside] = film.codes.neutral
        assert (chroma == film.codes.neutral).all()


@pytest.mark.parametrize(
    ("height", "width", "aspect", "expected"),
    [
        (1080, 1920, Fraction(1), (144, 256)),
        (1920, 1080, Fraction(1), (256, 144)),
        (576, 720, Fraction(64, 45), (144, 256)),
        (121, 161, Fraction(1), (192, 256)),
        (2, 4000, Fraction(1), (4, 256)),
    ],
)
def test_the_working_shape_is_the_displayed_one(
    height: int, width: int, aspect: Fraction, expected: tuple[int, int]
) -> None:
    assert working_shape(height, width, aspect, 256, 4) == expected


def test_devices_that_are_not_there_are_named(checkpoint: Checkpoint) -> None:
    with pytest.raises(DeviceError, match=r"cuda:77 is not available here; choose from: .*cpu"):
        Colorizer(checkpoint, device="cuda:77")
    with pytest.raises(DeviceError, match="fp16 needs a GPU"):
        Colorizer(checkpoint, device="cpu", precision="fp16")


@pytest.mark.parametrize("interlaced", [False, True])
def test_short_of_memory_batches_shrink_and_colours_are_those_of_smaller_batches(
    checkpoint: Checkpoint, interlaced: bool
) -> None:
    film = replace(FILM, interlaced=interlaced)
    small, large = (
        Colorizer(checkpoint, device="cpu", precision="fp32", engine="torch", batch_size=size)
        for size in (2, 9)
    )
    _limit_memory(large, 2)
    lumas = _lumas(9)
    expected = _colored(small, lumas, film)
    assert np.array_equal(expected, _colored(large, lumas, film, sizes=[4, 5]))
    assert large.batch_size == 2


def test_shrunk_midway_the_film_goes_on_as_before_within_rounding(
    checkpoint: Checkpoint, colorizer: Colorizer
) -> None:
    lumas = _lumas(12)
    expected, shrunk = _colored(colorizer, lumas), colorizer.film(FILM)
    colors = shrunk(lumas[:4])
    _limit_memory(colorizer, 1)
    colors += shrunk(lumas[4:8]) + shrunk(lumas[8:]) + shrunk.finish()
    got = [color.chroma for color in colors]
    assert colorizer.batch_size == 1
    assert np.abs(np.subtract(got, expected, dtype=int)).max() <= 1


def test_a_single_frame_that_memory_does_not_hold(colorizer: Colorizer) -> None:
    _limit_memory(colorizer, 0)
    with pytest.raises(DeviceError, match="cpu is out of memory"):
        colorizer.film(FILM)(_lumas(4))


def test_other_faults_of_the_network_are_no_lack_of_memory(colorizer: Colorizer) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    colorizer.predictor.model.register_forward_pre_hook(fail)
    with pytest.raises(RuntimeError, match="shapes"):
        colorizer.film(FILM)(_lumas(4))
    assert colorizer.batch_size == 4


def test_too_little_memory_is_one_clear_line() -> None:
    with (
        pytest.raises(DeviceError, match="cpu is out of memory; free some, or try a smaller"),
        enough_memory(torch.device("cpu")),
    ):
        raise torch.OutOfMemoryError("CUDA out of memory")
