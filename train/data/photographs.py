"""Reading packed photographs, memory-mapped."""

import difflib
import hashlib
import warnings
from collections.abc import Mapping, Sequence
from copy import copy
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from zipfile import BadZipFile

import numpy as np
import torch

from vidcolor.errors import TrainingError

from .pack import INDEX, PIXELS

DIGESTED = 1000
"""About how many bytes of the pixels go into the digest that tells photographs from others."""


def thinned(indices: np.ndarray, most: int) -> np.ndarray:
    """Return at most so many of the indices, evenly spaced."""
    if len(indices) <= most:
        return indices
    return indices[np.arange(most) * len(indices) // most]


class Photographs:
    """A folder made by `pack`, memory-mapped; nothing is read before it is asked for.

    Args:
        folder: where the photographs are packed.
        classes: the names of the classes to take; none for all.
        repeats: by a class's name, how many times its photographs come in training; 1.5 is twice
            for every second of them.
        most: the number of training photographs at most, evenly spaced; 0 for all.

    Raises:
        TrainingError: there are no packed photographs, they are damaged, or a class has none.
    """

    pixels: np.ndarray
    """Every photograph's bytes, one after the other, uint8."""
    offsets: np.ndarray
    """(N,) int64, the place of each photograph's first byte."""
    sizes: np.ndarray
    """(N, 2) int64, the height and width of each photograph."""
    labels: np.ndarray
    """(N,), the number of each photograph's class."""
    class_names: np.ndarray
    """(all classes,) str."""
    training: np.ndarray
    """Indices of the training photographs of the classes taken; repeated ones come more often."""
    validation: np.ndarray
    """Indices of the validation photographs of the classes taken."""

    def __init__(
        self,
        folder: Path,
        classes: Sequence[str] = (),
        repeats: Mapping[str, float] = MappingProxyType({}),
        most: int = 0,
    ) -> None:
        self.name = folder.resolve().name
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
        if most:
            self.training = thinned(self.training, most)

    def held_out(self) -> "Photographs":
        """Return the same photographs with those of the validation split in training's place."""
        others = copy(self)
        others.training = self.validation
        return others

    def __getitem__(self, index: int) -> np.ndarray:
        """Return a photograph, (H, W, 3) uint8 RGB, as a view of the file."""
        height, width = self.sizes[index]
        start = self.offsets[index]
        return self.pixels[start : start + height * width * 3].reshape(height, width, 3)

    @cached_property
    def tensor(self) -> torch.Tensor:
        """`pixels` as a tensor, for reading alone."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The given NumPy array is not writable")
            return torch.from_numpy(self.pixels)

    @cached_property
    def digest(self) -> str:
        """A hash, in hexadecimal, of these photographs in these splits; others have another."""
        digest = hashlib.sha256()
        scattered = self.pixels[:: max(1, len(self.pixels) // DIGESTED)]
        for part in (self.sizes, self.labels, self.training, self.validation, scattered):
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()

    def shape(self, index: int) -> tuple[int, int]:
        """Return the (height, width) of a photograph without reading it."""
        height, width = self.sizes[index]
        return int(height), int(width)
