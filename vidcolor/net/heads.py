"""How a network may end: in all of its levels at once, and in bins that are pairs of two parts."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional as F


class Hypercolumn(nn.Module):
    """Decides on a place by what every level of the network says of it.

    See Larsson, Maire and Shakhnarovich, "Learning representations for automatic colorization",
    2016, section 3. One 1x1 convolution and a ReLU see all levels, each enlarged bilinearly to the
    finest; a second one gives the outputs. The first is computed level by level before enlarging,
    which is the same, for both are linear.

    Levels (B, widths[i], h_i, w_i), the coarsest first, -> (B, outputs, h, w) of the last.
    """

    def __init__(self, widths: Sequence[int], hidden: int, outputs: int) -> None:
        super().__init__()
        *coarse, finest = widths
        self.coarse = nn.ModuleList(nn.Conv2d(width, hidden, 1, bias=False) for width in coarse)
        self.finest = nn.Conv2d(finest, hidden, 1)
        self.decide = nn.Conv2d(hidden, outputs, 1)

    def forward(self, levels: Sequence[torch.Tensor]) -> torch.Tensor:
        *coarse, finest = levels
        seen = self.finest(finest)
        for convolution, level in zip(self.coarse, coarse, strict=True):
            seen = seen + F.interpolate(convolution(level), size=seen.shape[-2:], mode="bilinear")
        return self.decide(F.relu(seen))


class IndependentPairs(nn.Module):
    """Logits of the parts of pairs -> logits of the pairs: (B, 2k, H, W) -> (B, k², H, W).

    The parts are independent: the softmax over the pairs is the product of the softmaxes of both
    halves (the two marginals of Larsson et al. 2016, section 3.1). Pair i k + j is of the i-th
    first part and the j-th second one.
    """

    def forward(self, logits: torch.Tensor) -> torch.Tensor:
        first, second = logits.chunk(2, 1)
        return (first[:, :, None] + second[:, None]).flatten(1, 2)


class ChainedPairs(nn.Module):
    """Logits of the parts of pairs -> logits of the pairs: (B, k + k², H, W) -> (B, k², H, W).

    The second part is told for each first part, after those k logits: log p(i, j) is
    log p(i) + log p(j | i) (the chain rule, by which van den Oord et al. 2016, "Pixel recurrent
    neural networks", section 3.2, tell the channels of a pixel).
    """

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, logits: torch.Tensor) -> torch.Tensor:
        first, second = logits.tensor_split((self.side,), 1)
        second = second.unflatten(1, (self.side, self.side))
        return (first.log_softmax(1)[:, :, None] + second.log_softmax(2)).flatten(1, 2)


def pairs(kind: str, side: int) -> tuple[int, nn.Module]:
    """Return how many channels tell of `side` times `side` pairs, and the layer that joins them.

    kind: "independent" or "chained".
    """
    if kind == "chained":
        return side + side**2, ChainedPairs(side)
    return 2 * side, IndependentPairs()
