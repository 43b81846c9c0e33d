"""The way down of EfficientNet-Lite: inverted bottlenecks of cheap, depthwise convolutions.

Tan and Le, "EfficientNet: rethinking model scaling for convolutional neural networks", ICML 2019,
table 1. The Lite variant (Google, 2020) leaves out squeeze and excitation, has ReLU6 for swish,
and keeps stem and head as they are in every size.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import nn

EPSILON, MOMENTUM = 1e-3, 0.01
"""Of the batch norms, as the ImageNet weights were trained with."""
STANDARD_SCALE, STANDARD_OFFSET = 255 / 128, -127 / 128
"""Of `standardized` luma."""


@dataclass(frozen=True)
class Stage:
    """Blocks of one width: how many, the side of their kernels, the stride of the first, the factor
    by which each widens its input within, and the width that all of them give."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    width: int


@dataclass(frozen=True)
class Layout:
    """A stem of stride 2, so many channels wide, and the stages behind it."""

    stem: int
    stages: tuple[Stage, ...]

    @property
    def levels(self) -> tuple[tuple[Stage, ...], ...]:
        """The stages by resolution: a half, a quarter, and so on."""
        starts = [place for place, stage in enumerate(self.stages) if stage.stride == 2]
        bounds = [0, *starts, len(self.stages)]
        return tuple(self.stages[start:end] for start, end in pairwise(bounds))

    @property
    def widths(self) -> tuple[int, ...]:
        """The number of channels that each level gives."""
        return tuple(level[-1].width for level in self.levels)


LAYOUTS = {
    "efficientnet-lite0": Layout(
        32,
        (
            Stage(1, 3, 1, 1, 16),
            Stage(2, 3, 2, 6, 24),
            Stage(2, 5, 2, 6, 40),
            Stage(3, 3, 2, 6, 80),
            Stage(3, 5, 1, 6, 112),
            Stage(4, 5, 2, 6, 192),
            Stage(1, 3, 1, 6, 320),
        ),
    )
}
"""By name."""


class Convolution(nn.Conv2d):
    """A convolution without a bias, whose padding is TensorFlow's where the stride is 2: of an even
    side one line fewer at the top and left than at the bottom and right.

    (B, inputs, H, W) -> (B, width, ⌈H/s⌉, ⌈W/s⌉). Of an odd side the last line is treated as if
    another of zeros followed, so that every output stands where it would in a larger picture.
    depthwise: each channel has a kernel of its own.
    """

    def __init__(
        self, inputs: int, width: int, kernel: int, stride: int = 1, depthwise: bool = False
    ) -> None:
        groups = inputs if depthwise else 1
        padding = kernel // 2 + (stride == 2)
        super().__init__(inputs, width, kernel, stride, padding, groups=groups, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        is_trained = self.weight.requires_grad and torch.is_autocast_enabled("cpu")
        if self.groups > 1 and is_trained:
            # Up to ten times faster: in bf16 no CPU kernel has the gradients of these.
            with torch.autocast("cpu", enabled=False):
                answer = super().forward(x.float()).to(x.dtype)
        else:
            answer = super().forward(x)
        if self.stride == (1, 1):
            return answer
        # Padding the input unevenly would copy four times as much. A view would slow norms down.
        return answer[..., 1:, 1:].clone()


def _norm(width: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(width, EPSILON, MOMENTUM)


class MBConv(nn.Sequential):
    """Inverted bottleneck: a 1x1 convolution to `expansion` times the channels, a depthwise one,
    and a 1x1 convolution to `width` without an activation; the input is added where the shape
    stays.

    (B, inputs, H, W) -> (B, width, ⌈H/s⌉, ⌈W/s⌉). Sandler et al., "MobileNetV2: inverted residuals
    and linear bottlenecks", 2018. Without an expansion the first convolution is left out.
    """

    def __init__(self, inputs: int, width: int, kernel: int, stride: int, expansion: int) -> None:
        hidden = inputs * expansion
        super().__init__()
        if expansion > 1:
            self.extend([Convolution(inputs, hidden, 1), _norm(hidden), nn.ReLU6(inplace=True)])
        self.extend(
            [
                Convolution(hidden, hidden, kernel, stride, depthwise=True),
                _norm(hidden),
                nn.ReLU6(inplace=True),
                Convolution(hidden, width, 1),
                _norm(width),
            ]
        )
        self.adds = stride == 1 and inputs == width

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        answer = super().forward(x)
        return x + answer if self.adds else answer


def way_down(layout: Layout) -> tuple[nn.Sequential, nn.ModuleList]:
    """The stem with the blocks at half the resolution, and a cell for each further halving.

    stem: `standardized` luma (B, 1, H, W) -> (B, widths[0], ⌈H/2⌉, ⌈W/2⌉); each cell then
    (B, widths[i], h, w) -> (B, widths[i + 1], ⌈h/2⌉, ⌈w/2⌉). Their tensors come in the order of
    the layers.
    """
    first, *further = layout.levels
    stem = [Convolution(1, layout.stem, 3, 2), _norm(layout.stem), nn.ReLU6(inplace=True)]
    cells = [
        nn.Sequential(*_blocks(width, level))
        for width, level in zip(layout.widths, further, strict=False)
    ]
    return nn.Sequential(*stem, *_blocks(layout.stem, first)), nn.ModuleList(cells)


def _blocks(inputs: int, stages: Sequence[Stage]) -> Iterator[MBConv]:
    for stage in stages:
        for place in range(stage.blocks):
            stride = 1 if place else stage.stride
            yield MBConv(inputs, stage.width, stage.kernel, stride, stage.expansion)
            inputs = stage.width


def standardized(luma: torch.Tensor) -> torch.Tensor:
    """Luma in [0, 1] on the scale of the ImageNet weights' input: (255 y - 127) / 128."""
    return luma * STANDARD_SCALE + STANDARD_OFFSET
