"""Packed photographs, and the batches that training draws from them."""

import difflib
import hashlib
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from zipfile import BadZipFile

import numpy as np
import torch

from vidcolor.errors import TrainingError

from .ahead import ahead
from .cards import title_card
from .frames import Parts, cropped, gathered
from .pack import INDEX, PIXELS

SMALLEST_ZOOM = 0.75
"""A crop may be enlarged from a square of down to this share of its side."""

RESIDENT_SHARE = 0.5
"""Photographs that take less than this share of a GPU's free memory are copied there whole."""

DIGESTED = 1000
"""Bytes of the pixels, about, that photographs are told from others by."""

CPU = torch.device("cpu")


class Photographs:
    """A folder made by `pack`, memory-mapped; nothing is read before it is asked for.

    classes: names of those to take; none for all. repeats: how many times the photographs of a
    class come in `training`, by its name; 1.5 is twice for every second of them. Raises
    TrainingError where there are no packed photographs or none of such a class.

    pixels: every photograph's bytes, one after the other. offsets: (N,) int64 of the first byte
    of each; sizes: (N, 2) int64, its height and width. labels: (N,) class of each;
    class_names: (all classes,) str. training, validation: indices of the photographs in each
    split that are of the classes taken; in training with their repeats.
    """

    def __init__(
        self,
        folder: Path,
        classes: Sequence[str] = (),
        repeats: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        if not (folder / INDEX).is_file():
            raise TrainingError(f"{folder}: no packed photographs; make them with 'train pack'")
        try:
            with (folder / INDEX).open("rb") as file, np.load(file) as index:
                self.offsets = index["offsets"]
                self.sizes = index["sizes"].astype(np.int64)
                self.labels = index["labels"]
                self.class_names = index["class_names"]
                validation = index["validation"]
        except (BadZipFile, EOFError, KeyError, ValueError) as error:
            raise TrainingError(f"{folder / INDEX}: damaged; pack again") from error
        if (folder / PIXELS).stat().st_size != self.sizes.prod(1).sum() * 3:
            raise TrainingError(f"{folder / PIXELS}: not as long as its index says; pack again")
        self.pixels = np.memmap(folder / PIXELS, np.uint8, "r")
        known = self.class_names.tolist()
        for name in (*classes, *repeats):
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1, cutoff=0)[0]
                raise TrainingError(f"{folder}: has no class '{name}'; the nearest is '{near}'")
        taken = np.isin(self.class_names, classes or known)[self.labels]
        self.validation = np.flatnonzero(validation & taken)
        times = np.zeros(len(self.labels), np.int64)
        for label, name in enumerate(known):
            members = np.flatnonzero(~validation & taken & (self.labels == label))
            until = np.arange(len(members) + 1) * repeats.get(name, 1.0)
            times[members] = np.diff(np.floor(until)).astype(np.int64)
        self.training = np.repeat(np.arange(len(self.labels)), times)

    def __getitem__(self, index: int) -> np.ndarray:
        """(H, W, 3) uint8 RGB, a view of the file."""
        height, width = self.sizes[index]
        start = self.offsets[index]
        return self.pixels[start : start + height * width * 3].reshape(height, width, 3)

    @cached_property
    def digest(self) -> str:
        """A number, in hexadecimal, of these photographs in these splits; others have another."""
        digest = hashlib.sha256()
        scattered = self.pixels[:: max(1, len(self.pixels) // DIGESTED)]
        for part in (self.sizes, self.labels, self.training, self.validation, scattered):
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()

    def shape(self, index: int) -> tuple[int, int]:
        """(height, width) without reading the photograph."""
        height, width = self.sizes[index]
        return int(height), int(width)


@dataclass(frozen=True)
class Batch:
    """Pictures to learn from.

    rgb: (B, 3, S, S) float32 in [0, 1]. valid: (B, 1, S, S) bool, which of the pixels are a
    picture's; None for all. The others are black.
    """

    rgb: torch.Tensor
    valid: torch.Tensor | None


class TrainingCrops:
    """The batches of a run: a pure function of the step, so that a run can be taken up anywhere.

    Every epoch goes through the training photographs once, in an order of its own. Each gives a
    random square, resized to the frame; a share `whole` of them is shown whole instead, in the
    upper left, made smaller where the frame is smaller but never larger. A share `flip` is
    mirrored. A share `cards`, drawn anew each time, is left out in favour of made-up title cards.

    Where the photographs fit into the memory of `device`, a GPU, batches are made there; their
    pixels may then differ by one code of 255 from those made on the CPU.
    """

    def __init__(
        self,
        photographs: Photographs,
        batch: int,
        seed: int,
        cards: float = 0.0,
        whole: float = 0.0,
        flip: float = 0.5,
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
        self._device = device
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The given NumPy array is not writable")
            self._pixels = torch.from_numpy(photographs.pixels)  # which is only read
        if device.type == "cuda":
            free, _ = torch.cuda.mem_get_info(device)
            if self._pixels.nbytes < RESIDENT_SHARE * free:
                self._pixels = self._pixels.to(device)

    def at(self, step: int, side: int) -> Batch:
        """The batch of `step`, in frames of side x side pixels, on the device."""
        return self._finished(self._drawn(step, side))

    def batches(self, steps: Iterable[int], side: Callable[[int], int]) -> Iterator[Batch]:
        """The batch of each step, in frames of side(step) pixels.

        Where the photographs are not in the device's memory, threads make batches ahead.
        """
        if self._pixels.device.type == self._device.type:
            yield from (self.at(step, side(step)) for step in steps)
        else:
            for drawn in ahead(lambda step: self._drawn(step, side(step)), steps):
                yield self._finished(drawn)

    def _drawn(self, step: int, side: int) -> "_Drawn":
        photographs = self._photographs.training
        epoch, position = divmod(step, len(photographs) // self._batch)
        order = _permutation(self._seed, epoch, len(photographs))
        chosen = photographs[order[position * self._batch : (position + 1) * self._batch]]
        random = np.random.default_rng((self._seed, epoch, position))

        sizes = self._photographs.sizes[chosen]
        short = sizes.min(1, keepdims=True)
        least = np.minimum(short, int(side * SMALLEST_ZOOM))
        square = random.integers(least, short, endpoint=True)
        corner = random.integers(sizes - square, endpoint=True)
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

        make = cropped if self._pixels.device == CPU else gathered
        frames = make(self._pixels, parts, side)
        for index in cards:
            frames[index] = torch.from_numpy(title_card(side, random)).mul(255).round()
        parts.fitted[cards] = side
        mirrored[cards] = False
        if frames.device == CPU and self._device.type == "cuda":
            frames = frames.pin_memory()  # so that copies need not be waited for
        return _Drawn(frames, torch.from_numpy(parts.fitted), torch.from_numpy(mirrored))

    def _finished(self, drawn: "_Drawn") -> Batch:
        frames, fitted, mirrored = (
            part.to(self._device, non_blocking=True)
            for part in (drawn.frames, drawn.fitted, drawn.mirrored)
        )
        turned = mirrored[:, None, None, None]
        rgb = torch.where(turned, frames.flip(-1), frames).float().div_(255)
        if not self._whole:
            return Batch(rgb, None)
        inside = torch.arange(rgb.shape[-1], device=self._device) < fitted[..., None]
        valid = inside[:, None, 0, :, None] & inside[:, None, 1, None, :]
        return Batch(rgb, torch.where(turned, valid.flip(-1), valid))


@dataclass(frozen=True)
class _Drawn:
    """What a batch is made of: (B, 3, S, S) uint8 frames, the (B, 2) size of the picture in each,
    and (B,) whether it is to be mirrored."""

    frames: torch.Tensor
    fitted: torch.Tensor
    mirrored: torch.Tensor


@lru_cache(maxsize=2)
def _permutation(seed: int, epoch: int, count: int) -> np.ndarray:
    """The order of an epoch; remembered, for a million photographs take a while to shuffle."""
    return np.random.default_rng((seed, epoch)).permutation(count)
