"""Packed photographs, and the random crops that training draws from them."""

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from vidcolor.errors import TrainingError

from .cards import title_card
from .pack import INDEX, PIXELS

SMALLEST_ZOOM = 0.75
"""A crop may be enlarged from a square of down to this share of its side."""


class Photographs:
    """A folder made by `pack`, memory-mapped.

    labels: (N,) class of each photograph; class_names: (classes,) str.
    training, validation: indices of the photographs in each split.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / INDEX).is_file():
            raise TrainingError(f"{folder}: no packed photographs; make them with 'train pack'")
        with np.load(folder / INDEX) as index:
            self._offsets = index["offsets"]
            self._sizes = index["sizes"]
            self.labels = index["labels"]
            self.class_names = index["class_names"]
            self.validation = np.flatnonzero(index["validation"])
            self.training = np.flatnonzero(~index["validation"])
        self._pixels = np.memmap(folder / PIXELS, np.uint8, "r")

    def __getitem__(self, index: int) -> np.ndarray:
        """(H, W, 3) uint8 RGB, a view of the file."""
        height, width = self._sizes[index]
        start = self._offsets[index]
        return self._pixels[start : start + height * width * 3].reshape(height, width, 3)

    def shape(self, index: int) -> tuple[int, int]:
        """(height, width) without reading the photograph."""
        height, width = self._sizes[index]
        return int(height), int(width)


class TrainingCrops:
    """The batches of a run: a pure function of the step, so that a run can be taken up anywhere.

    Every epoch goes through the training photographs once, in an order of its own. A share `cards`
    of them, drawn anew each time, is left out in favour of made-up title cards.
    """

    def __init__(self, photographs: Photographs, batch: int, seed: int, cards: float = 0.0) -> None:
        if len(photographs.training) < batch:
            raise TrainingError(
                f"{len(photographs.training)} training photographs do not fill a batch of {batch}; "
                "pack more, or --set batch=N"
            )
        self._photographs = photographs
        self._batch = batch
        self._seed = seed
        self._cards = cards

    def at(self, step: int, side: int) -> torch.Tensor:
        """The batch of `step`: (batch, 3, side, side) float32 RGB in [0, 1].

        Each is a random square of a photograph, resized to `side` and mirrored half of the time.
        """
        photographs = self._photographs.training
        epoch, position = divmod(step, len(photographs) // self._batch)
        order = np.random.default_rng((self._seed, epoch)).permutation(photographs)
        chosen = order[position * self._batch : (position + 1) * self._batch]
        random = np.random.default_rng((self._seed, epoch, position))
        return torch.stack([self._sample(index, side, random) for index in chosen])

    def _sample(self, index: int, side: int, random: np.random.Generator) -> torch.Tensor:
        if random.random() < self._cards:
            return torch.from_numpy(title_card(side, random)).expand(3, -1, -1)
        return _crop(self._photographs[index], side, random)


def _crop(photograph: np.ndarray, side: int, random: np.random.Generator) -> torch.Tensor:
    height, width = photograph.shape[:2]
    short = min(height, width)
    square = random.integers(min(short, int(side * SMALLEST_ZOOM)), short, endpoint=True)
    top = random.integers(height - square, endpoint=True)
    left = random.integers(width - square, endpoint=True)
    pixels = photograph[top : top + square, left : left + square]
    if random.random() < 0.5:
        pixels = pixels[:, ::-1]
    rgb = torch.from_numpy(pixels.transpose(2, 0, 1).copy()).float().div_(255)
    return F.interpolate(rgb[None], size=(side, side), mode="bilinear", antialias=True)[0]
