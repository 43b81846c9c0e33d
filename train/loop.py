"""The training loop."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from math import cos, pi
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn
from tqdm import trange

from vidcolor.bins import ColorBins
from vidcolor.checkpoint import Checkpoint, Decoding
from vidcolor.color import rgb_to_yuv
from vidcolor.colorizer import Predictor
from vidcolor.errors import TrainingError
from vidcolor.model import ColorUNet

from .dataset import Photographs, TrainingCrops
from .degrade import old_film
from .evaluate import evaluate
from .loss import weighted_cross_entropy
from .recipe import Recipe

STATE, LOG, WEIGHTS = "state.pt", "log.jsonl", "weights.safetensors"
VALIDATED = 200
"""Photographs of the validation split that the figures in the log are measured on."""

SETTLING_BATCHES = 40
"""Batches from which the batch-norm statistics of averaged weights are taken."""

BIN_PHOTOGRAPHS, BIN_STRIDE = 4000, 101
"""Bins are fitted on so many training photographs, one pixel in so many of each."""


def learning_rate(step: int, recipe: Recipe) -> float:
    """Linear warm-up to recipe.learning_rate, then a cosine down to 0 at the last step."""
    rising = recipe.warmup * recipe.steps
    if step < rising:
        return recipe.learning_rate * (step + 1) / rising
    done = (step - rising) / (recipe.steps - rising)
    return recipe.learning_rate * (1 + cos(pi * done)) / 2


def fit_bins(photographs: Photographs, recipe: Recipe) -> ColorBins:
    """Bins of the training split, from scattered pixels of evenly spaced photographs."""
    chosen = photographs.training[:: max(1, len(photographs.training) // BIN_PHOTOGRAPHS)]
    samples = []
    for index in chosen:
        pixels = photographs[index].reshape(-1, 3)[::BIN_STRIDE]
        rgb = torch.from_numpy(pixels.copy()).float().div(255)
        samples.append(torch.stack(rgb_to_yuv(*rgb.unbind(1))[1:], 1))
    return ColorBins.fit(torch.cat(samples), recipe.bins)


def fit(
    recipe: Recipe,
    photographs: Photographs,
    run: Path,
    device: torch.device,
    *,
    initial: Checkpoint | None = None,
    resume: bool = False,
    report: Callable[[str], None] = lambda line: None,
) -> Checkpoint:
    """Train by `recipe` and leave weights.safetensors, log.jsonl and state.pt in `run`.

    initial: weights to start from, with their bins; where the recipe's network has a context and
    theirs has none, it begins without effect. resume: take up the run that `run` holds
    where its state was saved last; the result is then the same, on a CPU to the last bit. report
    is given a line of figures at every save. Raises TrainingError where the loss is no longer
    finite, where `run` holds a run and `resume` is false, and where it holds none to resume by
    this recipe.
    """
    run.mkdir(parents=True, exist_ok=True)
    saved = _saved_state(run, recipe) if resume else None
    if not resume and (run / STATE).exists():
        raise TrainingError(f"{run}: holds a run already; give --resume or another folder")
    torch.manual_seed(recipe.seed)

    crops = TrainingCrops(photographs, recipe.batch, recipe.seed, recipe.cards, device=device)
    model = ColorUNet(recipe.dims)
    if initial:
        dims = initial.model.dims
        if recipe.dims not in (dims, replace(dims, context=dims.context or recipe.context)):
            raise TrainingError(f"{initial.name}: the network's sizes differ from the recipe's")
        model.load_state_dict(initial.model.state_dict(), strict=False)
    model.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(recipe.averaging))
    optimizer = torch.optim.AdamW(
        model.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
    )

    first = 0
    if saved:
        model.load_state_dict(saved["model"])
        averaged.load_state_dict(saved["averaged"])
        optimizer.load_state_dict(saved["optimizer"])
        bins = ColorBins(saved["centers"], saved["frequencies"], saved["side"])
        first = saved["step"]
    else:
        bins = initial.bins if initial else fit_bins(photographs, recipe)
    weights = bins.weights(recipe.rebalance_mix).to(device)

    started = time.monotonic()
    losses: list[float] = []
    progress = trange(first, recipe.steps, initial=first, total=recipe.steps, disable=None)
    for step in progress:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, recipe)
        rgb = crops.at(step, recipe.crop_at(step)).rgb
        luma, target = _example(rgb, bins, recipe, step)

        model.train()
        with torch.autocast(device.type, torch.bfloat16, enabled=recipe.precision == "bf16"):
            logits = model(luma)
        loss = weighted_cross_entropy(logits.float(), target, weights)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        averaged.update_parameters(model)

        losses.append(loss.item())
        if losses[-1] != losses[-1]:
            raise TrainingError(f"step {step}: the loss is not a number; lower learning_rate")
        if (step + 1) % recipe.save_every == 0 or step + 1 == recipe.steps:
            settled = _settled(averaged, crops, bins, recipe, step + 1, device)
            metrics = _validate(settled, bins, photographs, recipe, device)
            checkpoint = Checkpoint(
                run.name, settled.cpu(), bins, recipe.decoding, recipe.as_dict(), metrics
            )
            checkpoint.save(run / WEIGHTS)
            figures = metrics | {
                "step": step + 1,
                "loss": sum(losses) / len(losses),
                "seconds": time.monotonic() - started,
            }
            losses.clear()
            with (run / LOG).open("a") as log:
                log.write(json.dumps(figures) + "\n")
            _save_state(
                run,
                step=step + 1,
                recipe=recipe.as_dict(),
                model=model.state_dict(),
                averaged=averaged.state_dict(),
                optimizer=optimizer.state_dict(),
                centers=bins.centers,
                frequencies=bins.frequencies,
                side=bins.side,
            )
            report(json.dumps(figures))

    return checkpoint


def _example(
    rgb: torch.Tensor, bins: ColorBins, recipe: Recipe, step: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """RGB (B, 3, S, S) in [0, 1] -> luma (B, 1, S, S), noisy or aged, and bins (B, S/s, S/s)."""
    luma, u, v = rgb_to_yuv(*rgb.split(1, 1))
    target = bins.assign(F.avg_pool2d(torch.cat([u, v], 1), recipe.dims.output_stride))
    random = torch.Generator(rgb.device).manual_seed(recipe.seed * 1_000_003 + step)
    strength = torch.rand(len(rgb), 1, 1, 1, generator=random, device=rgb.device) * recipe.noise
    noise = torch.randn(luma.shape, generator=random, device=rgb.device)
    luma = (luma + strength * noise).clamp(0, 1)
    if recipe.old_film:
        aged = torch.rand(len(rgb), 1, 1, 1, generator=random, device=rgb.device) < recipe.old_film
        luma = torch.where(aged, old_film(rgb, random), luma)
    return luma, target


def _settled(
    averaged: AveragedModel,
    crops: TrainingCrops,
    bins: ColorBins,
    recipe: Recipe,
    step: int,
    device: torch.device,
) -> ColorUNet:
    """The averaged weights with batch-norm statistics of their own.

    The average of many networks has none: those of the last are not its own, and the average of
    all lags behind.
    """
    model = ColorUNet(recipe.dims)
    model.load_state_dict(averaged.module.state_dict())
    model.to(device)
    last = range(max(0, step - SETTLING_BATCHES), step)

    def luma(index: int) -> torch.Tensor:
        rgb = crops.at(index, recipe.crop_at(index)).rgb
        return _example(rgb, bins, recipe, index)[0]

    update_bn(map(luma, last), model)
    return model.eval()


def _validate(
    model: ColorUNet,
    bins: ColorBins,
    photographs: Photographs,
    recipe: Recipe,
    device: torch.device,
) -> dict[str, Any]:
    """Figures at temperature 1, rebalance 0; none without validation photographs."""
    chosen = photographs.validation[:VALIDATED]
    if not len(chosen):
        return {}
    predictor = Predictor(model, bins, device, torch.float32)
    settings = {"validation": Decoding(1.0, 0.0, recipe.working_size)}
    figures = evaluate(predictor, photographs, chosen, settings, quiet=True)
    return {name: asdict(figures[name]) for name in ("validation", "grey")}


def _save_state(run: Path, **state: Any) -> None:
    """Write state.pt so that a crash leaves either the old one or the new one."""
    temporary = run / (STATE + ".part")
    torch.save(state, temporary)
    temporary.replace(run / STATE)


def _saved_state(run: Path, recipe: Recipe) -> dict[str, Any]:
    """What state.pt holds, if `recipe` can go on from there."""
    path = run / STATE
    if not path.exists():
        raise TrainingError(f"{run}: holds no saved state to resume")
    state: dict[str, Any] = torch.load(path, weights_only=True)
    began = state["recipe"]
    changed = [name for name, value in recipe.as_dict().items() if began[name] != value]
    if changed:
        raise TrainingError(f"{run}: began with another recipe; it differs in {', '.join(changed)}")
    if state["step"] == recipe.steps:
        raise TrainingError(f"{run}: is complete; its weights are in {run / WEIGHTS}")
    return state
