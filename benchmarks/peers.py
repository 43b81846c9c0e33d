"""What a frame costs published networks for colour, and ours: the same input, in the same run.

    python benchmarks/peers.py
    python benchmarks/peers.py --threads 2 --runs 3

Each network is built anew from its paper's table of layers, with random weights, which cost what
trained ones cost. All are given luma of 16:9, once at the long side that is usual for theirs and
once at ours, in fp32 in torch; ours also as it is used. Processor time of one picture, medians of
runs in turn. Operations count a multiply-add as two. Prints a table.
"""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import click
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from vidcolor import load
from vidcolor.net.device import is_native
from vidcolor.net.engine import openvino_version
from vidcolor.net.predictor import Predictor

LONG_SIDES = {"2016 net": 256, "2017 net": 256, "ResNet18 U-Net": 256, "ResNet101 U-Net": 336}
"""Zhang et al. train and test at 256. DeOldify's users give films a render factor of 21 and more;
one stands for 16 pixels."""


def convolutions(
    inputs: int, widths: Sequence[int], stride: int = 1, dilation: int = 1, norm: bool = True
) -> list[nn.Module]:
    """Return 3x3 convolutions with ReLUs, the last with that stride, and a batch norm behind."""
    layers: list[nn.Module] = []
    for place, width in enumerate(widths, start=1):
        step = stride if place == len(widths) else 1
        layers += [nn.Conv2d(inputs, width, 3, step, dilation, dilation), nn.ReLU()]
        inputs = width
    return [*layers, *([nn.BatchNorm2d(inputs)] if norm else [])]


def net_of_2016() -> nn.Module:
    """Zhang, Isola and Efros, "Colorful image colorization", ECCV 2016, table 4.

    Eight blocks, conv5 and conv6 dilated, up once by a deconvolution, 313 bins at a quarter.
    """
    return nn.Sequential(
        *convolutions(1, (64, 64), stride=2),
        *convolutions(64, (128, 128), stride=2),
        *convolutions(128, (256, 256, 256), stride=2),
        *convolutions(256, (512, 512, 512)),
        *convolutions(512, (512, 512, 512), dilation=2),
        *convolutions(512, (512, 512, 512), dilation=2),
        *convolutions(512, (512, 512, 512)),
        nn.ConvTranspose2d(512, 256, 4, 2, 1),
        nn.ReLU(),
        *convolutions(256, (256, 256), norm=False),
        nn.Conv2d(256, 313, 1),
    )


class NetOf2017(nn.Module):
    """Zhang et al., "Real-time user-guided image colorization", SIGGRAPH 2017, figure 2.

    The blocks of 2016 as a U-Net at full size, with three skips by addition; luma, two channels of
    hints and their mask go in, two channels of chroma come out.
    """

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(*convolutions(4, (64, 64)))
        self.second = nn.Sequential(*convolutions(64, (128, 128)))
        self.third = nn.Sequential(*convolutions(128, (256, 256, 256)))
        self.middle = nn.Sequential(
            *convolutions(256, (512, 512, 512)),
            *convolutions(512, (512, 512, 512), dilation=2),
            *convolutions(512, (512, 512, 512), dilation=2),
            *convolutions(512, (512, 512, 512)),
        )
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(inputs, width, 4, 2, 1)
            for inputs, width in ((512, 256), (256, 128), (128, 128))
        )
        self.beside = nn.ModuleList(
            nn.Conv2d(inputs, width, 3, padding=1)
            for inputs, width in ((256, 256), (128, 128), (64, 128))
        )
        self.behind = nn.ModuleList(
            nn.Sequential(*convolutions(width, widths, norm=norm))
            for width, widths, norm in (
                (256, (256, 256), True),
                (128, (128,), True),
                (128, (128,), False),
            )
        )
        self.out = nn.Conv2d(128, 2, 1)

    def forward(self, luma: torch.Tensor) -> torch.Tensor:
        first = self.first(F.pad(luma, (0, 0, 0, 0, 0, 3)))
        second = self.second(first[..., ::2, ::2])
        third = self.third(second[..., ::2, ::2])
        x = self.middle(third[..., ::2, ::2])
        ways = zip(self.up, self.beside, self.behind, (third, second, first), strict=True)
        for up, beside, behind, skip in ways:
            x = behind(F.relu(up(x) + beside(skip)))
        return torch.tanh(self.out(x))


class Block(nn.Module):
    """He et al., "Deep residual learning", 2016, figure 5: basic, or a bottleneck four times
    narrower within than without."""

    def __init__(self, inputs: int, width: int, stride: int, is_bottleneck: bool) -> None:
        super().__init__()
        shapes: tuple[tuple[int, int, int, int], ...]
        if is_bottleneck:
            inner = width // 4
            shapes = (inputs, inner, 1, 1), (inner, inner, 3, stride), (inner, width, 1, 1)
        else:
            shapes = (inputs, width, 3, stride), (width, width, 3, 1)
        layers: list[nn.Module] = []
        for a, b, kernel, step in shapes:
            convolution = nn.Conv2d(a, b, kernel, step, kernel // 2, bias=False)
            layers += [convolution, nn.BatchNorm2d(b), nn.ReLU()]
        self.way = nn.Sequential(*layers[:-1])
        self.short = nn.Sequential()
        if stride > 1 or inputs != width:
            projection = nn.Conv2d(inputs, width, 1, stride, bias=False)
            self.short = nn.Sequential(projection, nn.BatchNorm2d(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.way(x) + self.short(x))


class ResNetUNet(nn.Module):
    """A ResNet (He et al. 2016, table 1) as the way down of a U-Net, like DeOldify's wide one.

    Two convolutions in the middle, the first twice as wide; up by sub-pixel convolutions (Shi et
    al. 2016) to `up` channels, half as many at the last skip; each result is joined with the
    level's skip and convolved once to as many. A residual block beside the input at full size, then
    RGB. Its self-attention, at one level, is left out.
    """

    def __init__(self, counts: Sequence[int], is_bottleneck: bool, up: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU()
        )
        widths = [64 * (4 if is_bottleneck else 1) << level for level in range(4)]
        self.levels, inputs = nn.ModuleList(), 64
        for level, (count, width) in enumerate(zip(counts, widths, strict=True)):
            blocks = []
            for place in range(count):
                stride = 2 if level and not place else 1
                blocks.append(Block(inputs, width, stride, is_bottleneck))
                inputs = width
            self.levels.append(nn.Sequential(*blocks))
        middle = convolutions(inputs, (2 * inputs, inputs))
        self.middle = nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), *middle)
        self.up, self.join = nn.ModuleList(), nn.ModuleList()
        skips = *reversed(widths[:-1]), 64
        for skip, width in zip(skips, (up, up, up, up // 2), strict=True):
            self.up.append(nn.Sequential(nn.Conv2d(inputs, 4 * width, 1), nn.PixelShuffle(2)))
            self.join.append(nn.Sequential(*convolutions(width + skip, (width,))))
            inputs = width
        self.last = nn.Sequential(nn.Conv2d(inputs, 4 * inputs, 1), nn.PixelShuffle(2))
        self.beside = nn.Sequential(*convolutions(inputs + 3, (inputs + 3,) * 2, norm=False))
        self.out = nn.Conv2d(inputs + 3, 3, 1)

    def forward(self, luma: torch.Tensor) -> torch.Tensor:
        rgb = luma.expand(-1, 3, -1, -1)
        skips = [self.stem(rgb)]
        x = F.max_pool2d(skips[0], 3, 2, 1)
        for level in self.levels:
            x = level(x)
            skips.append(x)
        skips.pop()
        x = self.middle(x)
        for up, join in zip(self.up, self.join, strict=True):
            skip = skips.pop()
            x = up(x)[..., : skip.shape[-2], : skip.shape[-1]]
            x = join(torch.cat([F.relu(x), skip], 1))
        x = torch.cat([self.last(x), rgb], 1)
        return self.out(x + self.beside(x))


PEERS: dict[str, Callable[[], nn.Module]] = {
    "2016 net": net_of_2016,
    "2017 net": NetOf2017,
    "ResNet18 U-Net": lambda: ResNetUNet((2, 2, 2, 2), False, 256),
    "ResNet101 U-Net": lambda: ResNetUNet((3, 4, 23, 3), True, 512),
}


def networks() -> Iterator[tuple[str, int, nn.Module, Callable[[torch.Tensor], torch.Tensor]]]:
    """Yield each network's name, its long side, the network for counting, and as it is timed."""
    for name, make in PEERS.items():
        net = make().eval().to(memory_format=torch.channels_last)
        yield name, LONG_SIDES[name], net, net
    checkpoint, cpu = load(), torch.device("cpu")
    side = checkpoint.decoding.working_size
    reference = Predictor(checkpoint.model, checkpoint.bins, cpu, torch.float32)
    yield "vidcolor, torch fp32", side, reference.model, reference.probabilities
    if openvino_version():
        native = is_native(torch.bfloat16, cpu)
        precision = torch.bfloat16 if native else torch.float32
        usual = Predictor(checkpoint.model, checkpoint.bins, cpu, precision, "openvino")
        name = f"vidcolor, openvino {'bf16' if native else 'fp32'}"
        yield name, side, usual.model, usual.probabilities


@click.command()
@click.option("--runs", default=5, show_default=True)
@click.option("--threads", default=1, show_default=True)
def main(runs: int, threads: int) -> None:
    """Print what a picture costs each network, at its own size and at ours."""
    torch.set_num_threads(threads)
    ours = load().decoding.working_size
    times, sides, counted = defaultdict(list), {}, {}
    with torch.inference_mode():
        every = list(networks())
        for name, side, net, _ in every:
            sides[name] = side
            with FlopCounterMode(display=False) as counter:
                net(torch.rand(1, 1, *shape(side)))
            parameters = sum(each.numel() for each in net.parameters())
            counted[name] = counter.get_total_flops(), parameters
        for repeat in range(runs + 1):
            for name, side, _, timed in every:
                for long_side in dict.fromkeys((side, ours)):
                    luma = torch.rand(1, 1, *shape(long_side))
                    began = time.process_time()
                    timed(luma)
                    if repeat:  # the first is for memory and caches
                        times[name, long_side].append(time.process_time() - began)
    click.echo(
        f"| network | parameters, M | input | GFLOP | ms a picture | ms at {shape(ours)[1]} x "
        f"{shape(ours)[0]} |\n|---|---|---|---|---|---|"
    )
    for name, (operations, parameters) in counted.items():
        height, width = shape(sides[name])
        own, small = (1e3 * statistics.median(times[name, each]) for each in (sides[name], ours))
        click.echo(
            f"| {name} | {parameters / 1e6:.1f} | {width} x {height} | {operations / 1e9:.1f} "
            f"| {own:.0f} | {small:.1f} |"
        )


def shape(long_side: int) -> tuple[int, int]:
    """Return the (height, width) of a picture of about 16:9, both multiples of 8."""
    return round(long_side * 9 / 128) * 8, long_side


if __name__ == "__main__":
    main()
