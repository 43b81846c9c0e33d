"""A run of the exemplar recipe: what is trained, judged and written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import nn
from torch.nn import functional as F
from tqdm import tqdm

from vidcolor.errors import TrainingError
from vidcolor.files import Target
from vidcolor.net.checkpoint import Checkpoint

from ..data.photographs import Photographs
from ..folder_lock import lock_folder
from . import report
from .colourists import ALONE, AUTOMATIC, MATCHED, NETWORK, OWN, Colourists
from .fit import PairBatches, Shown, fit, fit_similarity
from .flowers import Flower, obeys
from .network import ExemplarNet
from .pairing import middles, neighbours
from .recipe import ExemplarRecipe
from .similarity import SimilarityNet

WATCHED = 64
"""The held-out pairs by which training is watched."""

SHOWN = 24
"""The most pairs on the sheet; half of them are such that plain matching fails on, if it does."""

Say = Callable[[str], None]


def run(data: Path, recipe: ExemplarRecipe, output: Path, checkpoint: Checkpoint, say: Say) -> None:
    """Train by a recipe, judge on held-out pairs, and write all of it.

    Args:
        data: a folder of packed photographs.
        recipe: the settings.
        output: gets the nets, and what `report` has names for.
        checkpoint: weights that colour films, with which the network is compared.
        say: is told each result in a line.

    Raises:
        TrainingError: there are too few photographs.
    """
    everything, chosen = Photographs(data), Photographs(data, recipe.classes)
    with lock_folder(output):
        by_luma, by_color = (
            _similarity(everything, recipe, colored, output, say) for colored in (False, True)
        )
        pairs = held_out(chosen, recipe, by_luma)
        batches = PairBatches(chosen, recipe, by_luma)
        journal = Journal(pairs, by_luma, say)
        networks = []
        for matching, name in ((True, NETWORK), (False, ALONE)):
            network = fit(batches, recipe, by_color, matching, journal.of(name))
            _save(network, output, name)
            networks.append(network)
        report.write_rows(output / report.LOG, journal.rows)
        report.write_distributions(
            output / report.DISTRIBUTIONS, journal.true, journal.predicted[NETWORK]
        )
        judge(pairs, Colourists(checkpoint, by_luma, *networks), output, say)


def _similarity(
    photographs: Photographs, recipe: ExemplarRecipe, colored: bool, output: Path, say: Say
) -> SimilarityNet:
    """Teach a similarity net, save it, and say how many photographs it recognizes."""
    name = "similarity in colour" if colored else "similarity in luma"
    net, right = fit_similarity(photographs, recipe, colored)
    say(f"{name}: {right:.1%} of held-out photographs recognized")
    _save(net, output, name)
    return net


def _save(net: nn.Module, folder: Path, name: str) -> None:
    content = save({key: part.contiguous() for key, part in net.state_dict().items()})
    path = folder / f"{name.replace(' ', '-')}.safetensors"
    Target(path, folder, overwrite=True).fill(content)


@dataclass(frozen=True, eq=False)
class HeldOut:
    """A pair that nothing was trained on: numbers of photographs, and pictures (3, S, S)."""

    numbers: tuple[int, int]
    target: torch.Tensor
    reference: torch.Tensor


def held_out(photographs: Photographs, recipe: ExemplarRecipe, net: SimilarityNet) -> list[HeldOut]:
    """Return pairs of held-out photographs, at most as many as the recipe asks for.

    Each target has the reference that is most like it. Raises TrainingError where there are none.
    """
    indices = photographs.validation
    if len(indices) < 2:
        raise TrainingError(
            f"{photographs.name}: {len(indices)} held-out photographs make no pairs; pack with "
            "--validation-share"
        )
    nearest = neighbours(photographs, indices, net, recipe.crop, 1)[:, 0]
    chosen = np.arange(min(len(indices), recipe.pairs)) * len(indices) // recipe.pairs
    numbers = [(int(indices[each]), int(indices[nearest[each]])) for each in dict.fromkeys(chosen)]
    return [HeldOut(both, *middles(photographs, both, recipe.crop)) for both in numbers]


@dataclass
class Journal:
    """Keeps the losses and the distributions of U and V, as training goes.

    pairs: held-out ones. net: a similarity net that sees luma. say: is told each row. rows: of the
    log. true: the shares of U and V in the truth. predicted: by a network's name, those after so
    many steps.
    """

    pairs: Sequence[HeldOut]
    net: SimilarityNet
    say: Say
    rows: list[dict[str, Any]] = field(default_factory=list)
    predicted: dict[str, dict[int, np.ndarray]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        watched = self.pairs[:WATCHED]
        targets, references = (
            torch.stack([getattr(each, name) for each in watched])
            for name in ("target", "reference")
        )
        self._shown = Shown.of(targets, references, self.net)
        self.true = report.shares(self._shown.chroma)

    def of(self, name: str) -> Callable[[int, ExemplarNet, dict[str, float]], None]:
        """Return what `fit` tells about a network of this name."""

        def log(step: int, network: ExemplarNet, losses: dict[str, float]) -> None:
            with torch.inference_mode():
                made = network(self._shown.luma, self._shown.told_there_and_back())
            error = float(F.mse_loss(made, self._shown.chroma))
            self.predicted.setdefault(name, {})[step] = report.shares(made)
            self.rows.append({"network": name, "step": step, **losses, "held out": error})
            self.say(f"{name}, {step} steps: mean squared error of UV {error:.6f}")

        return log


def judge(pairs: Sequence[HeldOut], colourists: Colourists, output: Path, say: Say) -> None:
    """Tell how many flowers each way gives the colour of their reference, and draw a sheet."""
    rows: list[dict[str, Any]] = []
    shown: list[tuple[bool, Mapping[str, torch.Tensor]]] = []
    for pair in tqdm(pairs, desc="flowers", unit=" pairs", disable=None):
        truth, theirs = (each.movedim(0, 2).numpy() for each in (pair.target, pair.reference))
        flower, model = Flower.of(truth), Flower.of(theirs)
        if flower is None or model is None:
            continue
        made = colourists(pair.target, pair.reference)
        automatic = made[AUTOMATIC].movedim(0, 2).numpy()
        verdicts = {
            name: obeys(picture.movedim(0, 2).numpy(), automatic, flower, theirs, model)
            for name, picture in made.items()
        }
        target, reference = pair.numbers
        rows.append({"target": target, "reference": reference} | verdicts)
        titles = {name: f"{name}: yes" if verdicts[name] else name for name in made}
        pictures = {"reference": pair.reference, "truth": pair.target}
        shown.append((verdicts[MATCHED], pictures | {titles[name]: made[name] for name in made}))
    if not rows:
        raise TrainingError("no held-out pair shows two flowers; pack photographs of flowers")
    report.write_rows(output / report.PAIRS, rows)
    for name in (AUTOMATIC, MATCHED, NETWORK, ALONE, OWN):
        right = sum(row[name] for row in rows)
        say(f"{name}: {right} of {len(rows)} flowers as their reference ({right / len(rows):.0%})")
    failed, done = ([row for right, row in shown if right == wanted] for wanted in (False, True))
    few = failed[: SHOWN // 2]
    report.write_sheet(output / report.SHEET, [*few, *done[: SHOWN - len(few)]])
