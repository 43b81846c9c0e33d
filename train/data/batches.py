"""Drawing the batches of a training run from packed photographs."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from vidcolor.errors import TrainingError

from .crops import Parts, crop_at_once, crop_each
from .parallel import map_ahead
from .photographs import Photographs
from .title_cards import title_card

RESIDENT_SHARE = 0.5
"""If all photographs take less than this share of a GPU's free memory, they are copied there."""

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Batch:
    """Pictures to learn from.

    rgb: (B, 3, S, S) float32 in [0, 1].
    valid: (B, 1, S, S) bool, which of the pixels belong to a picture; the others are black. None
        if all do.
    labels: (B,) int64, the number of each photograph's class; -1 of a title card.
    """

    rgb: torch.Tensor
    valid: torch.Tensor | None
    labels: torch.Tensor


class TrainingCrops:
    """The batches of a run: a pure function of the step, so that a run can be resumed anywhere.

    Every epoch goes through the training photographs once, in an order of its own. Each photograph
    gives a random square, which is resized to the frame.

    If the photographs fit into the memory of `device`, a GPU, batches are made there; their pixels
    may then differ by one code of 255 from those made on the CPU.

    Args:
        photographs: the packed photographs.
        batch: how many pictures a batch has.
        seed: of all that is drawn at random.
        cards: share (0..1) of the pictures that are replaced by made-up title cards, drawn anew
            each time.
        whole: share (0..1) of the photographs that are shown whole instead, in the upper left of
            the frame, made smaller where the frame is smaller but never larger.
        flip: share (0..1) of the photographs that are mirrored.
        smallest_square: the least side of the squares, as a factor of the frame's; a photograph
            that is smaller gives its largest square.
        random_crops: share (0..1) of the photographs whose square is drawn at random; of the others
            it is the largest one, in the middle.
        device: where batches are delivered.

    Raises:
        TrainingError: the training photographs do not fill a batch.
    """

    def __init__(
        self,
        photographs: Photographs,
        batch: int,
        seed: int,
        cards: float = 0.0,
        whole: float = 0.0,
        flip: float = 0.5,
        smallest_square: float = 0.75,
        random_crops: float = 1.0,
        device: torch.device = CPU,
    ) -> None:
        if len(photographs.training) < batch:
            raise TrainingError(
                f"{len(photographs.training)} training photographs do not fill a batch of {batch}; "
                "pack more, or --set batch=N"
            )
        self._photographs = photographs
        self._batch = batch
        self._seed = seed
        self._cards = cards
        self._whole = whole
        self._flip = flip
        self._smallest_square = smallest_square
        self._random_crops = random_crops
        self._device = device
        self._pixels = photographs.tensor
        if device.type == "cuda":
            free, _ = torch.cuda.mem_get_info(device)
            if self._pixels.nbytes < RESIDENT_SHARE * free:
                self._pixels = self._pixels.to(device)

    def at(self, step: int, side: int) -> Batch:
        """Return the batch of `step`, in frames of side x side pixels, on the device."""
        return self._finish(self._draw(step, side))

    def batches(self, steps: Iterable[int], side: Callable[[int], int]) -> Iterator[Batch]:
        """Yield the batch of each step, in frames of side(step) pixels.

        If the photographs are not in the memory of the device, threads make batches ahead.
        """
        if self._pixels.device.type == self._device.type:
            yield from (self.at(step, side(step)) for step in steps)
        else:
            for drawn in map_ahead(lambda step: self._draw(step, side(step)), steps):
                yield self._finish(drawn)

    def _draw(self, step: int, side: int) -> "_RawBatch":
        """Draw the pictures of a batch and cut them out, where the photographs are."""
        photographs = self._photographs.training
        epoch, position = divmod(step, len(photographs) // self._batch)
        order = _permutation(self._seed, epoch, len(photographs))
        chosen = photographs[order[position * self._batch : (position + 1) * self._batch]]
        random = np.random.default_rng((self._seed, epoch, position))

        # All numbers are drawn for all pictures, so that one setting does not change the others.
        sizes = self._photographs.sizes[chosen]
        short = sizes.min(1, keepdims=True)
        least = np.minimum(short, int(side * self._smallest_square))
        square = random.integers(least, short, endpoint=True)
        corner = random.integers(sizes - square, endpoint=True)
        again = np.random.default_rng((self._seed, epoch, position, 1))
        central = again.random((self._batch, 1)) >= self._random_crops
        square = np.where(central, short, square)
        corner = np.where(central, (sizes - short) // 2, corner)
        whole = random.random((self._batch, 1)) < self._whole
        mirrored = random.random(self._batch) < self._flip
        cards = np.flatnonzero(random.random(self._batch) < self._cards)
        shrunk = (sizes * np.minimum(1, side / sizes.max(1, keepdims=True))).round()
        parts = Parts(
            start=self._photographs.offsets[chosen],
            width=sizes[:, 1],
            corner=np.where(whole, 0, corner),
            size=np.where(whole, sizes, square),
            fitted=np.where(whole, shrunk.clip(1).astype(np.int64), side),
        )

        make = crop_each if self._pixels.device == CPU else crop_at_once
        frames = make(self._pixels, parts, side)
        for index in cards:
            frames[index] = torch.from_numpy(title_card(side, random)).mul(255).round()
        parts.fitted[cards] = side
        mirrored[cards] = False
        if frames.device == CPU and self._device.type == "cuda":
            frames = frames.pin_memory()  # so that copies need not be waited for
        labels = self._photographs.labels[chosen].astype(np.int64)
        labels[cards] = -1
        return _RawBatch(frames, *map(torch.from_numpy, (parts.fitted, mirrored, labels)))

    def _finish(self, drawn: "_RawBatch") -> Batch:
        """Move a batch to the device, mirror pictures, and tell which pixels are valid."""
        frames, fitted, mirrored, labels = (
            part.to(self._device, non_blocking=True)
            for part in (drawn.frames, drawn.fitted, drawn.mirrored, drawn.labels)
        )
        turned = mirrored[:, None, None, None]
        rgb = torch.where(turned, frames.flip(-1), frames).float().div_(255)
        if not self._whole:
            return Batch(rgb, None, labels)
        inside = torch.arange(rgb.shape[-1], device=self._device) < fitted[..., None]
        valid = inside[:, None, 0, :, None] & inside[:, None, 1, None, :]
        return Batch(rgb, torch.where(turned, valid.flip(-1), valid), labels)


@dataclass(frozen=True)
class _RawBatch:
    """A batch that is not yet on the device.

    frames: (B, 3, S, S) uint8. fitted: (B, 2), height and width of the picture in each.
    mirrored: (B,) bool, whether it is still to be mirrored. labels: as of `Batch`.
    """

    frames: torch.Tensor
    fitted: torch.Tensor
    mirrored: torch.Tensor
    labels: torch.Tensor


@lru_cache(maxsize=2)
def _permutation(seed: int, epoch: int, count: int) -> np.ndarray:
    """Return the order of an epoch.

    It is remembered, because a million photographs take a while to shuffle.
    """
    return np.random.default_rng((seed, epoch)).permutation(count)
