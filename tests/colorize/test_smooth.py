"""The colors that references lend, smoothed over time."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from vidcolor.colorize.predict import Prediction
from vidcolor.colorize.references import Lent
from vidcolor.colorize.smooth import Smooth
from vidcolor.colorize.stretch import Stretch
from vidcolor.temporal.kernel import PUBLISHED, STEADY, ExponentialDecay

SHAPE = 3, 4
CHROMA = torch.linspace(-0.3, 0.3, 24).reshape(2, *SHAPE)
"""What references lend in a light of 1."""


def smoothed(
    light: Sequence[float], kernel: ExponentialDecay = STEADY, cut: int = 0
) -> list[Prediction]:
    """Pictures of one thing in such lights, each of which the network sees; cut: where one is."""
    smooth = Smooth(kernel, 1)
    done = []
    for number, brightness in enumerate(light):
        weight = torch.full(SHAPE, 0.5)
        picture = Prediction(
            luma=np.zeros(SHAPE, np.float32),
            plane=None,
            probabilities=torch.ones(1, *SHAPE),
            matched=Lent(CHROMA * brightness, weight, weight > 1, brightness=brightness),
        )
        done += smooth(Stretch(picture, begins_shot=number in (0, cut), since=None))
    return [stretch.seen for stretch in [*done, *smooth.flush()]]


def colors(pictures: Sequence[Prediction]) -> torch.Tensor:
    return torch.stack([each.matched.chroma for each in pictures if each.matched])


def lit(light: Sequence[float]) -> torch.Tensor:
    return torch.tensor(light)[:, None, None, None] * CHROMA


@pytest.mark.parametrize("kernel", [STEADY, PUBLISHED])
def test_color_fades_as_the_light_does_without_delay(kernel: ExponentialDecay) -> None:
    light = [*np.linspace(0.2, 1, 7).tolist(), *[1.0] * 9, 0.8, 0.6, 0.4]
    assert torch.allclose(colors(smoothed(light, kernel)), lit(light), atol=1e-6)


def test_what_glitter_tells_of_the_light_does_not_make_color_waver() -> None:
    light = [(1.0, 1.0, 1.2, 1.0, 0.9)[number % 5] for number in range(30)]
    assert torch.allclose(colors(smoothed(light))[2:-2], CHROMA, atol=1e-6)


def test_shots_have_lights_of_their_own() -> None:
    light = [1.0] * 5 + [0.3] * 5
    assert torch.allclose(colors(smoothed(light, cut=5)), lit(light), atol=1e-6)
