"""The network sees some frames only: which, and that a film's color follows from its frames."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from drifting import drifting

from vidcolor.color.yuv import CodeRange
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.grade import Grade
from vidcolor.colorize.variants import FilmVariants, Variant
from vidcolor.errors import UsageError
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.net.hints import HintMap
from vidcolor.temporal.kernel import ExponentialDecay

FILM = FilmFormat(CodeRange(8, False), (48, 64), (24, 32))
KERNEL = ExponentialDecay(0.2, 5, 3)


def colorizer(checkpoint: Checkpoint, every: int, **options: Any) -> Colorizer:
    given = {"kernel": KERNEL, "batch_size": 3, "precision": "fp32", "engine": "torch"}
    options = given | options
    return Colorizer(checkpoint, every=every, device="cpu", **options)


def colored(
    colorizer: Colorizer,
    lumas: Sequence[np.ndarray],
    numbers: Sequence[int],
    cuts: Sequence[int] = (),
    film: FilmFormat = FILM,
    size: int = 4,
) -> list[np.ndarray]:
    """The chroma of a film whose frames are given in batches of a size."""
    started, colors = colorizer.film(film), []
    for at in range(0, len(lumas), size):
        frames = range(at, min(at + size, len(lumas)))
        begins = [index in cuts for index in frames]
        given = [numbers[index] for index in frames]
        colors += started(lumas[at : at + size], begins, numbers=given)
    return [color.chroma for color in colors + started.finish()]


def seen_by(colorizer: Colorizer) -> set[bytes]:
    """Return the lumas that the network is shown from now on."""
    seen: set[bytes] = set()

    def note(_: Any, given: Any) -> None:
        seen.update(each.numpy().tobytes() for each in given[0])

    colorizer.predictor.model.register_forward_pre_hook(note)
    return seen


@pytest.mark.parametrize(
    ("every", "cuts", "expected"),
    [(1, (), range(20)), (3, (), (0, 2, 5, 8, 11, 14, 17)), (4, (7,), (0, 3, 7, 11, 15, 19))],
)
def test_the_network_sees_the_frames_that_are_due_and_the_first_of_each_shot(
    checkpoint: Checkpoint, every: int, cuts: Sequence[int], expected: Sequence[int]
) -> None:
    lumas = drifting(20, cuts)
    sparse = colorizer(checkpoint, every)
    shown = [each.luma.tobytes() for each in sparse.predict(FILM).show(lumas)]
    seen = seen_by(sparse)
    colored(sparse, lumas, range(1, 21), cuts)
    assert [index for index, luma in enumerate(shown) if luma in seen] == list(expected)


def test_it_looks_afresh_where_the_picture_is_another(checkpoint: Checkpoint) -> None:
    """Though no shot is said to begin there."""
    lumas = drifting(20, (10,))
    sparse = colorizer(checkpoint, 6)
    shown = [each.luma.tobytes() for each in sparse.predict(FILM).show(lumas)]
    seen = seen_by(sparse)
    colored(sparse, lumas, range(20))
    assert [index for index, luma in enumerate(shown) if luma in seen] == [0, 6, 10, 12, 18]


def test_without_motion_every_frame_is_seen(checkpoint: Checkpoint) -> None:
    still = colorizer(checkpoint, 3, motion=False)
    assert (still.every, still.lookback, still.lookahead) == (1, 5, 3)
    lumas = drifting(9)
    seen = seen_by(still)
    colored(still, lumas, range(9))
    assert len(seen) == 9


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("every", [2, 3, 4])
def test_a_span_with_its_neighbourhood_equals_the_whole_film_s(
    checkpoint: Checkpoint, every: int, interlaced: bool
) -> None:
    """Wherever it begins, though its first frame is always seen and times are uneven."""
    lumas = drifting(48, (27,), pixels=2)
    random = np.random.default_rng(0)
    numbers = np.cumsum(random.choice([0, 1, 1, 1, 2], len(lumas))).tolist()
    film, sparse = replace(FILM, interlaced=interlaced), colorizer(checkpoint, every)
    whole = colored(sparse, lumas, numbers, (27,), film)
    assert len(whole) == len(lumas)
    for first in range(18, 20 + every):
        begin, end = first - sparse.lookback, first + 2 + sparse.lookahead
        cuts = [27 - begin]
        part = colored(sparse, lumas[begin:end], numbers[begin:end], cuts, film, size=5)
        assert np.array_equal(part[first - begin :][:2], whole[first:][:2])


def test_a_frame_does_not_depend_on_its_batch(checkpoint: Checkpoint) -> None:
    lumas, sparse = drifting(20), colorizer(checkpoint, 3)
    expected = colored(sparse, lumas, range(20))
    for size in (1, 7, 20):
        assert np.array_equal(colored(sparse, lumas, range(20), size=size), expected)


def test_nothing_before_a_cut_changes_what_follows_nor_the_reverse(checkpoint: Checkpoint) -> None:
    lumas, sparse = drifting(20, (8,)), colorizer(checkpoint, 3)
    others = [plane[::-1].copy() for plane in lumas]
    expected = colored(sparse, lumas, range(20), (8,))
    before = colored(sparse, others[:8] + lumas[8:], range(20), (8,))
    behind = colored(sparse, lumas[:8] + others[8:], range(20), (8,))
    assert np.array_equal(before[8:], expected[8:])
    assert np.array_equal(behind[:8], expected[:8])


def test_colors_are_near_those_of_every_frame_seen(checkpoint: Checkpoint) -> None:
    """By less than a quarter of a code in the mean, though what they see is not the same."""
    lumas = drifting(30)
    dense, sparse = (
        np.stack(colored(colorizer(checkpoint, every), lumas, range(30))).astype(int)
        for every in (1, 3)
    )
    assert 0 < np.abs(sparse - dense).mean() < 0.25


def test_cells_are_as_alone_whatever_they_see(checkpoint: Checkpoint) -> None:
    cut, lumas = (Fraction(1),), drifting(22, (9,))
    first = colorizer(checkpoint, 3)
    shared = {"predictor": first.predictor}
    vivid = replace(checkpoint.decoding, temperature=0.1)
    variants = [
        Variant(first),
        Variant(colorizer(checkpoint, 1, **shared)),
        Variant(colorizer(checkpoint, 4, **shared), cut),
        Variant(colorizer(checkpoint, 3, **shared), cut),
        Variant(colorizer(checkpoint, 3, decoding=vivid, **shared)),
        Variant(colorizer(checkpoint, 3, kernel=ExponentialDecay(0.1, 9), **shared)),
    ]
    begins = {None: [False] * 22, cut: [index == 9 for index in range(22)]}
    numbers = range(5, 27)
    together, made = FilmVariants(variants, replace(FILM, interlaced=True)), []
    for part in (slice(0, 6), slice(6, 22)):
        begun = {cuts: marks[part] for cuts, marks in begins.items()}
        every = [True] * len(lumas[part])
        made += together(lumas[part], begun, every, numbers=numbers[part])
    made += together.finish()
    assert len({chroma.tobytes() for chroma in made[6]}) == len(variants)
    for index, variant in enumerate(variants):
        film = variant.colorizer.film(replace(FILM, interlaced=True))
        colors = film(lumas, begins[variant.cuts], numbers=numbers) + film.finish()
        assert len(colors) == len(made)
        for color, chromas in zip(colors, made, strict=True):
            assert np.array_equal(color.chroma, chromas[index])


class Known:
    """Nothing is known of any frame."""

    def map_at(self, time: Fraction) -> None: ...

    def grade_at(self, time: Fraction) -> None: ...


def test_hints_need_every_frame_seen(checkpoint: Checkpoint) -> None:
    """They are refused, not left out unsaid; that there are none is no hint."""
    lumas = drifting(2)
    hint = HintMap(torch.zeros(2, 48, 64), torch.ones(48, 64), torch.ones(48, 64).bool())
    sparse = colorizer(checkpoint, 2)
    told = "every: hints need every frame seen; leave --every out"
    given: tuple[dict[str, Any], ...] = ({"hints": [None, hint]}, {"grades": [Grade(), None]})
    for known in given:
        with pytest.raises(UsageError, match=told):
            sparse.film(FILM)(lumas, **known)
        dense = colorizer(checkpoint, 2, motion=False).film(FILM)
        assert len(dense(lumas, **known) + dense.finish()) == 2
    film = sparse.film(FILM)
    assert len(film(lumas, hints=[None] * 2, grades=[None] * 2) + film.finish()) == 2
    with pytest.raises(UsageError, match=told):
        Variant(sparse, known=Known())


def test_short_of_memory_batches_halve_and_all_frames_come(checkpoint: Checkpoint) -> None:
    lumas = drifting(20)
    expected = colored(colorizer(checkpoint, 3, batch_size=2), lumas, range(20))
    short = colorizer(checkpoint, 3, batch_size=4)

    def refuse(_: Any, given: Any) -> None:
        if len(given[0]) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    short.predictor.model.register_forward_pre_hook(refuse)
    assert np.array_equal(colored(short, lumas, range(20)), expected)
    assert short.batch_size == 2
