"""A film coloured in several ways at once: each as alone, and what they share done once."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from vidcolor.color.yuv import CodeRange
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.controls import Controls
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.variants import FilmVariants, Variant, longest
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.net.decoding import Decoding
from vidcolor.temporal.kernel import ExponentialDecay

FILM = FilmFormat(CodeRange(8, False), (48, 64), (24, 32))
CUT = (Fraction(1),)


def ways(checkpoint: Checkpoint, engine: str = "torch") -> list[Variant]:
    """Eleven that see the film as four do."""
    first = Colorizer(checkpoint, every=1, precision="fp32", engine=engine, batch_size=3)

    def colorizer(decoding: Decoding = checkpoint.decoding, **options: object) -> Colorizer:
        options = {"batch_size": 3, "predictor": first.predictor, "every": 1, **options}
        return Colorizer(checkpoint, decoding=decoding, **options)

    return [
        Variant(first),
        Variant(colorizer(replace(checkpoint.decoding, temperature=0))),
        Variant(colorizer(controls=Controls(0.5, 0.2))),
        Variant(colorizer(replace(checkpoint.decoding, pool=True))),
        Variant(colorizer(replace(checkpoint.decoding, pool=True, saturation=0.7))),
        Variant(colorizer(kernel=ExponentialDecay(0.1, 4, 2))),
        Variant(colorizer(kernel=ExponentialDecay(0.1, 0))),
        Variant(colorizer(motion=False), CUT),
        Variant(colorizer(replace(checkpoint.decoding, working_size=96))),
        Variant(colorizer(batch_size=2)),
        Variant(
            Colorizer(checkpoint, every=1, precision="bf16", engine="torch", batch_size=3), CUT
        ),
    ]


def lumas(count: int) -> list[np.ndarray]:
    coarse = np.random.default_rng(0).integers(16, 236, (count, 12, 16))
    return list(coarse.repeat(4, 1).repeat(4, 2).astype(np.uint8))


@pytest.mark.parametrize("interlaced", [False, True])
def test_each_is_as_alone_and_the_network_sees_a_frame_once(
    checkpoint: Checkpoint, interlaced: bool
) -> None:
    film, shown, variants = replace(FILM, interlaced=interlaced), lumas(11), ways(checkpoint)
    begins = {None: [False] * 11, CUT: [index == 6 for index in range(11)]}
    wanted = [2 <= index < 9 for index in range(11)]
    expected = []
    for variant in variants:
        alone = variant.colorizer.film(film)
        colors = alone(shown, begins[variant.cuts], None, wanted) + alone.finish()
        expected.append([color.chroma for color in colors])

    seen: list[int] = []
    for predictor in {variant.colorizer.predictor for variant in variants}:
        predictor.model.register_forward_pre_hook(lambda _, given: seen.append(len(given[0])))
    together, made = FilmVariants(variants, film), []
    for part in (slice(0, 4), slice(4, 5), slice(5, 11)):
        begun = {cuts: marks[part] for cuts, marks in begins.items()}
        made += together(shown[part], begun, wanted[part])
    made += together.finish()
    assert len(made) == 7
    for chromas, *alone in zip(made, *expected, strict=True):
        assert all(map(np.array_equal, chromas, alone))
    # Batches of 3, for 4, 1 and 6 frames, three times; of 2 once.
    assert sorted(seen) == sorted(([3] * 5 * 3 + [2] * 6) * (1 + interlaced))


@pytest.mark.parametrize("engine", ["torch", "auto"])
def test_each_is_as_alone_where_scans_mix(checkpoint: Checkpoint, engine: str) -> None:
    film, shown, variants = replace(FILM, interlaced=True), lumas(8), ways(checkpoint, engine)
    begins, every = {None: [False] * 8, CUT: [index == 6 for index in range(8)]}, [True] * 8
    interlaced = [index % 5 < 2 for index in range(8)]
    together = FilmVariants(variants, film)
    made = together(shown, begins, every, interlaced) + together.finish()
    for index, variant in enumerate(variants):
        alone = variant.colorizer.film(film)
        colors = alone(shown, begins[variant.cuts], None, every, interlaced) + alone.finish()
        for chromas, color in zip(made, colors, strict=True):
            assert np.array_equal(chromas[index], color.chroma)


def test_they_differ(checkpoint: Checkpoint) -> None:
    """But for the batch size, by which they may differ in rounding."""
    together = FilmVariants(variants := ways(checkpoint), FILM)
    begins = {None: [False] * 8, CUT: [index == 6 for index in range(8)]}
    *_, last = together(lumas(8), begins, [True] * 8) + together.finish()
    assert len({chroma.tobytes() for chroma in last}) >= len(variants) - 1


def test_the_longest_kernel_reaches_as_far_as_any(checkpoint: Checkpoint) -> None:
    kernels = [ExponentialDecay(0.2, 5, 1), ExponentialDecay(0.1, 2, 7)]
    variants = [Variant(Colorizer(checkpoint, kernel=kernel, every=1)) for kernel in kernels]
    assert (longest(variants).lookback, longest(variants).lookahead) == (5, 7)
    variants.append(Variant(Colorizer(checkpoint, kernel=kernels[1], every=3)))
    assert (longest(variants).lookback, longest(variants).lookahead) == (7, 9)
