"""Which frames are seen where not all are, and what those between are given."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
import torch
from test_smoothing import MOVING, left_behind, passing_thing, smoothed

from vidcolor.temporal.kernel import STEADY, ExponentialDecay
from vidcolor.temporal.motion import Step, find_step, no_step
from vidcolor.temporal.rhythm import Rhythm, reach_beyond, usual_every
from vidcolor.temporal.smoothing import Smoother
from vidcolor.temporal.sparse import Trail


def due(numbers: Sequence[int], every: int) -> list[bool]:
    is_due = Rhythm(every)
    return [is_due(number) for number in numbers]


def sparsely(
    film: torch.Tensor, seen: Sequence[int], every: int, steps: Sequence[Step], kernel=STEADY
) -> torch.Tensor:
    """film: (k, n, h, w), of which only the frames `seen` are shown."""
    smoother, trail = Smoother(kernel.spaced(every)), Trail(*film.shape[2:])
    smoothed, gaps = smoother(film[0]), []
    for index, step in enumerate(steps, 1):
        trail.follow(step)
        if index in seen:
            gap, since = trail.see()
            gaps.append(gap)
            smoothed += smoother(film[index], step=since)
        else:
            trail.skip()
    smoothed += smoother.finish()
    made = []
    for index, gap in enumerate([*gaps, trail.end()]):
        made += [smoothed[index], *gap.carried(*smoothed[index : index + 2])]
    return torch.stack(made)


@pytest.mark.parametrize("every", [1, 2, 3, 7])
def test_of_even_frames_one_in_so_many_is_due(every: int) -> None:
    assert due(range(60), every) == [number % every == 0 for number in range(60)]


@pytest.mark.parametrize("every", [2, 3, 6])
def test_which_frames_are_due_does_not_depend_on_where_reading_began(every: int) -> None:
    """Nor on how unevenly frames come; and there are never `every` in a row that are not due."""
    random = np.random.default_rng(every)
    numbers = np.cumsum(random.choice([0, 0, 0, 1, 1, 1, 2, 9], 400)).tolist()
    whole = due(numbers, every)
    assert not all(whole)
    for begin in range(100):
        assert due(numbers[begin:], every)[every:] == whole[begin + every :]
    for end in range(every, len(whole)):
        assert any(whole[end - every : end])


def test_what_is_seen_is_smoothed_as_if_what_lies_between_were_interpolated() -> None:
    """Of three frames one is seen, nothing moves, and the kernel reaches all that counts."""
    kernel = ExponentialDecay(0.9, 60, 60)
    seen = range(0, 91, 3)
    film = torch.rand(91, 4, 3, 5, generator=torch.Generator().manual_seed(0)).softmax(1)
    between = torch.stack(
        [torch.lerp(film[i // 3 * 3], film[min(i // 3 * 3 + 3, 90)], i % 3 / 3) for i in range(91)]
    )
    made = sparsely(film, seen, 3, [no_step(3, 5)] * 90, kernel)
    expected = smoothed(between, kernel)
    torch.testing.assert_close(made[30:61:3], expected[30:61:3], rtol=0, atol=1e-5)


def test_between_two_frames_seen_a_still_place_goes_from_one_to_the_other() -> None:
    """And behind the last one seen it stays."""
    film = torch.rand(9, 4, 3, 5, generator=torch.Generator().manual_seed(0)).softmax(1)
    alone = ExponentialDecay(window=0)
    made = sparsely(film, (0, 2, 6), 4, [no_step(3, 5)] * 8, alone)
    for index, (before, behind, share) in {
        1: (0, 2, 1 / 2), 3: (2, 6, 1 / 4), 5: (2, 6, 3 / 4), 7: (6, 6, 0), 8: (6, 6, 0),
    }.items():  # fmt: skip
        expected = torch.lerp(film[before], film[behind], share)
        torch.testing.assert_close(made[index], expected, rtol=0, atol=1e-6)
    for index in (0, 2, 6):
        assert torch.equal(made[index], film[index])


def test_colour_goes_along_with_what_moves() -> None:
    """Also where only the frame seen before it, or only the one behind it, shows a thing."""
    luma, share = passing_thing(3, 0, 0)
    film = torch.stack([share, 1 - share], 1)
    steps = [find_step(*pair, 4, grain=4) for pair in pairwise(luma)]
    made = sparsely(film, range(0, len(film), 4), 4, steps, ExponentialDecay(window=0))[:, 0]
    stays = film[torch.arange(len(film)) // 4 * 4, 0]
    carried, left = ((each - share)[:33].abs().mean() for each in (made, stays))
    assert carried < left / 4
    torch.testing.assert_close(
        sparsely(film, range(0, len(film), 4), 4, steps).sum(1), torch.ones(share.shape)
    )


@pytest.mark.parametrize(
    ("speed", "grain", "pan"),
    [pytest.param(*case, marks=() if case in MOVING[::3] else pytest.mark.long) for case in MOVING],
)
def test_a_moving_thing_leaves_no_more_colour_behind_than_if_every_frame_is_seen(
    speed: int, grain: float, pan: int
) -> None:
    """Than its bound there, which the published kernel exceeds many times over."""
    luma, share = passing_thing(speed, grain, pan)
    film = torch.stack([share, 1 - share], 1)
    steps = [find_step(*pair, 4, grain=4) for pair in pairwise(luma)]
    made = sparsely(film, range(0, len(film), 3), 3, steps)
    assert left_behind(made[:, 0], share) < 0.05


@pytest.mark.parametrize("every", [2, 3])
def test_a_span_with_its_neighbourhood_gives_the_whole_runs_frames(every: int) -> None:
    """With one frame more before it than is said here, because what is seen is given."""
    luma, share = passing_thing(2, 0, 0)
    luma, share = luma * 2, torch.cat([share, share])
    film = torch.stack([share, 1 - share], 1) + torch.rand(len(share), 2, 1, 1)
    steps = [find_step(*pair, 4, grain=4) for pair in pairwise(luma)]
    kernel = ExponentialDecay(0.2, 7, 3)
    seen = range(0, len(film), every)
    whole = sparsely(film, seen, every, steps, kernel)
    before, behind = reach_beyond(every)
    for first in range(30, 30 + every):
        # Whichever frame comes first is seen.
        begin, end = first - kernel.lookback - before, first + 2 + kernel.lookahead + behind
        part = sparsely(
            film[begin:end],
            [index - begin for index in seen],
            every,
            steps[begin : end - 1],
            kernel,
        )
        assert torch.equal(part[first - begin :][:2], whole[first:][:2])


def test_where_every_frame_is_seen_nothing_more_is_needed() -> None:
    assert reach_beyond(1) == (0, 0)
    assert STEADY.spaced(1) is STEADY


def test_unless_told_otherwise_one_frame_in_three_is_seen() -> None:
    """But each where nothing is followed or smoothing is off, for then nothing is to be mixed."""
    usual = {case: usual_every(*case) for case in [(True, 20), (True, 0), (True, 2), (False, 20)]}
    assert usual == {(True, 20): 3, (True, 0): 1, (True, 2): 1, (False, 20): 1}
