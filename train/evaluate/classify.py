"""Whether a classifier sees in a coloured photograph what it sees in the true one."""

from collections.abc import Mapping, Sequence

import torch
from torch import nn
from torch.nn import functional as F
from tqdm import tqdm

from vidcolor.net.mbconv import EPSILON, LAYOUTS, Convolution, standardized, way_down

from ..imagenet import state_dict
from .candidates import Colourist, Photograph
from .pictures import from_uint8, grey_picture, luma_of

ENCODER = "efficientnet-lite0"

HEAD, CLASSES = 1280, 1000
"""The classifier's last width, and the classes of ImageNet."""

SIDE, MARGIN = 224, 32
"""The side of what the classifier is shown, and the border that is cut off at the sum of both."""


class Classifier(nn.Sequential):
    """EfficientNet-Lite0 as it was trained on ImageNet: pictures in, logits of its classes out.

    (B, 3, 224, 224), on the scale of `standardized`, -> (B, 1000). Raises TrainingError where the
    package with the weights is missing.
    """

    def __init__(self) -> None:
        layout = LAYOUTS[ENCODER]
        stem, cells = way_down(layout)
        stem[0] = Convolution(3, layout.stem, 3, stride=2)
        head = [Convolution(layout.widths[-1], HEAD, 1), nn.BatchNorm2d(HEAD, EPSILON), nn.ReLU6()]
        super().__init__(
            stem, *cells, *head, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(HEAD, CLASSES)
        )
        tensors = state_dict(ENCODER).values()
        self.load_state_dict(dict(zip(self.state_dict(), tensors, strict=True)))
        self.eval()

    @torch.inference_mode()
    def top_classes(self, rgb: torch.Tensor) -> torch.Tensor:
        """Return the likeliest class of each picture, (B,), from 0; rgb: (B, 3, H, W) in [0, 1].

        It is shown the middle, a square of SIDE / (SIDE + MARGIN) of the shorter side, as the
        original is.
        """
        height, width = rgb.shape[-2:]
        side = max(1, min(height, width) * SIDE // (SIDE + MARGIN))
        top, left = (height - side) // 2, (width - side) // 2
        middle = rgb[..., top : top + side, left : left + side]
        shown = F.interpolate(middle, size=(SIDE, SIDE), mode="bicubic", antialias=True)
        classes: torch.Tensor = self(standardized(shown.clamp(0, 1))).argmax(1)
        return classes


def shares(found: Sequence[Mapping[str, bool]]) -> dict[str, float]:
    """Return the share of the photographs, 0 to 1, that `recognized` found to be, by name."""
    return {name: sum(row[name] for row in found) / len(found) for name in found[0]}


def recognized(
    photographs: Sequence[Photograph],
    candidates: Mapping[str, Colourist],
    classifier: Classifier,
    device: torch.device,
) -> list[dict[str, bool]]:
    """Tell for each photograph whether its top class is still that of the true one.

    It is the semantic interpretability of Zhang et al. 2016, section 3.1, with the photograph's own
    top class for a label, which these photographs lack. The names are "grey" and those of a network
    and a setting in a row. device: where the classifier computes.
    """
    classifier.to(device)
    found = []
    for photograph in tqdm(photographs, unit=" photographs", disable=None):
        luma = luma_of(photograph.pixels)
        pictures = {"grey": grey_picture(luma)}
        for name, candidate in candidates.items():
            made = candidate.pictures(photograph)
            pictures |= {f"{name} {setting}": picture for setting, picture in made.items()}
        shown = [from_uint8(picture[None]) for picture in (photograph.pixels, *pictures.values())]
        true, *classes = classifier.top_classes(torch.cat(shown).to(device)).tolist()
        found.append({name: each == true for name, each in zip(pictures, classes, strict=True)})
    return found
