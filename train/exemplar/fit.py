"""Training: the similarity nets, then the network that colours by a reference.

He et al. 2018, section 3.3, as a thesis of 2020 has it: of two batches the one asks for the
target's own chroma, which came to it by way of the reference, and the other for a picture that
looks right in the reference's colours.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F
from tqdm import tqdm

from vidcolor.color.yuv import rgb_to_yuv, yuv_to_rgb
from vidcolor.errors import TrainingError

from ..data.batches import TrainingCrops
from ..data.photographs import Photographs
from .matches import Pair, Places
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
    """Targets and their references, matched.

    rgb: the targets', (B, 3, S, S). luma: (B, 1, S, S). chroma, theirs: UV of the targets and the
    references at a quarter of the size, (B, 2, h, w). pairs: their matches.
    """

    rgb: torch.Tensor
    luma: torch.Tensor
    chroma: torch.Tensor
    theirs: torch.Tensor
    pairs: tuple[Pair, ...]

    @classmethod
    @torch.no_grad()
    def of(cls, targets: torch.Tensor, references: torch.Tensor, net: SimilarityNet) -> "Shown":
        """Match pictures (B, 3, S, S) by a net that sees luma."""
        places = [Places.of(net.levels(each)) for each in (targets, references)]
        pairs = tuple(Pair.of(*both) for both in zip(*places, strict=True))
        luma, *chroma = rgb_to_yuv(*targets.split(1, 1))
        _, *theirs = rgb_to_yuv(*references.split(1, 1))
        height, width = pairs[0].there.shape
        mine, other = (
            F.adaptive_avg_pool2d(torch.cat(each, 1), (height, width)) for each in (chroma, theirs)
        )
        return cls(targets, luma, mine, other, pairs)

    def told_there_and_back(self) -> torch.Tensor:
        """Return what matches tell with the targets' own chroma, (B, 12, h, w)."""
        each = zip(self.pairs, self.chroma, strict=True)
        return torch.stack([pair.told(pair.there_and_back(own)) for pair, own in each])

    def told_of_references(self) -> torch.Tensor:
        """Return what matches tell with the references' chroma, (B, 12, h, w)."""
        each = zip(self.pairs, self.theirs, strict=True)
        return torch.stack([pair.told(pair.carried(own)) for pair, own in each])


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
        return Shown.of(mine, theirs, self._net)


def fit(
    batches: PairBatches,
    recipe: ExemplarRecipe,
    judge: SimilarityNet,
    matching: bool,
    log: Callable[[int, ExemplarNet, dict[str, float]], None],
) -> ExemplarNet:
    """Train a network; return it in evaluation mode.

    Args:
        batches: the pairs.
        recipe: the settings.
        judge: a similarity net that sees colour.
        matching: whether the network is told what matches tell; if not, it is the ablation.
        log: is told the steps done, the network, and its mean losses since it was told last.
    """
    torch.manual_seed(recipe.seed)
    net = ExemplarNet(matching)
    optimizer = torch.optim.AdamW(net.parameters(), recipe.learning_rate)
    losses: dict[str, list[float]] = {"chrominance": [], "perceptual": []}
    name = "network" if matching else "without matches"
    for step in tqdm(range(recipe.steps), desc=name, unit=" steps", disable=None):
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate_at(step)
        shown = batches.at(step)
        kind = "perceptual" if step % 2 else "chrominance"
        if kind == "chrominance":
            found = chrominance_loss(net, shown)
        else:
            found = recipe.perceptual * perceptual_loss(net, shown, judge)
        optimizer.zero_grad()
        found.backward()
        optimizer.step()
        losses[kind].append(found.item())
        if (step + 1) % recipe.save_every == 0 or step + 1 == recipe.steps:
            means = {name: float(np.mean(each)) for name, each in losses.items() if each}
            log(step + 1, net.eval(), means)
            net.train()
            losses = {name: [] for name in losses}
    return net.eval()


def chrominance_loss(net: ExemplarNet, shown: Shown) -> torch.Tensor:
    """Return the mean squared error of UV, told the targets' own by way of the references."""
    return F.mse_loss(net(shown.luma, shown.told_there_and_back()), shown.chroma)


def perceptual_loss(net: ExemplarNet, shown: Shown, judge: SimilarityNet) -> torch.Tensor:
    """Return the mean squared error of the features of pictures in the references' colours.

    judge: sees colour; the true targets' features are what they should be.
    """
    made = with_chroma(shown.luma, net(shown.luma, shown.told_of_references()))
    found, wanted = (judge.levels(each)[PERCEPTUAL_LEVEL] for each in (made, shown.rgb))
    return F.mse_loss(found, wanted)


def with_chroma(luma: torch.Tensor, uv: torch.Tensor) -> torch.Tensor:
    """Return RGB (B, 3, H, W) in [0, 1] of luma (B, 1, H, W) and a coarser UV (B, 2, h, w)."""
    fine = F.interpolate(uv, size=luma.shape[-2:], mode="bilinear")
    return torch.cat(yuv_to_rgb(luma, *fine.split(1, 1)), 1).clamp(0, 1)
