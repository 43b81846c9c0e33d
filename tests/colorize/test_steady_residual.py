"""What hints add over time: evened out along the shot, and in step with the smoothing."""

import numpy as np
import pytest
import torch

from vidcolor.colorize.predict import Prediction
from vidcolor.colorize.steady_residual import SteadyResidual
from vidcolor.net.hints import HintMap
from vidcolor.temporal.kernel import ExponentialDecay
from vidcolor.temporal.smoothing import Smoother

SHAPE = (24, 32)
LUMA = np.random.default_rng(0).random(SHAPE).astype(np.float32)
KERNEL = ExponentialDecay(0.2, window=6, ahead=3)


def picture(hinted: bool) -> Prediction:
    hints = HintMap(torch.zeros(2, *SHAPE), torch.zeros(SHAPE), torch.zeros(SHAPE).bool())
    probabilities = torch.full((4, 6, 8), 0.25)
    return Prediction(
        luma=LUMA, plane=None, hints=hints if hinted else None, probabilities=probabilities
    )


def run(hinted: list[bool], begins: list[int], motion: bool = True) -> list[float | None]:
    """The mean of what comes for each picture, where alone each second one has 1 and others 0."""

    def alone(prediction: Prediction, plane: np.ndarray) -> tuple[torch.Tensor, np.ndarray]:
        return torch.full((2, *SHAPE), float(plane[0, 0] % 2)), prediction.luma

    steady, smoother = SteadyResidual(KERNEL, motion, alone), Smoother(KERNEL)
    found: list[torch.Tensor | None] = []
    for number, has_hints in enumerate(hinted):
        prediction, plane = picture(has_hints), np.full((1, 1), number)
        came = steady(prediction, plane, number in begins)
        smoothed = smoother(prediction.probabilities, begins_shot=number in begins)
        assert len(came) == len(smoothed)
        found += came
    found += steady.flush()
    assert len(found) == len(hinted)
    return [None if each is None else float(each.mean()) for each in found]


@pytest.mark.parametrize("motion", [True, False])
def test_what_comes_and_goes_is_evened_out(motion: bool) -> None:
    """As the sum says of a kernel that decays at a quarter of the speed."""
    means = run([True] * 20, [0], motion)
    for number, mean in enumerate(means):
        near = range(max(0, number - 6), min(20, number + 4))
        weights = [np.exp(-0.05 * abs(number - other)) for other in near]
        expected = sum(w * (n % 2) for w, n in zip(weights, near, strict=True)) / sum(weights)
        assert mean == pytest.approx(expected, abs=1e-4)


def test_it_never_reaches_across_a_cut_or_a_picture_without_hints() -> None:
    hinted = [True] * 5 + [False] + [True] + [False] * 2 + [True] * 6
    means = run(hinted, [0, 12])
    assert [mean is None for mean in means] == [not each for each in hinted]
    assert means[6] == 0  # alone between two without hints
    assert means[:5] == pytest.approx(run([True] * 5, [0]), abs=1e-6)
    assert means[12:] == pytest.approx(run([True] * 3, [0]), abs=1e-6)  # behind a cut
