"""Photographs as every variant of a survey colours them, side by side."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from vidcolor.draw.sheet import contact_sheet
from vidcolor.net.checkpoint import load

from ..data.photographs import Photographs, thinned
from ..evaluate.candidates import Candidate, Photograph
from ..evaluate.pictures import grey_picture, luma_of
from ..fit.run_folder import WEIGHTS
from .report import complete
from .survey import Survey

SHOWN = 12
"""The number of photographs."""


def draw(survey: Survey, folder: Photographs, device: torch.device) -> np.ndarray | None:
    """Draw a row for each photograph: grey, by each variant, and true -> (H, W, 3) uint8 RGB.

    A variant is left out whose first run is on another machine; None where none is left.

    Args:
        survey: whose variants colour them, each decoded as chosen, by its first seed's weights.
        folder: whose validation photographs are shown, evenly spaced.
        device: where the networks compute.
    """
    candidates = {}
    seed = survey.plan.seeds[0]
    for name in complete(survey):
        path = survey.folder(name, seed) / WEIGHTS
        if not path.exists():
            continue
        (row,) = survey.runs.of(survey.key(name), seed=str(seed))
        checkpoint = load(path, may_name=True)
        keys = "temperature", "rebalance", "saturation"
        chosen: dict[str, Any] = {key: float(row[f"chosen_{key}"]) for key in keys}
        decoding = replace(checkpoint.decoding, pool=False, **chosen)
        candidates[name] = replace(Candidate.of(checkpoint, device), settings={name: decoding})
    if not candidates:
        return None
    rows = []
    for index in thinned(folder.validation, SHOWN):
        photograph = Photograph(folder, int(index))
        grey = grey_picture(luma_of(photograph.pixels))
        made = [(each.pictures(photograph)[name], name) for name, each in candidates.items()]
        rows.append([(grey, "grey"), *made, (photograph.pixels, f"truth, {photograph.label}")])
    return contact_sheet(rows)
