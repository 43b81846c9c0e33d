"""The first of three steps: luma at full size in, bin probabilities of the network out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from vidcolor.colorize.format import FilmFormat
from vidcolor.errors import is_out_of_memory
from vidcolor.net.device import enough_memory
from vidcolor.net.predictor import Predictor, resize, working_shape


@dataclass(frozen=True, eq=False)
class Prediction:
    """One picture and the distribution over the color bins that belongs to it.

    probabilities: (n, h, w) float32 on the CPU, as the network gives them or smoothed over time.
    luma: (H, W) float32 in [0, 1], what the network was shown: upright, at working size. plane:
    the luma codes at full size, as decoded; None where the picture's own chroma is not wanted and
    it only counts for that of others.
    """

    probabilities: torch.Tensor
    luma: np.ndarray
    plane: np.ndarray | None


class BatchedPredictor:
    """A predictor that is given batches of one size.

    Equal sizes make results exactly repeatable, so the last batch is filled up. batch_size is
    halved, for good, when memory does not suffice for a batch.
    """

    def __init__(self, predictor: Predictor, batch_size: int) -> None:
        self.predictor = predictor
        self.batch_size = batch_size

    def probabilities(self, luma: torch.Tensor) -> torch.Tensor:
        """Luma (B, 1, H, W) float32 in [0, 1] -> bin probabilities (B, n, h, w) float32.

        Raises RuntimeError where memory does not suffice for one picture.
        """
        parts: list[torch.Tensor] = []
        while len(luma):
            batch = luma[: self.batch_size]
            filling = batch[-1:].expand(self.batch_size - len(batch), -1, -1, -1)
            try:
                predicted = self.predictor.probabilities(torch.cat([batch, filling]))
            except RuntimeError as error:
                if self.batch_size == 1 or not is_out_of_memory(error):
                    raise
                self.batch_size //= 2
                continue
            parts.append(predicted[: len(batch)])
            luma = luma[len(batch) :]
        return torch.cat(parts)


class Predict:
    """Shows the pictures of one film to the network.

    Args:
        batched: the network.
        film_format: of progressive pictures.
        working_size: the long side, in pixels, at which the network sees them.
        plane: (H, W) float32, the size of the active luma, to be written over with each picture;
            a new one for each would cost more than filling it. It can be shared.
    """

    def __init__(
        self,
        batched: BatchedPredictor,
        film_format: FilmFormat,
        working_size: int,
        plane: np.ndarray,
    ) -> None:
        self._batched = batched
        self._film_format = film_format
        self._working_shape = working_shape(
            *film_format.active_luma.shape,
            film_format.pixel_aspect,
            working_size,
            batched.predictor.model.dims.output_stride,
        )
        self._plane = plane

    def __call__(
        self, planes: Sequence[np.ndarray], wanted: Sequence[bool] | None = None
    ) -> list[Prediction]:
        """Return the predictions of at least one picture.

        planes: of the film's shape, uint8 for 8-bit codes, else uint16. wanted: for each whether
        its own chroma will be asked for; by default all are. Raises DeviceError where memory does
        not suffice for one picture.
        """
        with enough_memory(self._batched.predictor.device):
            luma = torch.cat([self._working_luma(plane) for plane in planes])
            probabilities = self._batched.probabilities(luma).cpu()
        return [
            Prediction(each, shown, plane if is_wanted else None)
            for each, shown, plane, is_wanted in zip(
                probabilities,
                luma[:, 0].cpu().numpy(),
                planes,
                wanted or [True] * len(planes),
                strict=True,
            )
        ]

    def _working_luma(self, plane: np.ndarray) -> torch.Tensor:
        """Luma codes (H, W) -> (1, 1, h, w) float32 in [0, 1], upright, at working size."""
        film_format = self._film_format
        np.copyto(self._plane, plane[film_format.active_luma.inside])
        codes = torch.from_numpy(self._plane).to(self._batched.predictor.device)
        luma = film_format.codes.luma_to_unit(resize(codes[None, None], self._working_shape))
        return torch.rot90(luma, film_format.quarter_turns, (-2, -1))
