"""Packed photographs, memory-mapped."""

import difflib
import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from vidcolor.errors import TrainingError

from .pack import INDEX, PIXELS

DIGESTED = 1000
"""Bytes of the pixels, about, that photographs are told from others by."""


class Photographs:
    """A folder made by `pack`, memory-mapped; nothing is read before it is asked for.

    classes: names of those to take; none for all. repeated: names of those that are trained on
    `repeats` times as often. Raises TrainingError where there are no packed photographs or none of
    such a class.

    pixels: every photograph's bytes, one after the other. offsets: (N,) int64 of the first byte
    of each; sizes: (N, 2) int64, its height and width. labels: (N,) class of each;
    class_names: (all classes,) str. training, validation: indices of the photographs in each
    split that are of the classes taken; in training those repeated come `repeats` times.
    """

    def __init__(
        self,
        folder: Path,
        classes: Sequence[str] = (),
        repeated: Sequence[str] = (),
        repeats: int = 1,
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
        for name in (*classes, *repeated):
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1, cutoff=0)[0]
                raise TrainingError(f"{folder}: has no class '{name}'; the nearest is '{near}'")
        taken = np.isin(self.class_names, classes or known)[self.labels]
        self.validation = np.flatnonzero(validation & taken)
        times = np.where(np.isin(self.class_names, repeated), repeats, 1)[self.labels]
        self.training = np.repeat(np.arange(len(self.labels)), times * (~validation & taken))

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
