"""The first of three steps: luma at full size in, bin probabilities of the network out."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch

from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.grade import Grade
from vidcolor.colorize.network_input import NetworkInput
from vidcolor.net.batched_predictor import BatchedPredictor
from vidcolor.net.device import enough_memory
from vidcolor.net.hints import HintMap


@dataclass(frozen=True, eq=False)
class Prediction:
    """One picture and the distribution over the color bins that belongs to it.

    probabilities: (n, h, w) float32 on the CPU, as the network gives them or smoothed over time.
    luma: (H, W) float32 in [0, 1], what the network was shown: upright, at working size. plane:
    the luma codes at full size, as decoded; None where the picture's own chroma is not wanted and
    it only counts for that of others. hints: what is known of its colors, of the size at which
    they spread; None where nothing is. grade: what is asked of its shot's colors; None for nothing.
    time: when it is shown, for those who look up either by it. residual: (2, h, w) float32, what
    the hints add to the color, smoothed over time.
    """

    probabilities: torch.Tensor
    luma: np.ndarray
    plane: np.ndarray | None
    hints: HintMap | None = None
    grade: Grade | None = None
    time: Fraction | None = None
    residual: torch.Tensor | None = None


class Predict:
    """Shows the pictures of one film to the network.

    Args:
        batched: the network.
        film_format: of progressive pictures.
        working_size: the long side, in pixels, at which the network sees them.
    """

    def __init__(
        self, batched: BatchedPredictor, film_format: FilmFormat, working_size: int
    ) -> None:
        self._batched = batched
        self._network_input = NetworkInput(
            film_format, working_size, batched.predictor.model.dims.output_stride
        )

    @property
    def shape(self) -> tuple[int, int]:
        """(h, w) of the luma that the network is shown, upright."""
        return self._network_input.shape

    def luma(self, plane: np.ndarray) -> torch.Tensor:
        """Return what the network is shown of a picture, (1, 1, h, w) float32 on its device."""
        return self._network_input(plane, self._batched.predictor.device)

    def __call__(
        self,
        planes: Sequence[np.ndarray],
        wanted: Sequence[bool] | None = None,
        hints: Sequence[HintMap | None] | None = None,
        grades: Sequence[Grade | None] | None = None,
    ) -> list[Prediction]:
        """Return the predictions of at least one picture.

        Args:
            planes: of the film's shape, uint8 for 8-bit codes, else uint16.
            wanted: for each whether its own chroma will be asked for; by default all are.
            hints, grades: of each; by default there are none.

        Raises:
            DeviceError: memory does not suffice for one picture.
        """
        with enough_memory(self._batched.predictor.device):
            luma = torch.cat([self.luma(plane) for plane in planes])
            probabilities = self._batched.probabilities(luma).cpu()
        return [
            Prediction(each, shown, plane if is_wanted else None, hint, grade)
            for each, shown, plane, is_wanted, hint, grade in zip(
                probabilities,
                luma[:, 0].cpu().numpy(),
                planes,
                wanted or [True] * len(planes),
                hints or [None] * len(planes),
                grades or [None] * len(planes),
                strict=True,
            )
        ]
