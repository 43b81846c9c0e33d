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

from ..data.photographs import Photographs, thinned
from ..folder_lock import lock_folder
from . import report
from .colourists import ALONE, AUTOMATIC, MATCHED, NETWORK, OWN, Colourists
from .fit import PairBatches, Shown, fit, fit_similarity
from .flowers import Flower, judge_flower
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
            network = fit(batches, recipe, by_color, matching, journal.of(name, matching))
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
    """A pair that no net was trained on.

    numbers: of the photographs of target and reference. target, reference: pictures (3, S, S).
    flower, theirs: what both show.
    """

    numbers: tuple[int, int]
    target: torch.Tensor
    reference: torch.Tensor
    flower: Flower
    theirs: Flower


def held_out(photographs: Photographs, recipe: ExemplarRecipe, net: SimilarityNet) -> list[HeldOut]:
    """Return pairs of held-out flowers, at most as many as the recipe asks for, evenly spaced.

    Each target has the reference that is most like it. Raises TrainingError where there are none.
    """
    indices, pairs = photographs.validation, []
    if len(indices) > 1:
        nearest = neighbours(photographs, indices, net, recipe.crop, 1)
        for own, (other,) in zip(indices.tolist(), indices[nearest].tolist(), strict=True):
            target, reference = middles(photographs, (own, other), recipe.crop)
            flower, theirs = (Flower.of(each.movedim(0, 2).numpy()) for each in (target, reference))
            if flower and theirs:
                pairs.append(HeldOut((own, other), target, reference, flower, theirs))
    if not pairs:
        raise TrainingError(
            f"{photographs.name}: no two held-out photographs of flowers; pack more, with "
            "--validation-share"
        )
    return [pairs[each] for each in thinned(np.arange(len(pairs)), recipe.pairs)]


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
        self._shown = Shown(targets, references, self.net)
        self._told = self._shown.told_there_and_back()
        self.true = report.shares(self._shown.chroma)

    def of(self, name: str, matching: bool) -> Callable[[int, ExemplarNet, dict[str, float]], None]:
        """Return what `fit` tells about a network of this name; matching: as `fit` takes it."""

        def log(step: int, network: ExemplarNet, losses: dict[str, float]) -> None:
            with torch.inference_mode():
                made = network(self._shown.luma, self._told if matching else None)
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
        made = colourists(pair.target, pair.reference)
        automatic = made[AUTOMATIC].movedim(0, 2).numpy()
        reference = pair.reference.movedim(0, 2).numpy()
        verdicts = {
            name: judge_flower(
                picture.movedim(0, 2).numpy(), automatic, pair.flower, reference, pair.theirs
            )
            for name, picture in made.items()
            if name != OWN
        }
        rows.append(dict(zip(("target", "reference"), pair.numbers, strict=True)))
        for name, verdict in verdicts.items():
            rows[-1] |= {f"{name}: {part}": said for part, said in vars(verdict).items()}
        right = {name for name, verdict in verdicts.items() if verdict.both}
        titles = {name: f"{name}: yes" if name in right else name for name in made}
        pictures = {"reference": pair.reference, "truth": pair.target}
        shown.append((MATCHED in right, pictures | {titles[name]: made[name] for name in made}))
    report.write_rows(output / report.PAIRS, rows)
    for name in (AUTOMATIC, MATCHED, NETWORK, ALONE):
        told = [(row[f"{name}: flower"], row[f"{name}: leaves"]) for row in rows]
        flowers, leaves = map(sum, zip(*told, strict=True))
        both = sum(map(all, told))
        say(
            f"{name}: of {len(rows)} flowers {flowers} are as their reference, and the leaves of "
            f"{leaves} as they were; of {both} both ({both / len(rows):.0%})"
        )
    failed, done = ([row for right, row in shown if right == wanted] for wanted in (False, True))
    few = failed[: SHOWN // 2]
    report.write_sheet(output / report.SHEET, [*few, *done[: SHOWN - len(few)]])
