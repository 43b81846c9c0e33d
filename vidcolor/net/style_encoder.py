"""VGG19 or ResNet34 from files of their standard weights, as encoders of color pictures."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeAlias

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch.nn import functional as F

from vidcolor.errors import CheckpointError

Tensors: TypeAlias = Mapping[str, torch.Tensor]
Stage: TypeAlias = Callable[[torch.Tensor], torch.Tensor]

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of the red, green and blue that both networks were trained on."""

_POOL = -1

_VGG19 = ((0,), (2, _POOL, 5), (7, _POOL, 10), (12, 14, 16, _POOL, 19))
"""The convolutions, by their numbers, that lead to conv1_1, conv2_1, conv3_1 and conv4_1."""

_RESNET34 = 3, 4, 6
"""Blocks of the first layers; the fourth sees things too coarsely."""

_FLAT = 1e-3
"""The least deviation that a channel is divided by."""


class StyleEncoder:
    """The way down of a network that sees RGB, up to a sixteenth of the size.

    Its levels are conv1_1, conv2_1, conv3_1 and conv4_1 of VGG19, or what conv1 and the first three
    layers of ResNet34 give. Both halve by the mean, not by the maximum, as Gatys et al. 2016
    propose. stages: what leads from each level to the next.
    """

    def __init__(self, stages: Sequence[Stage]) -> None:
        self._stages = stages

    @torch.inference_mode()
    def __call__(
        self, rgb: torch.Tensor, style: Sequence[torch.Tensor] | None = None
    ) -> list[torch.Tensor]:
        """Return the levels of a picture (1, 3, H, W) in [0, 1]: (1, C, h, w), the finest first.

        style: the levels of another picture. Each level then has the mean and the deviation of
        that one's channels before the next one is made of it: AdaIN, Huang and Belongie 2017,
        "Arbitrary style transfer in real-time with adaptive instance normalization", equation 8.
        """
        mean, deviation = (torch.tensor(each)[:, None, None] for each in (_MEAN, _DEVIATION))
        x, levels = (rgb - mean) / deviation, []
        for number, stage in enumerate(self._stages):
            x = stage(x)
            if style is not None:
                x = adain(x, style[number])
            levels.append(x)
        return levels


def adain(x: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
    """Return features (1, C, h, w) with the mean and the deviation of others' channels."""
    deviation, mean = torch.std_mean(x, (2, 3), keepdim=True)
    wanted, middle = torch.std_mean(style, (2, 3), keepdim=True)
    return (x - mean) / deviation.clamp_min(_FLAT) * wanted + middle


@lru_cache(1)
def load_encoder(path: Path) -> StyleEncoder:
    """Read an encoder from a file of weights, .safetensors or .pth, with torchvision's names.

    No code in the file is run. Raises CheckpointError where it can't be read or holds another
    network.
    """
    tensors = _read(path)
    if "features.0.weight" in tensors:
        name, encoder = "VGG19", StyleEncoder(_vgg19(tensors))
    elif "layer1.0.conv1.weight" in tensors:
        name, encoder = "ResNet34", StyleEncoder(_resnet34(tensors))
    else:
        raise CheckpointError(
            f"{path}: holds neither VGG19 nor ResNet34; give the weights of one of them"
        )
    try:
        encoder(torch.zeros(1, 3, 32, 32))
    except (KeyError, RuntimeError):
        raise CheckpointError(
            f"{path}: holds another network like {name}, or a part of it; give all of its weights"
        ) from None
    return encoder


def _read(path: Path) -> Tensors:
    """Return the tensors of a file, float32. Raises CheckpointError."""
    try:
        found: Any
        if path.suffix == ".safetensors":
            found = load_file(path)
        else:
            found = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise CheckpointError(f"{path}: can't be read: {error.strerror}") from None
    except (SafetensorError, RuntimeError, ValueError, EOFError, LookupError) as error:
        reason = str(error).partition("\n")[0]
        raise CheckpointError(f"{path}: no readable file of weights ({reason})") from None
    except Exception as error:
        raise CheckpointError(
            f"{path}: holds more than weights; save a plain state dict"
        ) from error
    if isinstance(found, dict) and isinstance(found.get("state_dict"), dict):
        found = found["state_dict"]
    if not isinstance(found, dict) or not all(map(torch.is_tensor, found.values())):
        raise CheckpointError(f"{path}: holds more than weights; save a plain state dict")
    return {name: tensor.float() for name, tensor in found.items()}


def _vgg19(tensors: Tensors) -> list[Stage]:
    """Return the stages of VGG19 (Simonyan and Zisserman 2015, table 1, column E)."""

    def stage(steps: Sequence[int], x: torch.Tensor) -> torch.Tensor:
        for step in steps:
            if step == _POOL:
                x = F.avg_pool2d(x, 2, ceil_mode=True)
            else:
                name = f"features.{step}"
                weight, bias = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
                x = F.relu(F.conv2d(x, weight, bias, padding=1))
        return x

    return [partial(stage, steps) for steps in _VGG19]


def _resnet34(tensors: Tensors) -> list[Stage]:
    """Return the stages of ResNet34 (He et al. 2016, table 1)."""

    def normed(x: torch.Tensor, name: str) -> torch.Tensor:
        mean, variance = tensors[f"{name}.running_mean"], tensors[f"{name}.running_var"]
        return F.batch_norm(x, mean, variance, tensors[f"{name}.weight"], tensors[f"{name}.bias"])

    def stem(x: torch.Tensor) -> torch.Tensor:
        return F.relu(normed(F.conv2d(x, tensors["conv1.weight"], stride=2, padding=3), "bn1"))

    def layer(number: int, x: torch.Tensor) -> torch.Tensor:
        if number == 1:
            x = F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)
        for block in range(_RESNET34[number - 1]):
            name, stride = f"layer{number}.{block}", 1 + (number > 1 and block == 0)
            y = F.conv2d(x, tensors[f"{name}.conv1.weight"], stride=stride, padding=1)
            y = F.relu(normed(y, f"{name}.bn1"))
            y = normed(F.conv2d(y, tensors[f"{name}.conv2.weight"], padding=1), f"{name}.bn2")
            if stride == 2:
                x = F.conv2d(x, tensors[f"{name}.downsample.0.weight"], stride=2)
                x = normed(x, f"{name}.downsample.1")
            x = F.relu(x + y)
        return x

    return [stem, *(partial(layer, number) for number in range(1, len(_RESNET34) + 1))]
