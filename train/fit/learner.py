"""The colour network with its second task: to tell what kind of picture it is."""

import torch
from torch import nn
from torch.nn import functional as F

from vidcolor.net.model import ColorUNet

NO_CLASS = -1
"""The label of a picture whose class is not known."""


class Learner(nn.Module):
    """A colour network and, if there are classes, one linear layer that tells them.

    It sees the mean over all places of the network's bottleneck (Iizuka, Simo-Serra and Ishikawa,
    "Let there be color!", 2016, section 3.4). The layer serves training alone and is not stored
    with the weights.

    Luma (B, 1, H, W) -> the network's logits, and those of the classes (B, classes); None if there
    are none.
    """

    def __init__(self, model: ColorUNet, classes: int = 0) -> None:
        super().__init__()
        self.model = model
        self.tell = nn.Linear(model.lowest_width, classes) if classes else None

    def forward(self, luma: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        logits, lowest = self.model.with_bottleneck(luma)
        return logits, self.tell(lowest.mean((-2, -1))) if self.tell else None


def class_loss(logits: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return two scalars whose quotient is the cross-entropy of the pictures that have a class.

    They are its sum over these, and their number or, if there are none, 1.

    logits: (B, classes) float32. labels: (B,) int64, `NO_CLASS` where there is none.
    """
    total = F.cross_entropy(logits, labels, ignore_index=NO_CLASS, reduction="sum")
    return total, (labels != NO_CLASS).sum().clamp_min(1).to(total)
