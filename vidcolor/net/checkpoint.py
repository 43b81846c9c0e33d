"""Weights on disk: one safetensors file that carries all that inference needs."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from vidcolor.color.bins import ColorBins
from vidcolor.errors import CheckpointError
from vidcolor.files import Target
from vidcolor.net.bundled import DEFAULT
from vidcolor.net.decoding import (
    FORMAT,
    FORMAT_OF_NAMES,
    Decoding,
    find_weights,
    header,
    opened,
)
from vidcolor.net.model import ColorUNet, ColorUNetDims


@dataclass(frozen=True)
class Checkpoint:
    """A trained network with its bins, its decoding defaults and its history.

    name: its name on the command line.
    recipe: the settings it was trained with, by name.
    metrics: figures measured on it, by name.
    file_sha256: as `sha256`, of the file that the weights come from; None for others.
    names: the space in which the network names a colour itself (`vidcolor.train.targets.spaces`),
        instead of giving a distribution over the bins; "" for one that does that.
    """

    name: str
    model: ColorUNet
    bins: ColorBins
    decoding: Decoding
    recipe: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    file_sha256: str | None = None
    names: str = ""

    def save(self, path: Path) -> None:
        """Write to `path`; a crash leaves either the old file or the new one.

        Raises OutputError.
        """
        Target(path, path.parent, overwrite=True).fill(self.content())

    def content(self) -> bytes:
        """Return the safetensors file: convolution weights in fp16, everything else in fp32."""
        tensors = self._tensors()
        description = {
            "dims": asdict(self.model.dims),
            "bin_side": self.bins.side,
            "decoding": asdict(self.decoding),
            "recipe": dict(self.recipe),
            "metrics": dict(self.metrics),
        }
        if self.names:
            description["names"] = self.names
        metadata = {
            "format": FORMAT_OF_NAMES if self.names else FORMAT,
            "sha256": _digest(tensors),
            "description": json.dumps(description),
        }
        return save(tensors, metadata)

    @property
    def sha256(self) -> str:
        """The SHA-256 of the tensors as a file holds them, in hexadecimal."""
        return self.file_sha256 or _digest(self._tensors())

    def _tensors(self) -> dict[str, torch.Tensor]:
        """Return the tensors as a file holds them, by name."""
        tensors = {
            f"model.{key}": tensor.half() if tensor.ndim == 4 else tensor.float()
            for key, tensor in self.model.state_dict().items()
            if not key.endswith("num_batches_tracked")
        }
        tensors["bins.centers"] = self.bins.centers.float()
        tensors["bins.frequencies"] = self.bins.frequencies.float()
        return {key: tensor.detach().cpu().contiguous() for key, tensor in tensors.items()}


def _digest(tensors: Mapping[str, torch.Tensor]) -> str:
    """Return the SHA-256 over every tensor's name and bytes, in the order of the names."""
    digest = hashlib.sha256()
    for key in sorted(tensors):
        digest.update(key.encode())
        digest.update(tensors[key].numpy().tobytes())
    return digest.hexdigest()


def load(weights: str | Path = DEFAULT, *, may_name: bool = False) -> Checkpoint:
    """Read bundled weights by name, or a safetensors file by path.

    The network is returned in evaluation mode, in fp32 on the CPU. Raises CheckpointError if there
    is no such file, if it is damaged, if it is no vidcolor checkpoint or, unless it may, names
    colours itself.
    """
    path = find_weights(weights)
    with opened(path, "pt") as file:
        metadata = header(file, path, may_name)
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    if metadata["sha256"] != _digest(tensors):
        raise CheckpointError(f"{path}: damaged (checksum differs); get the file again")

    description = json.loads(metadata["description"])
    dims = {key: _tuple(value) for key, value in description["dims"].items()}
    # Without memory of its own, for weights drawn at random would be thrown away.
    with torch.device("meta"):
        model = ColorUNet(ColorUNetDims(**dims))
    state = {
        key.removeprefix("model."): tensor.float()
        for key, tensor in tensors.items()
        if key.startswith("model.")
    }
    counters = [key for key in model.state_dict() if key.endswith("num_batches_tracked")]
    model.load_state_dict(state | {key: torch.tensor(0) for key in counters}, assign=True)
    # Copies: what is read of the file itself would keep all of it in memory.
    centers, frequencies = (tensors[f"bins.{name}"].clone() for name in ("centers", "frequencies"))
    bins = ColorBins(centers, frequencies, description["bin_side"])
    return Checkpoint(
        path.stem,
        model.eval(),
        bins,
        Decoding(**description["decoding"]),
        description["recipe"],
        description["metrics"],
        metadata["sha256"],
        description.get("names", ""),
    )


def _tuple(value: Any) -> Any:
    """Turn a list of JSON back into the tuple that it was."""
    return tuple(value) if isinstance(value, list) else value
