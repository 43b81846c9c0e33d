"""ColorUNet: a light U-Net that classifies every pixel of a luma image into colour bins.

Billaut, de Rochemonteix and Thibault, "ColorUNet: a convolutional classification approach to
colorization", CS231n 2018.
"""

from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import chain, pairwise, repeat, zip_longest
from math import isqrt

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_weights

from vidcolor.net.heads import Hypercolumn, pairs
from vidcolor.net.mbconv import LAYOUTS, standardized, way_down


@dataclass(frozen=True)
class ColorUNetDims:
    """The sizes that define one ColorUNet; they are stored in the checkpoint.

    Without `down` and `up` the network is flat: the bottleneck's two convolutions and one to the
    logits, all at full resolution. An `encoder` takes the place of stem and `down`; the bottleneck
    is then one 1x1 convolution, what goes up is enlarged bilinearly, and every UpConv cell has one
    convolution, the last before that to the logits.

    bins: number of colour classes.
    stem: channels of a stride-2 convolution before everything else; 0 for none.
    down: width of each DownConv cell; each halves the resolution.
    bottleneck: width of two convolutions at the lowest resolution; 0 for none.
    up: width of each UpConv cell; each doubles the resolution. The last is the output cell's.
    skips: whether an UpConv cell gets what the DownConv cell of its resolution was given.
    context: width of the hidden layer through which the mean of the whole picture, at the lowest
        resolution, acts on every place; 0 for none.
    blocks: numbers of residual blocks behind the bottleneck's convolutions and behind the
        convolutions of each UpConv cell, from the lowest resolution on; 0 where none is given. The
        output cell has none.
    encoder: name of a way down that exists with ImageNet weights (`mbconv.LAYOUTS`); "" for none.
    middle_kernel: side of the kernels in the lowest DownConv cell and in the bottleneck; odd.
    hypercolumn: width of the layer in which all levels decide together (`Hypercolumn`), in place of
        the output cell's last convolutions; 0 for none.
    pairs: how the bins' logits are made where bins are pairs of two parts, as many of each, so that
        `bins` is a square: "independent", "chained" (`heads`); "" where they are none.
    """

    bins: int = 32
    stem: int = 0
    down: tuple[int, ...] = (32, 64, 128)
    bottleneck: int = 0
    up: tuple[int, ...] = (64, 32, 32)
    skips: bool = True
    context: int = 0
    blocks: tuple[int, ...] = ()
    encoder: str = ""
    middle_kernel: int = 3
    hypercolumn: int = 0
    pairs: str = ""

    def extends(self, other: "ColorUNetDims") -> bool:
        """Tell whether the weights of a net of sizes `other` act the same in one of these sizes.

        They do if only parts are added that have no effect at first: a context, and blocks.
        """
        added = [
            mine - theirs for mine, theirs in zip_longest(self.blocks, other.blocks, fillvalue=0)
        ]
        grown = replace(other, context=other.context or self.context, blocks=self.blocks)
        return grown == self and min(added, default=0) >= 0

    @property
    def halvings(self) -> int:
        """How often the way down halves the resolution."""
        if self.encoder:
            return len(LAYOUTS[self.encoder].levels)
        return len(self.down) + bool(self.stem)

    @property
    def output_stride(self) -> int:
        """The number of input pixels along the side of one output cell."""
        return 1 << self.halvings >> len(self.up)


PUBLISHED = ColorUNetDims()
"""The paper's layout: three groups, two skips, logits for every pixel."""

COMPACT = ColorUNetDims(stem=32, down=(32, 64, 128, 320), bottleneck=512, up=(320, 128, 64))
"""Our layout: deeper and wider at a fraction of the cost, since chroma needs no full resolution."""


class ConvUnit(nn.Sequential):
    """Convolution, batch normalisation, ReLU: (B, inputs, H, W) -> (B, width, ⌈H/s⌉, ⌈W/s⌉)."""

    def __init__(self, inputs: int, width: int, stride: int = 1, kernel: int = 3) -> None:
        super().__init__(
            nn.Conv2d(inputs, width, kernel, stride, padding=kernel // 2, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
        )


class DownConv(nn.Sequential):
    """Two convolutions, then 2x2 max-pooling: (B, inputs, H, W) -> (B, width, ⌈H/2⌉, ⌈W/2⌉)."""

    def __init__(self, inputs: int, width: int, kernel: int = 3) -> None:
        super().__init__(
            ConvUnit(inputs, width, kernel=kernel),
            ConvUnit(width, width, kernel=kernel),
            nn.MaxPool2d(2, ceil_mode=True),
        )


class Residual(nn.Sequential):
    """Adds the answer of two convolutions to their input: (B, width, H, W) -> the same shape.

    See He et al., "Deep residual learning for image recognition", 2016. A new block adds nothing
    (Goyal et al. 2017, section 5.1), so that it can be put into a net already trained.
    """

    def __init__(self, width: int) -> None:
        norm = nn.BatchNorm2d(width)
        nn.init.zeros_(norm.weight)
        convolution = nn.Conv2d(width, width, 3, padding=1, bias=False)
        super().__init__(ConvUnit(width, width), convolution, norm)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + super().forward(x)


class UpConv(nn.Module):
    """Doubles the resolution; the result goes through `after`.

    If there is a skip, it is put beside that result first. A transposed 3x3 convolution of stride 2
    doubles or, where `bilinear`, a 1x1 convolution and bilinear interpolation do, which takes the
    border's own values for those beyond.

    (B, inputs, ⌈h/2⌉, ⌈w/2⌉) -> (B, outputs of after, h, w), where size is (h, w) and a skip
    (B, any, h, w).
    """

    def __init__(self, inputs: int, width: int, after: nn.Module, bilinear: bool = False) -> None:
        super().__init__()
        if bilinear:
            self.expand: nn.Sequential = ConvUnit(inputs, width, kernel=1)
            self.expand.append(nn.Upsample(scale_factor=2, mode="bilinear"))
        else:
            self.expand = nn.Sequential(
                nn.ConvTranspose2d(inputs, width, 3, 2, padding=1, output_padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(inplace=True),
            )
        self.after = after

    def forward(self, x: torch.Tensor, size: torch.Size, skip: torch.Tensor | None) -> torch.Tensor:
        return self.after(self.joined(x, size, skip))

    def joined(self, x: torch.Tensor, size: torch.Size, skip: torch.Tensor | None) -> torch.Tensor:
        """Return what `after` is given, (B, any, h, w)."""
        height, width = size
        x = self.expand(x)[..., :height, :width]
        return x if skip is None else torch.cat([x, skip], 1)


class Context(nn.Module):
    """Adds to every place what the mean over all places says: (B, C, H, W) -> the same shape.

    A sky's colour depends on the whole picture (Iizuka et al. 2016 fuse global features likewise).
    A new context adds nothing, so that it can be put into a net already trained.
    """

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.reduce = nn.Linear(channels, hidden)
        self.expand = nn.Linear(hidden, channels)
        nn.init.zeros_(self.expand.weight)
        nn.init.zeros_(self.expand.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        said = self.expand(F.relu(self.reduce(x.mean((-2, -1)))))
        return x + said[..., None, None]


class ColorUNet(nn.Module):
    """Luma (B, 1, H, W) float in [0, 1] -> logits (B, bins, ⌈H/s⌉, ⌈W/s⌉), s the output stride.

    H and W may be any. Nothing is invented beyond the border: where an odd side is halved, its
    last line stands alone, and what is doubled is trimmed to the size that it had before.
    """

    def __init__(self, dims: ColorUNetDims) -> None:
        super().__init__()
        self.dims = dims
        self.stem: nn.Module
        if dims.encoder:
            layout = LAYOUTS[dims.encoder]
            widths = layout.widths
            self.stem, self.down = way_down(layout)
        else:
            widths = (dims.stem or 1, *dims.down)
            self.stem = ConvUnit(1, dims.stem, stride=2) if dims.stem else nn.Identity()
            kernels = [*(3 for _ in dims.down[1:]), dims.middle_kernel]
            self.down = nn.ModuleList(map(DownConv, widths, dims.down, kernels))

        # Here x is the width so far; residual blocks are dealt out from the bottleneck on.
        blocks = chain(dims.blocks, repeat(0))
        x = widths[-1]
        self.bottleneck = nn.Sequential()
        if dims.bottleneck:
            for kernel in (1,) if dims.encoder else (dims.middle_kernel,) * 2:
                self.bottleneck.append(ConvUnit(x, dims.bottleneck, kernel=kernel))
                x = dims.bottleneck
        self.bottleneck.extend(Residual(x) for _ in range(next(blocks)))
        self.context = Context(x, dims.context) if dims.context else nn.Identity()

        channels = dims.bins
        self.joined: nn.Module = nn.Identity()
        if dims.pairs:
            channels, self.joined = pairs(dims.pairs, isqrt(dims.bins))
        self.lowest_width = x
        levels = [x]
        self.up = nn.ModuleList()
        skips = chain(reversed(widths[1:-1] if dims.skips else ()), repeat(0))
        convolutions = 1 if dims.encoder else 2
        for level, (width, skip) in enumerate(zip(dims.up, skips, strict=False), start=1):
            joined = width + skip
            after: nn.Module
            if level < len(dims.up):
                after = nn.Sequential(ConvUnit(joined, width))
                after.extend(ConvUnit(width, width) for _ in range(convolutions - 1))
                after.extend(Residual(width) for _ in range(next(blocks)))
            elif dims.hypercolumn:
                after = nn.Identity()
            elif dims.encoder:
                after = nn.Sequential(
                    ConvUnit(joined, width), nn.Conv2d(width, channels, 3, padding=1)
                )
            else:
                after = nn.Conv2d(joined, channels, 3, padding=1)
            self.up.append(UpConv(x, width, after, bilinear=bool(dims.encoder)))
            levels.append(joined if level == len(dims.up) else width)
            x = width
        self.head: nn.Module
        if dims.hypercolumn:
            self.head = Hypercolumn(levels, dims.hypercolumn, channels)
        else:
            self.head = nn.Identity() if dims.up else nn.Conv2d(x, channels, 3, padding=1)

    @property
    def encoder(self) -> nn.ModuleList:
        """The way down, stem included."""
        return nn.ModuleList([self.stem, *self.down])

    def forward(self, luma: torch.Tensor) -> torch.Tensor:
        logits, _ = self.with_bottleneck(luma)
        return logits

    def with_bottleneck(self, luma: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the logits, and what the lowest resolution says, (B, its width, h, w)."""
        x, sizes, skips = self._go_down(luma)
        levels = [x]
        for cell in self.up:
            levels.append(cell(levels[-1], sizes.pop(), skips.pop() if skips else None))
        return self.joined(self.head(levels if self.dims.hypercolumn else levels[-1])), x

    def with_features(self, luma: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Return the logits, and what the network makes of each place before it decides on bins.

        That is what every UpConv cell gives, the output cell's last convolutions left out; of a
        flat network the bottleneck. Each is (B, its width, h, w), the coarsest first.
        """
        x, sizes, skips = self._go_down(luma)
        levels, features = [x], [] if self.dims.up else [x]
        for cell in self.up:
            assert isinstance(cell, UpConv)
            joined = cell.joined(levels[-1], sizes.pop(), skips.pop() if skips else None)
            levels.append(cell.after(joined))
            features.append(joined if cell is self.up[-1] else levels[-1])
        head = self.head(levels if self.dims.hypercolumn else levels[-1])
        return self.joined(head), features

    def _go_down(
        self, luma: torch.Tensor
    ) -> tuple[torch.Tensor, list[torch.Size], list[torch.Tensor]]:
        """Return the bottleneck's output, and what goes up takes up again, the latest last.

        These are the sizes that what is doubled is trimmed to, and the skips.
        """
        x = self.stem(standardized(luma) if self.dims.encoder else luma - 0.5)
        sizes = [luma.shape[-2:]] if self.dims.stem or self.dims.encoder else []
        skips: list[torch.Tensor] = []
        for cell in self.down:
            sizes.append(x.shape[-2:])
            skips.append(x)
            x = cell(x)
        skips = skips[1:] if self.dims.skips else []

        return self.context(self.bottleneck(x)), sizes, skips


def exact_cells(dims: ColorUNetDims) -> int:
    """Return of how many of the first cells down float32 is not to be rounded, nor of the stem.

    In an encoder that is where rounding weights and biases to bfloat16 does most to the colour:
    where all of it is rounded, films' chroma moves by up to 0.35 codes in the mean, so by 0.06.
    """
    return 2 if dims.encoder else 0


def folded(model: ColorUNet) -> ColorUNet:
    """Return a copy for inference with every batch normalisation folded into its convolution.

    Its logits equal those of `model` in evaluation mode, apart from rounding.
    """
    # The copy shares what is folded: that is replaced, never written to.
    parts = [part for unit in model.modules() for pair in _folding(unit) for part in pair[1:]]
    shared = [tensor for part in parts for tensor in (*part.parameters(), *part.buffers())]
    copy = deepcopy(model, {id(tensor): tensor for tensor in shared}).eval()
    for unit in copy.modules():
        for place, convolution, norm in _folding(unit):
            assert norm.running_mean is not None
            assert norm.running_var is not None
            convolution.weight, convolution.bias = fuse_conv_bn_weights(
                convolution.weight,
                convolution.bias,
                norm.running_mean,
                norm.running_var,
                norm.eps,
                norm.weight,
                norm.bias,
                isinstance(convolution, nn.ConvTranspose2d),
            )
            assert isinstance(unit, nn.Sequential)
            unit[place + 1] = nn.Identity()
    return copy


def _folding(
    unit: nn.Module,
) -> list[tuple[int, nn.Conv2d | nn.ConvTranspose2d, nn.BatchNorm2d]]:
    """Return the convolutions in a row of layers that a norm follows, with their places."""
    found = []
    layers = unit if isinstance(unit, nn.Sequential) else ()
    for place, (convolution, norm) in enumerate(pairwise(layers)):
        if isinstance(norm, nn.BatchNorm2d):
            assert isinstance(convolution, nn.Conv2d | nn.ConvTranspose2d)
            found.append((place, convolution, norm))
    return found
