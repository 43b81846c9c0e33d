"""What the header of a file of weights says, above all how their answers are decoded.

torch is not loaded for it, so a page can tell the defaults before the network is there.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from vidcolor.errors import CheckpointError
from vidcolor.net.bundled import DEFAULT, bundled

FORMAT = "vidcolor 1"
"""The metadata's mark of a vidcolor checkpoint, and its version."""

FORMAT_OF_NAMES = "vidcolor naming 1"
"""The mark of one whose network names colours itself; nothing but training takes it."""


@dataclass(frozen=True)
class Decoding:
    """The decoding defaults chosen for one set of weights.

    temperature: of the annealed mean, 0 (mode) to 4.
    rebalance: the exponent of the rebalancing weights, 0 (calibrated) to 1.
    working_size: the length, in pixels, to which the longer side of the luma is resized.
    saturation: the factor on U and V, 0 to 4. Older files have none and mean 1.
    pool: whether places of like luma share their probabilities first (`colorize.pool`). Older files
        have none and mean that they do not.
    """

    temperature: float
    rebalance: float
    working_size: int
    saturation: float = 1.0
    pool: bool = False


def load_decoding(weights: str | Path = DEFAULT) -> Decoding:
    """Read the decoding defaults of bundled weights or a safetensors file, from its header alone.

    Damage to the tensors goes unnoticed; apart from that, what `load` raises is raised here.
    """
    path = find_weights(weights)
    with opened(path, "np") as file:
        return Decoding(**json.loads(header(file, path)["description"])["decoding"])


def find_weights(weights: str | Path) -> Path:
    """Return the file of weights, which are bundled or a file. Raises CheckpointError."""
    path = bundled().get(str(weights), Path(weights))
    if not path.is_file():
        names = ", ".join(bundled())
        raise CheckpointError(f"{weights}: no such weights; give a file or one of: {names}")
    return path


@contextmanager
def opened(path: Path, arrays: str) -> Iterator[safe_open]:
    """Open a safetensors file. Raises CheckpointError where it can't be read, then and later.

    arrays: what its tensors are read as, "pt" or "np".
    """
    try:
        with safe_open(path, arrays) as file:
            yield file
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path}: not a readable safetensors file ({error})") from error


def header(file: safe_open, path: Path, may_name: bool = False) -> Mapping[str, str]:
    """Return the header's own entries.

    Raises CheckpointError if this is no checkpoint or, unless it may, one that names colours.
    """
    metadata: Mapping[str, str] = file.metadata() or {}
    if metadata.get("format") == FORMAT_OF_NAMES:
        if may_name:
            return metadata
        raise CheckpointError(
            f"{path}: names colours itself, so it is of use to 'vidcolor train evaluate' alone; "
            "train with head 'bins'"
        )
    if metadata.get("format") != FORMAT:
        raise CheckpointError(f"{path}: not a vidcolor checkpoint; make one with 'vidcolor train'")
    return metadata
