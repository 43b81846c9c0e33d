"""What hints add over time: evened out along the shot, and in step with the smoothing."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from vidcolor.colorize.look import Look
from vidcolor.colorize.predict import Prediction, Shown
from vidcolor.colorize.smooth import Smooth
from vidcolor.colorize.steady_residual import SteadyResidual
from vidcolor.net.hints import HintMap
from vidcolor.temporal.kernel import ExponentialDecay

SHAPE = (24, 32)
LUMA = np.random.default_rng(0).random(SHAPE).astype(np.float32)
KERNEL = ExponentialDecay(0.2, window=6, ahead=3)


def see(pictures: Sequence[Shown]) -> list[Prediction]:
    return [each.with_probabilities(torch.full((4, 6, 8), 0.25)) for each in pictures]


def run(
    hinted: Sequence[bool], begins: Sequence[int] = (0,), motion: bool = True, every: int = 1
) -> list[float | None]:
    """The mean of what comes for each picture, where alone each odd one has 1 and others 0.

    It comes no later than the smoothed picture does.
    """
    hints = HintMap(torch.zeros(2, *SHAPE), torch.zeros(SHAPE), torch.zeros(SHAPE).bool())
    look = Look(see, lambda: 1, every=every, motion=motion, cell=4)
    smooth = Smooth(KERNEL, every)
    steady = SteadyResidual(
        KERNEL,
        every,
        motion,
        luma=lambda picture, plane: picture.luma,
        residual=lambda seen, luma: torch.full((2, *SHAPE), float(seen.plane[0, 0] % 2)),
    )
    found: list[torch.Tensor | None] = []
    smoothed = 0
    for number, has_hints in enumerate(hinted):
        plane = np.full((1, 1), number)
        shown = Shown(luma=LUMA, plane=plane, hints=hints if has_hints else None)
        for stretch in look([shown], [number in begins], [number]):
            found += steady(stretch, [picture.plane for picture in stretch.pictures])
            smoothed += sum(len(done.pictures) for done in smooth(stretch))
            assert len(found) >= smoothed
    for stretch in look.flush():
        found += steady(stretch, [picture.plane for picture in stretch.pictures])
    found += steady.flush()
    assert len(found) == len(hinted)
    return [None if each is None else float(each.mean()) for each in found]


@pytest.mark.parametrize("motion", [True, False])
def test_what_comes_and_goes_is_evened_out(motion: bool) -> None:
    """As the sum says of a kernel that decays at a quarter of the speed."""
    means = run([True] * 20, motion=motion)
    for number, mean in enumerate(means):
        near = range(max(0, number - 6), min(20, number + 4))
        weights = [np.exp(-0.05 * abs(number - other)) for other in near]
        expected = sum(w * (n % 2) for w, n in zip(weights, near, strict=True)) / sum(weights)
        assert mean == pytest.approx(expected, abs=1e-4)


def test_pictures_that_are_not_seen_take_from_those_that_are() -> None:
    """In equal parts from those beside them, and behind the last one from that alone."""
    means = run([True] * 21, every=3)
    seen = np.array(means[::3], float)
    assert np.ptp(seen) > 0.01
    for number, mean in enumerate(means):
        share, before = number % 3 / 3, number // 3
        behind = min(before + 1, 6)
        expected = (1 - share) * seen[before] + share * seen[behind]
        assert mean == pytest.approx(expected, abs=1e-3)


def test_hints_that_begin_or_end_between_pictures_that_are_seen() -> None:
    """One that is not seen has its own residual where the one seen before it has no hints."""
    hinted = [False] * 4 + [True] * 4 + [False] * 4
    means = run(hinted, every=3)
    assert [mean is not None for mean in means] == hinted
    assert means[4:6] == [0, 1]
    assert means[6] == means[7] == 0


def test_it_never_reaches_across_a_cut_or_a_picture_without_hints() -> None:
    hinted = [True] * 5 + [False] + [True] + [False] * 2 + [True] * 6
    means = run(hinted, [0, 12])
    assert [mean is None for mean in means] == [not each for each in hinted]
    assert means[6] == 0  # alone between two without hints
    assert means[:5] == pytest.approx(run([True] * 5), abs=1e-6)
    assert means[12:] == pytest.approx(run([True] * 3), abs=1e-6)  # behind a cut
