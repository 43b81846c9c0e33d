"""A classifier of photographs, whose features tell which of their places are alike.

He et al. 2018, "Deep Exemplar-based Colorization", section 3.1, take VGG19 taught on grey pictures
for that. As a thesis of 2020 has it, a net that knows ImageNet is taught the classes of the
photographs at hand, once by their luma and once in colour: the one matches, the other judges.
"""

from collections.abc import Iterator

import torch
from torch import nn

from vidcolor.color.yuv import rgb_to_yuv
from vidcolor.net.mbconv import LAYOUTS, Convolution, standardized, way_down

from ..imagenet import state_dict

ENCODER = "efficientnet-lite0"

LEVELS = len(LAYOUTS[ENCODER].widths)
"""At a half of the resolution, a quarter, and so on."""


class SimilarityNet(nn.Module):
    """EfficientNet-Lite0 as ImageNet has it, with a head of its own.

    Its head and batch norms learn, its convolutions do not. Raises TrainingError where the package
    with the weights is missing.

    colored: whether it sees colour, or luma alone. classes: how many it tells apart.
    """

    def __init__(self, colored: bool, classes: int) -> None:
        super().__init__()
        layout = LAYOUTS[ENCODER]
        self.colored = colored
        self.stem, self.cells = way_down(layout)
        self.stem[0] = Convolution(3, layout.stem, 3, stride=2)
        encoder = nn.ModuleList([self.stem, *self.cells])
        tensors = zip(encoder.state_dict(), state_dict(ENCODER).values(), strict=False)
        encoder.load_state_dict(dict(tensors))
        self.head = nn.Linear(layout.widths[-1], classes)
        for part in self.modules():
            if isinstance(part, nn.Conv2d):
                part.requires_grad_(requires_grad=False)

    def forward(self, rgb: torch.Tensor) -> torch.Tensor:
        """Return the logits of the classes, (B, classes); rgb: (B, 3, H, W) in [0, 1]."""
        logits: torch.Tensor = self.head(self.levels(rgb)[-1].mean((2, 3)))
        return logits

    def levels(self, rgb: torch.Tensor) -> list[torch.Tensor]:
        """Return its features at each of its `LEVELS`, (B, C, h, w), the finest first."""
        if not self.colored:
            rgb = rgb_to_yuv(*rgb.split(1, 1))[0].expand_as(rgb)
        x = self.stem(standardized(rgb))
        found = [x]
        for cell in self.cells:
            found.append(cell(found[-1]))
        return found

    def learns(self) -> Iterator[nn.Parameter]:
        """Yield what learns."""
        return (each for each in self.parameters() if each.requires_grad)
