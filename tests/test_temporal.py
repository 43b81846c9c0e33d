"""The smoothing kernel against the sum written out, and its promise of exactness."""

from math import exp

import pytest
import torch

from vidcolor.temporal import ExponentialDecay, ExponentialSmoother

FRAMES = 47
KERNEL = ExponentialDecay()


@pytest.fixture
def film() -> torch.Tensor:
    return torch.rand(FRAMES, 8, 3, 5, generator=torch.Generator().manual_seed(0)).softmax(1)


def _slowly(film: torch.Tensor, decay: float, window: int) -> torch.Tensor:
    smoothed = []
    for t in range(len(film)):
        ages = range(min(t, window) + 1)
        total = sum(film[t - i].double() * exp(-decay * i) for i in ages)
        smoothed.append(total / sum(exp(-decay * i) for i in ages))
    return torch.stack(smoothed)


def _stream(film: torch.Tensor, size: int, kernel: ExponentialDecay = KERNEL) -> torch.Tensor:
    smoother = ExponentialSmoother(kernel)
    return torch.cat([smoother(batch) for batch in film.split(size)])


@pytest.mark.parametrize(("decay", "window"), [(0.2, 20), (0.05, 3), (1.0, 60), (0.0, 5)])
def test_it_is_the_finite_sum(film: torch.Tensor, decay: float, window: int) -> None:
    streamed = _stream(film, 8, ExponentialDecay(decay, window))
    assert (streamed - _slowly(film, decay, window)).abs().max() < 1e-6


def test_the_published_defaults() -> None:
    assert (KERNEL.decay, KERNEL.window) == (0.2, 20)
    assert (KERNEL.lookback, KERNEL.lookahead) == (20, 0)


@pytest.mark.parametrize("size", [1, 7, 20, 21, 30])
def test_batches_change_nothing(film: torch.Tensor, size: int) -> None:
    assert torch.equal(_stream(film, size), _stream(film, FRAMES))


def test_a_run_up_of_the_window_gives_the_whole_runs_frames(film: torch.Tensor) -> None:
    segment = _stream(film[9:], 5)[20:]
    assert torch.equal(segment, _stream(film, 8)[29:])
    shorter = _stream(film[10:], 5)[19:]
    assert not torch.equal(shorter, _stream(film, 8)[29:])


def test_window_zero_changes_nothing(film: torch.Tensor) -> None:
    assert torch.equal(_stream(film, 8, ExponentialDecay(0.2, 0)), film)


def test_reset_forgets(film: torch.Tensor) -> None:
    smoother = ExponentialSmoother(KERNEL)
    smoother(film[:30])
    smoother.reset()
    assert torch.equal(smoother(film[30:]), _stream(film[30:], FRAMES))


def test_probabilities_stay_normalised(film: torch.Tensor) -> None:
    totals = _stream(film, 8).sum(1)
    torch.testing.assert_close(totals, torch.ones_like(totals))
