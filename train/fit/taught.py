"""What a run teaches, as its photographs have it: classes of colour, and kinds of picture."""

import difflib
from collections.abc import Mapping, Sequence
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vidcolor.color.bins import ColorBins
from vidcolor.color.yuv import rgb_to_yuv
from vidcolor.errors import TrainingError
from vidcolor.net.checkpoint import Checkpoint

from ..data.photographs import Photographs
from ..targets.classes import Classes
from .learner import NO_CLASS
from .recipe import Recipe

BIN_PHOTOGRAPHS, BIN_STRIDE = 4000, 101
"""Bins are fitted or counted on so many training photographs, one pixel in so many of each."""


def photographs_of(recipe: Recipe, folder: Path) -> Photographs:
    """Return the photographs of a folder that a recipe is taught by. Raises TrainingError."""
    return Photographs(folder, recipe.classes, recipe.repeats, recipe.photographs)


def labels_of(photographs: Photographs, unclassed: Sequence[str]) -> tuple[int, np.ndarray]:
    """Return the number of classes that tell what is seen, and by a photograph's label its own.

    The last label, -1, is that of what is no photograph. Raises TrainingError where there is no
    class of a name in `unclassed`.
    """
    names = photographs.class_names.tolist()
    for name in unclassed:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0)[0]
            raise TrainingError(f"unclassed: no class is '{name}'; the nearest is '{near}'")
    tells = ~np.isin(names, unclassed)
    labels = np.where(tells, tells.cumsum() - 1, NO_CLASS)
    return int(tells.sum()), np.append(labels, NO_CLASS)


def classes_of(
    photographs: Photographs,
    recipe: Recipe,
    initial: Checkpoint | None,
    saved: Mapping[str, Any] | None,
) -> Classes:
    """Return the classes of a saved state or of initial weights, or fit new ones.

    Args:
        photographs: those in training are looked at.
        recipe: the settings of the run.
        initial, saved: as for `Trainer`.

    Raises:
        TrainingError: there are too few colours, or the weights hold no such classes.
    """
    if saved:
        bins = ColorBins(saved["centers"], saved["frequencies"], saved["side"])
        return Classes(bins, recipe.space, **saved.get("classes", {}))
    if initial and (recipe.space != "yuv" or recipe.pairs):
        raise TrainingError("--init takes classes from the weights, which hold squares of UV alone")
    luma, chroma = scattered_colours(photographs)
    if initial:
        return Classes(initial.bins.counted(chroma))
    if recipe.pairs:
        return Classes.grid(luma, chroma, isqrt(recipe.bins), recipe.space)
    space = recipe.space if recipe.head == "bins" else "yuv"
    try:
        return Classes.fit(luma, chroma, recipe.bins, space)
    except ValueError as error:
        raise TrainingError(
            f"the photographs have too few colours for {recipe.bins} bins; --set bins=N, or pack "
            "more"
        ) from error


def scattered_colours(photographs: Photographs) -> tuple[torch.Tensor, torch.Tensor]:
    """Return luma (N,) and UV (N, 2) float32 of scattered pixels of evenly spaced training
    photographs."""
    chosen = photographs.training[:: max(1, len(photographs.training) // BIN_PHOTOGRAPHS)]
    lumas, chromas = [], []
    for index in chosen:
        pixels = photographs[index].reshape(-1, 3)[::BIN_STRIDE]
        rgb = torch.from_numpy(pixels.copy()).float().div(255)
        luma, u, v = rgb_to_yuv(*rgb.unbind(1))
        lumas.append(luma)
        chromas.append(torch.stack([u, v], 1))
    return torch.cat(lumas), torch.cat(chromas)
