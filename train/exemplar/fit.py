"""Training: the similarity nets, then the network that colours by a reference.

He et al. 2018, section 3.3, as a thesis of 2020 has it: of two batches the one asks for the
target's own chroma, which came to it by way of the reference, and the other for a picture that
looks right in the reference's colours.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch.nn import functional as F
from tqdm import tqdm

from vidcolor.color.yuv import rgb_to_yuv, yuv_to_rgb
from vidcolor.errors import TrainingError
from vidcolor.net.device import is_native

from ..data.batches import TrainingCrops
from ..data.photographs import Photographs
from .matches import CELL, Pair, Places
from .network import ExemplarNet
from .pairing import middles, neighbours, parts
from .recipe import ExemplarRecipe
from .similarity import SimilarityNet

PERCEPTUAL_LEVEL = -1
"""The level of the net that sees colour by which pictures are judged: its last one."""


def fit_similarity(
    photographs: Photographs, recipe: ExemplarRecipe, colored: bool
) -> tuple[SimilarityNet, float]:
    """Teach a net the classes of photographs; return it and how many held-out ones it tells, 0..1.

    Raises TrainingError where there are fewer than two classes, none is held out, or they do not
    fill a batch.
    """
    if len(photographs.class_names) < 2 or not len(photographs.validation):
        raise TrainingError(
            "similarity is learnt from two classes or more, and some photographs held out; pack "
            "folders of several, with --validation-share"
        )
    if len(photographs.training) < recipe.similarity_batch:
        raise TrainingError(
            f"{len(photographs.training)} training photographs do not fill a batch of "
            f"{recipe.similarity_batch}; pack more, or --set similarity_batch=N"
        )
    torch.manual_seed(recipe.seed)
    net = SimilarityNet(colored, len(photographs.class_names))
    optimizer = torch.optim.AdamW(net.learns(), recipe.similarity_rate)
    crops = TrainingCrops(photographs, recipe.similarity_batch, recipe.seed)
    name = "similarity in colour" if colored else "similarity in luma"
    steps = tqdm(range(recipe.similarity_steps), desc=name, unit=" steps", disable=None)
    for batch in crops.batches(steps, lambda _: recipe.crop):
        optimizer.zero_grad()
        F.cross_entropy(net(batch.rgb), batch.labels).backward()
        optimizer.step()
    net.eval().requires_grad_(requires_grad=False)
    right = 0
    for part in parts(photographs.validation):
        logits = net(middles(photographs, part, recipe.crop))
        right += int((logits.argmax(1).numpy() == photographs.labels[part]).sum())
    return net, right / len(photographs.validation)


@dataclass(frozen=True, eq=False)
class Shown:
    """Targets and their references.

    targets, references: pictures (B, 3, S, S) in [0, 1]. net: a similarity net that sees luma, by
    which they are matched.
    """

    targets: torch.Tensor
    references: torch.Tensor
    net: SimilarityNet

    @cached_property
    def luma(self) -> torch.Tensor:
        """The targets' luma, (B, 1, S, S)."""
        return rgb_to_yuv(*self.targets.split(1, 1))[0]

    @cached_property
    def chroma(self) -> torch.Tensor:
        """UV of the targets' places, (B, 2, h, w)."""
        return _chroma(self.targets)

    @cached_property
    @torch.no_grad()
    def pairs(self) -> tuple[Pair, ...]:
        """Their matches."""
        places = [Places.of(self.net.levels(each)) for each in (self.targets, self.references)]
        return tuple(Pair.of(*both) for both in zip(*places, strict=True))

    def told_there_and_back(self) -> torch.Tensor:
        """Return what matches tell with the targets' own chroma, (B, 12, h, w)."""
        each = zip(self.pairs, self.chroma, strict=True)
        return torch.stack([pair.told(pair.there_and_back(own)) for pair, own in each])

    def told_of_references(self) -> torch.Tensor:
        """Return what matches tell with the references' chroma, (B, 12, h, w)."""
        each = zip(self.pairs, _chroma(self.references), strict=True)
        return torch.stack([pair.told(pair.carried(own)) for pair, own in each])


def _chroma(rgb: torch.Tensor) -> torch.Tensor:
    """Return UV of the places of pictures (B, 3, S, S), (B, 2, h, w)."""
    side = -(-rgb.shape[-1] // CELL)
    _, *uv = rgb_to_yuv(*rgb.split(1, 1))
    return F.adaptive_avg_pool2d(torch.cat(uv, 1), side)


class PairBatches:
    """Draws pairs from the training photographs: a pure function of the step.

    Args:
        photographs: of the recipe's classes.
        recipe: the settings.
        net: a similarity net that sees luma.

    Raises:
        TrainingError: they do not fill a batch.
    """

    def __init__(
        self, photographs: Photographs, recipe: ExemplarRecipe, net: SimilarityNet
    ) -> None:
        self._photographs, self._recipe, self._net = photographs, recipe, net
        self._indices = photographs.training
        if len(self._indices) <= max(recipe.batch, recipe.nearest):
            raise TrainingError(
                f"{len(self._indices)} training photographs do not fill a batch of "
                f"{recipe.batch} pairs; pack more, or --set batch=N"
            )
        self._nearest = neighbours(photographs, self._indices, net, recipe.crop, recipe.nearest)

    def at(self, step: int) -> Shown:
        """Return the pairs of a step."""
        random = np.random.default_rng((self._recipe.seed, step))
        targets = random.choice(len(self._indices), self._recipe.batch, replace=False)
        which = random.integers(self._nearest.shape[1], size=len(targets))
        mine, theirs = (
            middles(self._photographs, self._indices[each].tolist(), self._recipe.crop)
            for each in (targets, self._nearest[targets, which])
        )
        return Shown(mine, theirs, self._net)


def fit(
    batches: PairBatches,
    recipe: ExemplarRecipe,
    judge: SimilarityNet,
    matching: bool,
    log: Callable[[int, ExemplarNet, dict[str, float]], None],
) -> ExemplarNet:
    """Train a network; return it in evaluation mode. It computes in bf16 where that is native.

    Args:
        batches: the pairs.
        recipe: the settings.
        judge: a similarity net that sees colour.
        matching: whether the network is told what matches tell; if not, it is the ablation.
        log: is told the steps done, the network, and its mean losses since it was told last.
    """
    torch.manual_seed(recipe.seed)
    net = ExemplarNet()
    optimizer = torch.optim.AdamW(net.parameters(), recipe.learning_rate)
    half = is_native(torch.bfloat16, torch.device("cpu"))
    losses: dict[str, list[float]] = {"chrominance": [], "perceptual": []}
    name = "network" if matching else "without matches"
    for step in tqdm(range(recipe.steps), desc=name, unit=" steps", disable=None):
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate_at(step)
        shown = batches.at(step)
        there_and_back = step % 2 == 0
        told = None
        if matching and there_and_back:
            told = shown.told_there_and_back()
        elif matching:
            told = shown.told_of_references()
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            if there_and_back:
                found = chrominance_loss(net, shown, told)
            else:
                found = recipe.perceptual * perceptual_loss(net, shown, told, judge)
        optimizer.zero_grad()
        found.backward()
        optimizer.step()
        losses["chrominance" if there_and_back else "perceptual"].append(found.item())
        if (step + 1) % recipe.save_every == 0 or step + 1 == recipe.steps:
            means = {name: float(np.mean(each)) for name, each in losses.items() if each}
            log(step + 1, net.eval(), means)
            net.train()
            losses = {name: [] for name in losses}
    return net.eval()


def chrominance_loss(net: ExemplarNet, shown: Shown, told: torch.Tensor | None) -> torch.Tensor:
    """Return the mean squared error of UV.

    told: the targets' own, by way of the references; None for the ablation.
    """
    return F.mse_loss(net(shown.luma, told), shown.chroma)


def perceptual_loss(
    net: ExemplarNet, shown: Shown, told: torch.Tensor | None, judge: SimilarityNet
) -> torch.Tensor:
    """Return the mean squared error of the features of pictures in the references' colours.

    Args:
        net: the network.
        shown: the pictures.
        told: what matches tell with the references' chroma; None for the ablation.
        judge: sees colour; the true targets' features are what they should be.
    """
    made = with_chroma(shown.luma, net(shown.luma, told))
    found, wanted = (judge.levels(each)[PERCEPTUAL_LEVEL] for each in (made, shown.targets))
    return F.mse_loss(found, wanted)


def with_chroma(luma: torch.Tensor, uv: torch.Tensor) -> torch.Tensor:
    """Return RGB (B, 3, H, W) in [0, 1] of luma (B, 1, H, W) and a coarser UV (B, 2, h, w)."""
    fine = F.interpolate(uv, size=luma.shape[-2:], mode="bilinear")
    return torch.cat(yuv_to_rgb(luma, *fine.split(1, 1)), 1).clamp(0, 1)
