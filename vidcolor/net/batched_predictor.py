"""The network in batches of one size, which halve where memory runs short."""

import torch

from vidcolor.errors import is_out_of_memory
from vidcolor.net.predictor import Predictor


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
