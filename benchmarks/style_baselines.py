"""Older ways to give a picture the colors of another one, with which styles are compared.

A picture is a `Seen` (`vidcolor.colorize.style`), the other one a `Style`. Each way returns UV
(2, h, w), not clipped, of the cells or of the luma that the network was shown.
"""

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from vidcolor.colorize.style import Seen, Style

_SAMPLES = 200
"""Places of a reference that Welsh et al. compare with."""

_CLUSTERS = 6


def mean_and_variance(automatic: torch.Tensor, style: Style) -> torch.Tensor:
    """Give the automatic color the mean and the deviation of the reference's.

    Reinhard et al. 2001, "Color transfer between images", equations 10 and 11; here of UV, and the
    luma stays.
    """
    deviation, mean = torch.std_mean(automatic, (1, 2), keepdim=True)
    wanted, middle = torch.std_mean(style.chroma, (1, 2), keepdim=True)
    return (automatic - mean) / deviation.clamp_min(1e-4) * wanted + middle


def luma_neighbourhood(picture: Seen, style: Style) -> torch.Tensor:
    """Give each pixel the chroma of the sample whose luma and its deviation nearby are most alike.

    Welsh et al. 2002, "Transferring color to greyscale images": the reference's luma is brought to
    the picture's mean and deviation first; both count the same, the second over 5 x 5 pixels.
    """
    luma = style.luma - style.luma.mean()
    luma = luma * (picture.shown.std() / style.luma.std().clamp_min(1e-3)) + picture.shown.mean()
    places = torch.randperm(luma.numel(), generator=torch.Generator().manual_seed(0))[:_SAMPLES]
    samples = _texture(luma)[:, places]
    nearest = torch.cdist(_texture(picture.shown).T, samples.T).argmin(1)
    chroma = style.chroma.flatten(1)[:, places[nearest]]
    return chroma.reshape(2, *picture.shown.shape)


def _texture(luma: torch.Tensor) -> torch.Tensor:
    """Return luma and its deviation nearby, (2, h w)."""
    planes = torch.stack([luma, luma.square()])[:, None]
    mean, square = F.avg_pool2d(planes, 5, 1, 2, count_include_pad=False)[:, 0]
    return torch.stack([luma, (square - mean.square()).clamp_min(0).sqrt()]).flatten(1)


def cluster_palettes(picture: Seen, automatic: torch.Tensor, style: Style) -> torch.Tensor:
    """Move the automatic color of each cluster of alike places to the reference's mean there."""
    mine, theirs = picture.features.flatten(1).T, style.features.flatten(1).T
    cv2.setRNGSeed(0)
    stop = cv2.TERM_CRITERIA_COUNT, 20, 0.0
    _, labels, _ = cv2.kmeans(
        torch.cat([mine, theirs]).numpy(), _CLUSTERS, None, stop, 1, cv2.KMEANS_PP_CENTERS
    )
    here, there = np.split(labels[:, 0], [len(mine)])
    moved, chroma = automatic.flatten(1).clone(), style.chroma.flatten(1)
    for cluster in range(_CLUSTERS):
        inside, outside = here == cluster, there == cluster
        if inside.any() and outside.any():
            by = chroma[:, outside].mean(1) - moved[:, inside].mean(1)
            moved[:, inside] += by[:, None]
    return moved.reshape(automatic.shape)
