"""A network in training, and the step that betters it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from vidcolor.color.bins import ColorBins
from vidcolor.color.yuv import rgb_to_yuv
from vidcolor.errors import TrainingError
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.net.device import resolve_precision
from vidcolor.net.model import ColorUNet

from ..data.batches import Batch, TrainingCrops
from ..data.old_film import old_film
from ..data.photographs import Photographs
from ..imagenet import load_encoder
from .critic import Critic
from .heads import Head, Naming, Telling
from .learner import Learner, class_loss
from .loss import log_squared_error
from .processes import Ranks
from .recipe import Recipe
from .taught import classes_of, labels_of

SETTLING_BATCHES = 40
"""Batches from which the batch-norm statistics of averaged weights are taken."""

HELD_OUT = 256
"""The number of validation photographs at most that the validation loss is taken on."""


@dataclass(frozen=True)
class Example:
    """Holds what a network is shown and what it should answer.

    luma: (B, 1, S, S) float32 in [0, 1], noisy or aged. target, valid: at the network's output
    stride, as its `Head` takes them; a cell is valid where all its pixels are. true_luma, chroma:
    the true Y and the true U and V there. labels: (B,) int64, the pictures' classes as `class_loss`
    takes them.
    """

    luma: torch.Tensor
    target: torch.Tensor
    true_luma: torch.Tensor
    chroma: torch.Tensor
    valid: torch.Tensor | None
    labels: torch.Tensor


class Trainer:
    """Holds the network, average, optimiser, bins and batches of one run on one device.

    Args:
        recipe: the settings of the run.
        photographs: what is trained on.
        device: where the network is.
        initial: weights to start from, with their bins, whose frequencies are counted anew. What
            the recipe's network has beyond theirs begins without effect. Without them an encoder
            begins with its ImageNet weights.
        ranks: the processes among which each batch is divided.
        saved: a `state` of such a run, to go on from.

    Raises:
        TrainingError: the settings contradict each other, the photographs or the weights.
        DeviceError: fp16 on a CPU.
    """

    def __init__(
        self,
        recipe: Recipe,
        photographs: Photographs,
        device: torch.device,
        *,
        initial: Checkpoint | None = None,
        ranks: Ranks | None = None,
        saved: Mapping[str, Any] | None = None,
    ) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.device = device
        self.ranks = ranks or Ranks()
        if recipe.batch % self.ranks.count:
            raise TrainingError(
                f"a batch of {recipe.batch} can't be divided among {self.ranks.count} processes; "
                "--set batch=N"
            )
        if recipe.encoder and (recipe.stem or recipe.down):
            raise TrainingError(
                "encoder: takes the place of stem and down; --set stem=0 --set down=[]"
            )
        if len(recipe.up) > recipe.dims.halvings:
            raise TrainingError("up: more cells than there are halvings to undo")
        stride = recipe.dims.output_stride
        if recipe.crop % stride or recipe.final_crop % stride:
            raise TrainingError(f"crops must be multiples of the network's output stride, {stride}")
        halved = 2**recipe.dims.halvings
        smallest = min(recipe.crop, recipe.final_crop)
        if recipe.batch == self.ranks.count and smallest <= halved and not recipe.frozen_norms:
            raise TrainingError(
                f"one crop of {halved} pixels or fewer gives batch norms nothing to go by; "
                "--set batch=N"
            )
        if len(recipe.blocks) > max(1, len(recipe.up)):
            raise TrainingError("blocks: more numbers than the network has levels that take them")
        if recipe.soft_bins > recipe.bins:
            raise TrainingError("soft_bins: more than there are bins")
        if recipe.adversarial and self.ranks.count > 1:
            raise TrainingError("adversarial: a critic learns in one process; start only one")
        self._batches = self._crops(photographs, recipe.batch)
        self._held_out = None
        if count := min(recipe.batch, len(photographs.validation)):
            self._held_out = self._crops(photographs.held_out(), count)
            self._rounds = -(-min(HELD_OUT, len(photographs.validation)) // count)
        self.classes = classes_of(photographs, recipe, initial, saved)
        self._centers = self.bins.centers.to(device)
        self.head = self._head()

        model = ColorUNet(recipe.dims)
        if initial:
            if not recipe.dims.extends(initial.model.dims):
                raise TrainingError(
                    f"{initial.name}: the recipe's network does not extend this one"
                )
            model.load_state_dict(initial.model.state_dict(), strict=False)
        elif recipe.encoder and not saved:
            load_encoder(model)
        if self.ranks.count > 1 and device.type == "cuda":
            model = cast(ColorUNet, nn.SyncBatchNorm.convert_sync_batchnorm(model))
        model.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.model = model
        kinds, labels = labels_of(photographs, recipe.unclassed)
        self._labels = torch.from_numpy(labels).to(device)
        self._learner = Learner(model, kinds if recipe.class_weight else 0).to(device)
        self._critic = self._new_critic()
        self._parallel = self._divided()
        self._averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(recipe.averaging))
        self._optimizer = torch.optim.AdamW(
            _groups(self._learner),
            recipe.learning_rate,
            weight_decay=recipe.weight_decay,
            fused=True,
        )
        self._precision = resolve_precision(recipe.precision, device)
        self._scaler = torch.amp.GradScaler(device.type, enabled=self._precision == torch.float16)
        if saved:
            self.model.load_state_dict(saved["model"])
            self._averaged.load_state_dict(saved["averaged"])
            self._optimizer.load_state_dict(saved["optimizer"])
            self._scaler.load_state_dict(saved["scaler"])
            if self._learner.tell:
                self._learner.tell.load_state_dict(saved["tell"])
            if self._critic:
                self._critic.load(saved["critic"])

    @property
    def bins(self) -> ColorBins:
        """The bins that the weights are decoded by, in UV."""
        return self.classes.bins

    def examples(self, steps: Sequence[int]) -> Iterator[Example]:
        """This process's share of the batch of each step, augmented."""
        batches = self._batches.batches(steps, self.recipe.crop_at)
        return map(self._example, steps, batches)

    def step(self, example: Example, rate: float, encoder: float | None = None) -> float:
        """Better the network by an example at a learning rate; the loss before that.

        The loss is that of the `Head` over the examples of all processes and, if the recipe says
        so, shares of `class_loss`, of `deceivers_loss` and of the mean over the examples of
        `log_squared_error`.
        encoder: factor of the rate for the encoder, the recipe's if None; at 0 it stands still, its
        norms too.
        """
        if encoder is None:
            encoder = self.recipe.encoder_rate
        for group, factor in zip(self._optimizer.param_groups, (1.0, encoder), strict=False):
            group["lr"] = rate * factor
        self._freeze(encoder == 0)
        self._set_to_train(self.model, encoder == 0)

        half = self._precision != torch.float32
        with torch.autocast(self.device.type, self._precision, enabled=half):
            said, kinds = self._parallel(example.luma)
        said = said.float()
        loss = self._mean(self.head.loss(said, example.target, example.valid))
        if self.recipe.psnr_weight:
            error = log_squared_error(said, example.chroma, self._centers, example.valid)
            loss = loss + self.recipe.psnr_weight * error
        if kinds is not None:
            told = self._mean(class_loss(kinds.float(), example.labels))
            loss = loss + self.recipe.class_weight * told
        if self._critic:
            made = _inside(self.head.made(said), example.valid)
            deceived = self._critic.deceived(example.true_luma, made)
            loss = loss + self.recipe.adversarial * deceived
        self._optimizer.zero_grad()
        self._scaler.scale(loss).backward()
        self._scaler.step(self._optimizer)
        self._scaler.update()
        self._averaged.update_parameters(self.model)
        if self._critic:
            true = _inside(self.head.true(example.target, example.chroma), example.valid)
            self._critic.step(example.true_luma, true, made, rate)

        value = float(self.ranks.total(loss) / self.ranks.count)
        if value != value:
            raise TrainingError("the loss is not a number any more; lower learning_rate")
        return value

    def _mean(self, quotient: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        """Return the quotient over the examples of all processes.

        The gradients of the processes are averaged, so each loss counts once for every process.
        """
        total, weight = quotient
        return total * self.ranks.count / self.ranks.total(weight)

    @torch.no_grad()
    def held_out_loss(self, model: ColorUNet) -> float | None:
        """Return the loss on validation photographs, always the same; None if there are none.

        They are augmented as in training. Of what can be in the loss, only the head's part and the
        share of `log_squared_error` count. model: in evaluation mode, on the device.
        """
        if self._held_out is None:
            return None
        steps = range(self._rounds)
        totals = []
        for step, batch in zip(
            steps, self._held_out.batches(steps, self.recipe.crop_at), strict=True
        ):
            example = self._example(step, batch)
            said = model(example.luma)
            total, weight = self.head.loss(said, example.target, example.valid)
            loss = float(total / weight.clamp_min(torch.finfo(weight.dtype).tiny))
            if self.recipe.psnr_weight:
                error = log_squared_error(said, example.chroma, self._centers, example.valid)
                loss += self.recipe.psnr_weight * float(error)
            totals.append(loss)
        return sum(totals) / len(totals)

    def settled(self, step: int) -> ColorUNet:
        """The averaged weights after `step` steps, with batch-norm statistics of their own.

        The average of many networks has none: those of the last are not its own, and the average
        of all lags behind.
        """
        model = ColorUNet(self.recipe.dims)
        model.load_state_dict(self._averaged.module.state_dict())
        model.to(self.device)
        norms = self._set_to_train(model, self.recipe.encoder_factor_at(step - 1) == 0)
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the mean of all batches
        if norms:
            last = range(max(0, step - SETTLING_BATCHES), step)
            with torch.no_grad():
                for example in self.examples(last):
                    model(example.luma)
        return model.eval()

    def state(self) -> dict[str, Any]:
        """Everything that the steps to come depend on."""
        return {
            "model": self.model.state_dict(),
            "averaged": self._averaged.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "scaler": self._scaler.state_dict(),
            "centers": self.bins.centers,
            "frequencies": self.bins.frequencies,
            "side": self.bins.side,
            "classes": {"centers": self.classes.centers, "cell": self.classes.cell},
            "tell": self._learner.tell.state_dict() if self._learner.tell else None,
            "critic": self._critic.state() if self._critic else None,
        }

    def _crops(self, photographs: Photographs, batch: int) -> TrainingCrops:
        """Return the batches that the recipe makes of the training photographs."""
        recipe = self.recipe
        return TrainingCrops(
            photographs,
            batch,
            recipe.seed,
            recipe.cards,
            recipe.whole,
            recipe.flip,
            recipe.smallest_square,
            recipe.random_crops,
            self.device,
        )

    def _head(self) -> Head:
        """Return what the recipe teaches."""
        recipe = self.recipe
        if recipe.head == "regression":
            return Naming(recipe.space, recipe.loss)
        counted = self.bins.smoothed() if recipe.smooth_frequencies else self.bins
        weights = counted.weights(recipe.rebalance_mix).to(self.device)
        return Telling(self.classes, recipe.soft_bins, weights, self._centers)

    def _new_critic(self) -> Critic | None:
        """Return a critic, if the recipe has one."""
        if not self.recipe.adversarial:
            return None
        names = self.recipe.head == "regression"
        return Critic(self.recipe.dims.bins if names else 2, self.device)

    def _divided(self) -> nn.Module:
        """The network as all processes train it together: what stands still is not exchanged."""
        learner = self._learner
        return DistributedDataParallel(learner) if self.ranks.count > 1 else learner

    def _freeze(self, frozen: bool) -> None:
        """Let the encoder stand still, or move."""
        encoder = self.model.encoder
        if frozen == any(weights.requires_grad for weights in encoder.parameters()):
            encoder.requires_grad_(not frozen)
            self._parallel = self._divided()

    def _set_to_train(self, model: ColorUNet, frozen: bool) -> list[_BatchNorm]:
        """Put `model` to training but for batch norms that stand still; those that do not.

        frozen: those of the encoder stand still.
        """
        model.train()
        if self.recipe.frozen_norms:
            model.apply(_still)
        elif frozen:
            model.encoder.apply(_still)
        return [part for part in model.modules() if isinstance(part, _BatchNorm) and part.training]

    def _example(self, step: int, batch: Batch) -> Example:
        recipe, stride = self.recipe, self.recipe.dims.output_stride
        mine = slice(self.ranks.index, None, self.ranks.count)
        rgb = batch.rgb[mine]
        luma, u, v = rgb_to_yuv(*rgb.split(1, 1))
        uv = F.avg_pool2d(torch.cat([u, v], 1), stride)
        true_luma = F.avg_pool2d(luma, stride)
        target = self.head.target(true_luma, uv)
        valid = None
        if batch.valid is not None:
            valid = F.avg_pool2d(batch.valid[mine].float(), stride) == 1

        random = torch.Generator(rgb.device)
        random.manual_seed((recipe.seed * 1_000_003 + step) * self.ranks.count + self.ranks.index)
        strength = torch.rand(len(rgb), 1, 1, 1, generator=random, device=rgb.device) * recipe.noise
        noise = torch.randn(luma.shape, generator=random, device=rgb.device)
        luma = (luma + strength * noise).clamp(0, 1)
        if recipe.old_film:
            aged = torch.rand(len(rgb), 1, 1, 1, generator=random, device=rgb.device)
            luma = torch.where(aged < recipe.old_film, old_film(rgb, random), luma)
        return Example(luma, target, true_luma, uv, valid, self._labels[batch.labels[mine]])


def _still(module: nn.Module) -> None:
    """Let a batch norm keep its statistics."""
    if isinstance(module, _BatchNorm):
        module.eval()


def _inside(planes: torch.Tensor, valid: torch.Tensor | None) -> torch.Tensor:
    """Return planes that are 0 where they are not valid."""
    return planes if valid is None else planes * valid


def _groups(learner: Learner) -> list[dict[str, Any]]:
    """Parameters that share a rate: all or, where an encoder of its own came with weights, those
    behind the encoder and then the encoder's."""
    model = learner.model
    if not model.dims.encoder:
        return [{"params": list(learner.parameters())}]
    encoder = list(model.encoder.parameters())
    own = set(encoder)
    return [
        {"params": [weights for weights in learner.parameters() if weights not in own]},
        {"params": encoder},
    ]
