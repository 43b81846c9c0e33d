"""The network sees some frames only: which, and that a film's color follows from its frames."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
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
from vidcolor.net.checkpoint import Checkpoint, load
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


def knowing(sparse: Colorizer, hinted: Collection[int], graded: Collection[int]) -> "Known":
    """One hint in some frames, one palette in others, told by their seconds."""
    shape = sparse.film(FILM).hint_shape
    weight = torch.zeros(shape)
    weight[8:14, 20:30] = 1
    hint = HintMap(torch.full((2, *shape), 0.2), weight, weight.bool())
    grade = Grade(torch.linspace(0.5, 2, len(sparse.predictor.bins)), 0.2, 1.3)
    return Known(dict.fromkeys(hinted, hint), dict.fromkeys(graded, grade))


@dataclass(eq=False)
class Known:
    """What is known of frames, by their numbers, which are also their times."""

    maps: dict[int, HintMap]
    grades: dict[int, Grade]

    def map_at(self, time: Fraction) -> HintMap | None:
        return self.maps.get(int(time))

    def grade_at(self, time: Fraction) -> Grade | None:
        return self.grades.get(int(time))

    def of(self, numbers: Sequence[int]) -> dict[str, Any]:
        """Return it as a film takes it."""
        return {
            "hints": [self.maps.get(number) for number in numbers],
            "grades": [self.grades.get(number) for number in numbers],
        }


def hinted_colors(
    sparse: Colorizer,
    lumas: Sequence[np.ndarray],
    known: Known,
    numbers: Sequence[int],
    cuts: Sequence[int],
    film: FilmFormat = FILM,
) -> list[np.ndarray]:
    """The chroma of a film of which something is known."""
    started, begins = sparse.film(film), [number in cuts for number in numbers]
    colors = started(lumas, begins, numbers=numbers, **known.of(numbers))
    return [color.chroma for color in colors + started.finish()]


@pytest.mark.parametrize("interlaced", [False, True])
def test_hints_and_palettes_change_their_frames_and_no_others(
    checkpoint: Checkpoint, interlaced: bool
) -> None:
    """Wherever they begin and end among the frames that are seen."""
    lumas, sparse = drifting(40, (12, 28)), colorizer(checkpoint, 3)
    film = replace(FILM, interlaced=interlaced)
    plain = colored(sparse, lumas, range(40), (12, 28), film)
    for hinted, graded in ((range(13, 20), ()), ((), range(14, 27)), ((16,), (35, 36, 37))):
        known = knowing(sparse, hinted, graded)
        made = hinted_colors(sparse, lumas, known, range(40), (12, 28), film)
        changed = [n for n in range(40) if not np.array_equal(made[n], plain[n])]
        assert changed == sorted({*hinted, *graded})


def test_what_is_asked_for_is_there_in_the_frames_between(checkpoint: Checkpoint) -> None:
    """Exact hints are pinned, seen or not."""
    lumas, sparse = drifting(12), colorizer(checkpoint, 3)
    known = knowing(sparse, range(12), ())
    for chroma in hinted_colors(sparse, lumas, known, range(12), ()):
        spot = chroma[:, 5:6, 11:14].astype(int)
        assert np.abs(spot - (128 + round(0.2 * 224))).max() <= 2


@pytest.mark.parametrize("every", [2, 3])
def test_with_hints_a_span_equals_the_whole_film_s(checkpoint: Checkpoint, every: int) -> None:
    lumas, sparse = drifting(40, (27,), pixels=2), colorizer(checkpoint, every)
    known = knowing(sparse, range(6, 34), range(17, 40))
    whole = hinted_colors(sparse, lumas, known, range(40), (27,))
    for first in range(16, 16 + every):
        begin, end = first - sparse.lookback, first + 2 + sparse.lookahead
        part = hinted_colors(sparse, lumas[begin:end], known, range(begin, end), (27,))
        assert np.array_equal(part[first - begin :][:2], whole[first:][:2])


def test_cells_with_hints_are_as_alone(checkpoint: Checkpoint) -> None:
    lumas = drifting(20)
    first = colorizer(checkpoint, 3)
    some, others = knowing(first, range(4, 20), ()), knowing(first, (), range(9, 20))
    dense = colorizer(checkpoint, 1, predictor=first.predictor)
    pairs = [(first, some), (first, others), (dense, some), (first, knowing(first, (), ()))]
    variants = [Variant(each, known=known) for each, known in pairs]
    together, made = FilmVariants(variants, FILM), []
    for part in (range(7), range(7, 20)):
        times = [Fraction(number) for number in part]
        given = [lumas[number] for number in part]
        begins = {None: [False] * len(part)}
        made += together(given, begins, [True] * len(part), times=times, numbers=part)
    made += together.finish()
    for index, (sparse, known) in enumerate(pairs):
        alone = hinted_colors(sparse, lumas, known, range(20), ())
        assert np.array_equal(alone, [chromas[index] for chromas in made])


def test_short_of_memory_batches_shrink_and_all_frames_come(checkpoint: Checkpoint) -> None:
    lumas = drifting(20)
    expected = colored(colorizer(checkpoint, 3, batch_size=2), lumas, range(20))
    short = colorizer(checkpoint, 3, batch_size=8)

    def refuse(_: Any, given: Any) -> None:
        if len(given[0]) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    short.predictor.model.register_forward_pre_hook(refuse)
    assert np.array_equal(colored(short, lumas, range(20)), expected)
    assert short.batch_size == 2


def test_small_frames_go_through_openvino_in_greater_number_and_come_out_the_same() -> None:
    """The film ends with fewer than a batch of them, and one more is predicted by itself."""
    pytest.importorskip("openvino", reason="the extra 'fast' is not installed")
    lumas, film = drifting(40), load("film")
    usual, small = (colorizer(film, 3, engine="openvino", batch_size=size) for size in (None, 3))
    assert usual.predict(FILM).batch_size == 8
    large = replace(FILM, shape=(1080, 1920), chroma_shape=(540, 960), active=None)
    assert usual.predict(large).batch_size == usual.batch_size == 2
    assert small.predict(FILM).batch_size == small.batch_size == 3
    expected = colored(small, lumas, range(40))
    assert np.array_equal(colored(usual, lumas, range(40)), expected)
    one, other = (each.film(FILM).predict(lumas[:1])[0] for each in (usual, small))
    assert torch.equal(one.probabilities, other.probabilities)
