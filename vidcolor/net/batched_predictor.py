"""The network in batches of one size, which shrink where memory runs short."""

from collections.abc import Sequence

import torch

from vidcolor.errors import is_out_of_memory
from vidcolor.net.predictor import Predictor

_IN_TORCH = 8
_BY_OPENVINO = 2
"""It computes a picture in much the same time whatever is beside it, and fewer frames wait."""
_ON_GPU = 16
_OF_GPU = 1 << 28
"""Bytes of a GPU's memory for each picture at once; others, and other programs, need some too."""


def usual_batch_size(device: torch.device, engine: str) -> int:
    """Return how many pictures the network sees at once unless told otherwise.

    engine: which computes it, as `resolve_engine` names it.
    """
    if engine == "openvino":
        return _BY_OPENVINO
    if device.type == "cuda":
        memory: int = torch.cuda.get_device_properties(device).total_memory
        return min(_ON_GPU, max(1, memory // _OF_GPU))
    return _IN_TORCH


class BatchedPredictor:
    """A predictor that is given batches of one size.

    Equal sizes make results exactly repeatable, so the last batch is filled up. batch_size becomes
    a quarter, for good, when memory does not suffice for a batch: half of it might just fit, and
    leave no memory for what else is done with a picture.
    """

    def __init__(self, predictor: Predictor, batch_size: int) -> None:
        self.predictor = predictor
        self.batch_size = batch_size

    def prepare(self, shape: Sequence[int]) -> None:
        """Get ready for batches of luma of a shape (h, w), if there is memory for that."""
        try:
            self.predictor.prepare((self.batch_size, 1, *shape))
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise  # of memory the first batch learns, and shrinks

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
                self.batch_size = max(1, self.batch_size // 4)
                continue
            parts.append(predicted[: len(batch)])
            luma = luma[len(batch) :]
        return torch.cat(parts)
