"""The smoothing kernel against the sum written out, and its promise of exactness."""

from collections.abc import Sequence
from itertools import pairwise
from math import exp

import cv2
import numpy as np
import pytest
import torch

from vidcolor.temporal.kernel import PUBLISHED, STEADY, ExponentialDecay
from vidcolor.temporal.motion import Step, find_step
from vidcolor.temporal.smoothing import Smoother

FRAMES = 47


@pytest.fixture
def film() -> torch.Tensor:
    return torch.rand(FRAMES, 8, 3, 5, generator=torch.Generator().manual_seed(0)).softmax(1)


def smoothed(
    film: torch.Tensor,
    kernel: ExponentialDecay,
    cuts: Sequence[int] = (),
    steps: Sequence[Step] | None = None,
) -> torch.Tensor:
    """steps: between each frame and the next."""
    smoother = Smoother(kernel)
    done = []
    for index, frame in enumerate(film):
        taken = steps[index - 1] if steps is not None and index else None
        done += smoother(frame, begins_shot=index in cuts, step=taken)
    return torch.stack(done + smoother.finish())


def slowly(
    film: torch.Tensor, decay: float, window: int, ahead: int, cuts: Sequence[int] = ()
) -> torch.Tensor:
    """Each frame's mean over its kernel, as far as its shot goes, written out."""
    means = []
    for t in range(len(film)):
        first = max([0, t - window, *(cut for cut in cuts if cut <= t)])
        last = min([len(film) - 1, t + ahead, *(cut - 1 for cut in cuts if cut > t)])
        weights = {i: exp(-decay * abs(t - i)) for i in range(first, last + 1)}
        total = sum(film[i].double() * weight for i, weight in weights.items())
        means.append(total / sum(weights.values()))
    return torch.stack(means)


@pytest.mark.parametrize(
    ("decay", "window", "ahead"),
    [(0.2, 20, 0), (0.05, 3, 0), (1.0, 60, 0), (0.0, 5, 0), (0.2, 20, 10), (0.1, 2, 7)],
)
@pytest.mark.parametrize("cuts", [(), (9, 10, 31)])
def test_it_is_the_finite_sum(film, decay, window, ahead, cuts) -> None:
    streamed = smoothed(film, ExponentialDecay(decay, window, ahead), cuts)
    assert (streamed - slowly(film, decay, window, ahead, cuts)).abs().max() < 1e-6


def test_the_published_kernel() -> None:
    assert (PUBLISHED.decay, PUBLISHED.window, PUBLISHED.ahead) == (0.2, 20, 0)
    assert (PUBLISHED.lookback, PUBLISHED.lookahead) == (20, 0)
    assert (STEADY.lookback, STEADY.lookahead) == (20, 10)


@pytest.mark.parametrize("follows", [False, True])
@pytest.mark.parametrize("kernel", [PUBLISHED, STEADY])
def test_a_span_with_its_neighbourhood_gives_the_whole_runs_frames(kernel, follows) -> None:
    luma = moving_square()
    film = torch.rand(len(luma), 4, 8, 12, generator=torch.Generator().manual_seed(0)).softmax(1)
    steps = [find_step(*pair, 4) for pair in pairwise(luma)] if follows else None
    whole = smoothed(film, kernel, steps=steps)
    first, end = 25, 28
    begin, last = first - kernel.lookback, end + kernel.lookahead
    part = smoothed(film[begin:last], kernel, steps=steps and steps[begin:])
    assert torch.equal(part[first - begin : end - begin], whole[first:end])
    shorter = smoothed(film[begin + 1 : last], kernel, steps=steps and steps[begin + 1 :])
    assert not torch.equal(shorter[first - begin - 1 : end - begin - 1], whole[first:end])


def test_a_kernel_of_one_frame_changes_nothing(film: torch.Tensor) -> None:
    assert torch.equal(smoothed(film, ExponentialDecay(0.2, 0, 0)), film)


@pytest.mark.parametrize("kernel", [PUBLISHED, STEADY])
def test_nothing_reaches_across_a_cut(film: torch.Tensor, kernel: ExponentialDecay) -> None:
    together = smoothed(film, kernel, cuts=[23])
    apart = [smoothed(film[:23], kernel), smoothed(film[23:], kernel)]
    assert torch.equal(together, torch.cat(apart))


def test_without_a_look_ahead_a_shots_first_frame_is_itself(film: torch.Tensor) -> None:
    assert torch.equal(smoothed(film, PUBLISHED, cuts=[23])[23], film[23])


def test_where_nothing_moves_motion_changes_nothing(film: torch.Tensor) -> None:
    still = np.random.default_rng(0).random((48, 80), np.float32)
    film = torch.nn.functional.interpolate(film, (12, 20))
    steps = [find_step(still, still, 4)] * FRAMES
    torch.testing.assert_close(
        smoothed(film, STEADY, steps=steps), smoothed(film, STEADY), rtol=0, atol=1e-5
    )


def test_probabilities_stay_normalised() -> None:
    luma = moving_square()
    film = torch.rand(len(luma), 4, 8, 12, generator=torch.Generator().manual_seed(0)).softmax(1)
    steps = [find_step(*pair, 4) for pair in pairwise(luma)]
    totals = smoothed(film, STEADY, steps=steps).sum(1)
    torch.testing.assert_close(totals, torch.ones_like(totals), rtol=0, atol=1e-5)


def moving_square() -> list[np.ndarray]:
    """A bright textured square of 12 x 12 crosses 32 x 48 of dark ground, a pixel a frame."""
    random = np.random.default_rng(3)
    ground = random.uniform(0.1, 0.3, (32, 48)).astype(np.float32)
    square = random.uniform(0.6, 0.9, (12, 12)).astype(np.float32)
    frames = []
    for shift in range(FRAMES - 11):
        frame = ground.copy()
        frame[10:22, shift : shift + 12] = square
        frames.append(frame)
    return frames


@pytest.mark.parametrize("pan", [0, 1])
@pytest.mark.parametrize("grain", [0, 0.02])
@pytest.mark.parametrize("speed", [2, 3, 4])
def test_a_moving_thing_leaves_no_colour_behind(speed: int, grain: float, pan: int) -> None:
    """Of its probability, which its chroma is proportional to, 3 frames later.

    The published kernel leaves a third to a half.
    """
    luma, share = passing_thing(speed, grain, pan)
    film = torch.stack([share, 1 - share], 1)
    steps = [find_step(*pair, 4) for pair in pairwise(luma)]
    assert left_behind(smoothed(film, STEADY, steps=steps)[:, 0], share) < 0.05
    assert left_behind(smoothed(film, PUBLISHED)[:, 0], share) > 0.3


def passing_thing(speed: int, grain: float, pan: int) -> tuple[list[np.ndarray], torch.Tensor]:
    """Luma (108, 192) of a thing of 36 x 40 that crosses it, and its share of each cell, (27, 48).

    speed: its pixels a frame. grain: standard deviation. pan: pixels a frame of the ground.
    """
    random = np.random.default_rng(0)
    ground, thing = texture(random, 108, 260, 0.1, 0.4), texture(random, 40, 36, 0.5, 0.9)
    luma, shares = [], []
    for index in range(34):
        frame, covered = ground[:, index * pan :][:, :192].copy(), np.zeros((108, 192), np.float32)
        left = 6 + speed * index
        frame[34:74, left : left + 36], covered[34:74, left : left + 36] = thing, 1
        frame += random.normal(0, grain, frame.shape)
        luma.append(frame.clip(0, 1))
        shares.append(covered.reshape(27, 4, 48, 4).mean((1, 3)))
    return luma, torch.from_numpy(np.stack(shares))


def texture(
    random: np.random.Generator, height: int, width: int, low: float, high: float
) -> np.ndarray:
    """Luma that flow can follow."""
    noise = cv2.GaussianBlur(random.random((height, width), np.float32), (0, 0), 2)
    return cv2.normalize(noise, None, low, high, cv2.NORM_MINMAX)


def left_behind(smoothed: torch.Tensor, share: torch.Tensor, frames: int = 3) -> float:
    """Mean over the places that were the thing's alone and that it left so many frames ago."""
    left = [
        now[(share[:t].amax(0) == 1) & (share[t - frames] > 0) & (recent.amax(0) == 0)]
        for t, now in enumerate(smoothed)
        if 12 <= t < len(smoothed) - STEADY.ahead and len(recent := share[t - frames + 1 : t + 1])
    ]
    return float(torch.cat(left).mean())
