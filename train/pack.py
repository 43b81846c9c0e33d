"""Packing: photographs from folders and tars into one memory-mapped file of bytes."""

import hashlib
import io
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from tqdm import tqdm

from vidcolor.errors import TrainingError

LONG_SIDE = 256
"""Photographs larger than this are brought down to fit (ColorUNet 2018), in pixels."""

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"}
PIXELS, INDEX = "photographs.u8", "index.npz"


@dataclass(frozen=True)
class PackSummary:
    """What `pack` did: photographs in the training and validation splits, files left out."""

    training: int
    validation: int
    unreadable: tuple[str, ...]


def pack(sources: Iterable[Path], target: Path, validation_share: float) -> PackSummary:
    """Write every photograph under `sources` (folders and tars) to the folder `target`.

    photographs.u8 holds them one after the other, each H x W x 3 uint8 RGB with a long side of at
    most 256 (Lanczos); index.npz their offsets, sizes (height, width), classes (the name of the
    folder each lay in) and split. The split is by the hash of a photograph's path, so that it
    stays when sources are added. Raises TrainingError where nothing can be read.
    """
    target.mkdir(parents=True, exist_ok=True)
    sizes, classes, validation, unreadable = [], [], [], []
    with (target / PIXELS).open("wb") as pixels:
        for name, content in tqdm(_files(sources), unit=" photographs", disable=None):
            try:
                photograph = _fit(content)
            except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
                unreadable.append(name)
                continue
            pixels.write(photograph.tobytes())
            sizes.append(photograph.shape[:2])
            classes.append(PurePosixPath(name).parent.name)
            validation.append(_fraction(name) < validation_share)
    if not sizes:
        raise TrainingError(f"{', '.join(map(str, sources))}: no photographs found")

    area = np.array(sizes, np.int64).prod(1) * 3
    names, labels = np.unique(classes, return_inverse=True)
    np.savez(
        target / INDEX,
        offsets=np.concatenate([[0], area.cumsum()[:-1]]),
        sizes=np.array(sizes, np.int32),
        labels=labels.astype(np.int32),
        class_names=names,
        validation=np.array(validation),
    )
    return PackSummary(len(sizes) - sum(validation), sum(validation), tuple(unreadable))


def _files(sources: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """(path inside its source, content) of every image file, in a fixed order."""
    for source in sources:
        if source.is_dir():
            for path in sorted(source.rglob("*")):
                if path.suffix.lower() in SUFFIXES:
                    yield path.relative_to(source.parent).as_posix(), path.read_bytes()
            continue
        try:
            with tarfile.open(source) as tar:
                for member in tar:
                    file = tar.extractfile(member)
                    if file and Path(member.name).suffix.lower() in SUFFIXES:
                        yield member.name, file.read()
        except (tarfile.TarError, OSError) as error:
            raise TrainingError(f"{source}: neither a folder nor a tar ({error})") from error


def _fit(content: bytes) -> np.ndarray:
    """An encoded image -> H x W x 3 uint8 RGB, upright, long side at most LONG_SIDE."""
    with Image.open(io.BytesIO(content)) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    return np.asarray(upright)


def _fraction(name: str) -> float:
    """A number in [0, 1) that depends on the name alone."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) / 2**32
