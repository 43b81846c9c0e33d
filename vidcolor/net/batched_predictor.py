"""The network in batches of one size, which shrink where memory runs short."""

from collections.abc import Sequence

import torch

from vidcolor.errors import is_out_of_memory
from vidcolor.net.predictor import Predictor

_IN_TORCH = 8
_BY_OPENVINO, _MOST_BY_OPENVINO = 2, 8
"""Eight pictures take a fifth less time than four times two; but so many more frames wait."""
_PIXELS = 1 << 22
"""Pixels of the pictures that wait for the rest of such a batch, unless it is the least."""
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


def openvino_batch_size(least: int, pixels: int) -> int:
    """Return how many pictures OpenVINO sees at once in a film, which changes none of their bits.

    They are more if the pictures are small. least: of large ones; only the usual size grows.
    pixels: of a picture as it is decoded.
    """
    if least != _BY_OPENVINO:
        return least
    return min(max(_PIXELS // pixels, least), _MOST_BY_OPENVINO)


class BatchedPredictor:
    """A predictor that is given batches of one size.

    Equal sizes make results exactly repeatable, so the last batch is filled up. batch_size becomes
    a quarter, for good, when memory does not suffice for a batch: half of it might just fit, and
    leave no memory for what else is done with a picture.

    rest: the size of batches into which go pictures that are too few for a whole one, for an engine
    of which the size changes no bit; None for the same size.
    """

    def __init__(self, predictor: Predictor, batch_size: int, rest: int | None = None) -> None:
        self.predictor = predictor
        self.batch_size = batch_size
        self._rest = rest or batch_size

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
            is_whole = len(luma) >= self.batch_size
            size = self.batch_size if is_whole else min(self._rest, self.batch_size)
            batch = luma[:size]
            filling = batch[-1:].expand(size - len(batch), -1, -1, -1)
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
