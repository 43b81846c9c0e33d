"""The training loop."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, replace
from math import cos, pi
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from vidcolor.draw.sheet import png
from vidcolor.errors import TrainingError
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.net.decoding import Decoding
from vidcolor.net.predictor import Predictor
from vidcolor.signals import undivided

from ..data.photographs import Photographs
from ..evaluate.candidates import Candidate, Photograph, seer
from ..evaluate.evaluate import evaluate
from ..evaluate.figures import mean
from ..evaluate.namer import Namer
from ..evaluate.sheets import at_temperatures, evenly_spaced, sample_sheet
from ..folder_lock import lock_folder
from .processes import Ranks
from .recipe import Recipe, renewed
from .run_folder import (
    SHEETS,
    WEIGHTS,
    check_unused,
    forget_after,
    load_state,
    log_line,
    save_state,
    write,
)
from .trainer import Trainer

VALIDATED = 200
"""The number of photographs of the validation split that the figures in the log are measured on."""

SECOND_STAGE_RATE = 0.1
"""The factor of the learning rate in a second stage."""


def learning_rate(step: int, recipe: Recipe) -> float:
    """Return the learning rate at `step`, counted from 0.

    It rises linearly to recipe.learning_rate. Then it falls along a cosine to 0 at the last step
    or, if the recipe has a second stage, it stays until that begins and is a tenth from there on.
    """
    rising = recipe.warmup * recipe.steps
    if step < rising:
        return recipe.learning_rate * (step + 1) / rising
    if recipe.second_stage:
        second = step >= recipe.steps * (1 - recipe.second_stage)
        return recipe.learning_rate * (SECOND_STAGE_RATE if second else 1)
    done = (step - rising) / (recipe.steps - rising)
    return recipe.learning_rate * (1 + cos(pi * done)) / 2


def fit(
    recipe: Recipe,
    photographs: Photographs,
    run: Path,
    device: torch.device,
    *,
    initial: Checkpoint | None = None,
    resume: bool = False,
    ranks: Ranks | None = None,
    report: Callable[[dict[str, Any]], None] = lambda figures: None,
) -> None:
    """Train by `recipe` and leave weights.safetensors, log.jsonl, state.pt and sheets in `run`.

    KeyboardInterrupt and SystemExit come from signals between two steps only; the state is saved
    before they go on.

    Args:
        recipe: the settings of the run.
        photographs: what it is trained on, and measured on in the log.
        run: the folder of the run.
        device: where the network is trained.
        initial: as for `Trainer`.
        resume: whether the run in `run` goes on from where its state was saved last. The result is
            then the same, on a CPU to the last bit.
        ranks: the processes that share the run; the first of them writes.
        report: is called with the figures of each line of the log.

    Raises:
        TrainingError: as `Trainer`, or the loss is no longer finite, another process works in
            `run`, or `run` holds nothing to resume by this recipe with these photographs.
        DeviceError: as `Trainer`.
        UsageError: `run` holds a run and `resume` is false.
        OutputError: a file can't be written.
    """
    ranks = ranks or Ranks()
    with lock_folder(run) if ranks.leads else nullcontext():
        if resume:
            saved = _load_resumable(run, recipe, photographs)
        else:
            check_unused(run)
            saved = None
        trainer = Trainer(recipe, photographs, device, initial=initial, ranks=ranks, saved=saved)
        done: int = saved["step"] if saved else 0
        losses: list[float] = saved["losses"] if saved else []
        if saved and ranks.leads:
            forget_after(run, done)

        def save() -> None:
            if ranks.leads:
                state = {"step": done, "losses": losses, "recipe": recipe.as_dict()}
                save_state(run, trainer.state() | state | {"data": photographs.digest})

        started = time.monotonic()

        def settle() -> None:
            """Write weights, samples, a line of the log and the state, if it is time."""
            if not losses or (done % recipe.save_every and done < recipe.steps):
                return
            if ranks.leads:
                checkpoint, sheet = _measure(trainer, photographs, run.name, done)
                figures = {
                    **checkpoint.metrics,
                    "step": done,
                    "loss": sum(losses) / len(losses),
                    "seconds": time.monotonic() - started,
                }
                with undivided():
                    checkpoint.save(run / WEIGHTS)
                    _write_sheet(run / SHEETS / f"step-{done:07}.png", sheet)
                    log_line(run, figures)
                    losses.clear()
                    save()
                report(figures)
            losses.clear()

        progress = tqdm(
            initial=done * recipe.batch,
            total=recipe.steps * recipe.batch,
            unit=" images",
            unit_scale=True,
            disable=None if ranks.leads else True,
        )
        try:
            settle()
            for example in trainer.examples(range(done, recipe.steps)):
                with undivided():
                    rate, factor = learning_rate(done, recipe), recipe.encoder_factor_at(done)
                    losses.append(trainer.step(example, rate, factor))
                    done += 1
                progress.update(recipe.batch)
                settle()
        except (KeyboardInterrupt, SystemExit):
            save()
            raise
        finally:
            progress.close()


def _measure(
    trainer: Trainer, photographs: Photographs, name: str, step: int
) -> tuple[Checkpoint, np.ndarray | None]:
    """Return the averaged weights after `step` steps with their figures, and a sheet of samples.

    The sheet is None if there are no validation photographs. name: what the weights are called.
    """
    recipe = trainer.recipe
    model = trainer.settled(step)
    names = recipe.space if recipe.head == "regression" else ""
    checkpoint = Checkpoint(
        name, model, trainer.bins, recipe.decoding, recipe.as_dict(), names=names
    )
    predictor = seer(checkpoint, trainer.device)
    figures = _validate(predictor, photographs, recipe)
    loss = trainer.held_out_loss(model)
    if loss is not None:
        figures["validation_loss"] = loss
    checkpoint = replace(checkpoint, metrics=figures)
    chosen = evenly_spaced(photographs.validation)
    if not len(chosen):
        return checkpoint, None
    settings = {"named": recipe.decoding} if names else at_temperatures(recipe.decoding)
    return checkpoint, sample_sheet(predictor, photographs, chosen, settings)


def _validate(
    predictor: Predictor | Namer, photographs: Photographs, recipe: Recipe
) -> dict[str, Any]:
    """Return figures at temperature 1 and rebalance 0; none without validation photographs."""
    chosen = photographs.validation[:VALIDATED]
    if not len(chosen):
        return {}
    decoding = Decoding(1.0, 0.0, recipe.working_size)
    candidate = Candidate(predictor, {"accuracy": decoding})
    held_out = [Photograph(photographs, int(index)) for index in chosen]
    figures = mean(evaluate(held_out, {"": candidate}, baselines=("grey",), quiet=True))
    network = figures.networks[""]
    return {
        "validation": asdict(network.pictures["accuracy"])
        | (asdict(network.bins) if network.bins else {}),
        "grey": asdict(figures.baselines["grey"]),
    }


def _write_sheet(path: Path, sheet: np.ndarray | None) -> None:
    """Write a sheet of samples as a PNG file, if there is one."""
    if sheet is not None:
        path.parent.mkdir(exist_ok=True)
        write(path, png(sheet))


def _load_resumable(run: Path, recipe: Recipe, photographs: Photographs) -> dict[str, Any]:
    """Return the saved state, if `recipe` can go on from there with `photographs`.

    Raises TrainingError if it can't, or the run is complete.
    """
    # A state that was saved by an earlier version may lack keys and settings that came later.
    state = {"losses": [], "data": photographs.digest} | load_state(run)
    began = Recipe(recipe.steps).as_dict() | renewed(state["recipe"])
    changed = [name for name, value in recipe.as_dict().items() if began[name] != value]
    if changed:
        raise TrainingError(f"{run}: began with another recipe; it differs in {', '.join(changed)}")
    if state["data"] != photographs.digest:
        raise TrainingError(f"{run}: began with other photographs; give --data as it was then")
    if state["step"] == recipe.steps and not state["losses"]:
        raise TrainingError(f"{run}: is complete; its weights are in {run / WEIGHTS}")
    return state
