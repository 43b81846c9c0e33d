"""The training loop."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from math import cos, pi
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from vidcolor.checkpoint import Checkpoint, Decoding
from vidcolor.colorizer import Predictor
from vidcolor.errors import TrainingError
from vidcolor.sheet import png

from .dataset import Photographs
from .evaluate import Candidate, Photograph, evaluate
from .figures import mean
from .held import held
from .ranks import Ranks
from .recipe import Recipe, renewed
from .run import (
    SHEETS,
    WEIGHTS,
    check_unused,
    forget_after,
    log_line,
    save_state,
    saved_state,
    write,
)
from .samples import at_temperatures, evenly_spaced, sample_sheet
from .trainer import Trainer

VALIDATED = 200
"""Photographs of the validation split that the figures in the log are measured on."""

SECOND_STAGE_RATE = 0.1
"""What the learning rate is multiplied by in a second stage."""


def learning_rate(step: int, recipe: Recipe) -> float:
    """The rate at `step`, counted from 0.

    Linear warm-up to recipe.learning_rate; then a cosine down to 0 at the last step or, where the
    recipe has a second stage, that rate until it begins and a tenth of it from there on.
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
    undivided: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> None:
    """Train by `recipe` and leave weights.safetensors, log.jsonl, state.pt and sheets of samples in
    `run`.

    initial: see `Trainer`. resume: take up the run that `run` holds where its state was saved
    last; the result is then the same, on a CPU to the last bit. ranks: the processes that share
    the run; the first of them writes. report is given the figures of each line of the log.
    undivided: a context inside which no interrupt is raised; with it, one between two steps saves
    the state before it goes on. Raises what `Trainer` does, TrainingError also where the loss is no
    longer finite, where another process works in `run`, and where it holds none to resume by this
    recipe with these photographs; UsageError where `run` holds a run and `resume` is false;
    OutputError.
    """
    ranks = ranks or Ranks()
    with held(run) if ranks.leads else nullcontext():
        if resume:
            saved = _taken_up(run, recipe, photographs)
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
            """Leave weights, samples, a line of the log and the state, if it is time."""
            if not losses or (done % recipe.save_every and done < recipe.steps):
                return
            if ranks.leads:
                checkpoint, sheet = _measured(trainer, photographs, run.name, done)
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


def _measured(
    trainer: Trainer, photographs: Photographs, name: str, step: int
) -> tuple[Checkpoint, np.ndarray | None]:
    """The averaged weights after `step` steps with their figures, and a sheet of samples; none
    without validation photographs."""
    recipe = trainer.recipe
    model = trainer.settled(step)
    predictor = Predictor(model, trainer.bins, trainer.device, torch.float32)
    figures = _validate(predictor, photographs, recipe)
    checkpoint = Checkpoint(name, model, trainer.bins, recipe.decoding, recipe.as_dict(), figures)
    chosen = evenly_spaced(photographs.validation)
    if not len(chosen):
        return checkpoint, None
    settings = at_temperatures(recipe.decoding)
    return checkpoint, sample_sheet(predictor, photographs, chosen, settings)


def _validate(predictor: Predictor, photographs: Photographs, recipe: Recipe) -> dict[str, Any]:
    """Figures at temperature 1, rebalance 0; none without validation photographs."""
    chosen = photographs.validation[:VALIDATED]
    if not len(chosen):
        return {}
    decoding = Decoding(1.0, 0.0, recipe.working_size)
    candidate = Candidate(predictor, {"accuracy": decoding})
    held_out = [Photograph(photographs, int(index)) for index in chosen]
    figures = mean(evaluate(held_out, {"": candidate}, baselines=("grey",), quiet=True))
    network = figures.networks[""]
    return {
        "validation": asdict(network.pictures["accuracy"]) | asdict(network.bins),
        "grey": asdict(figures.baselines["grey"]),
    }


def _write_sheet(path: Path, sheet: np.ndarray | None) -> None:
    if sheet is not None:
        path.parent.mkdir(exist_ok=True)
        write(path, png(sheet))


def _taken_up(run: Path, recipe: Recipe, photographs: Photographs) -> dict[str, Any]:
    """The saved state, if `recipe` can go on from there with `photographs`."""
    state = {"losses": [], "data": photographs.digest} | saved_state(run)  # which may lack what
    began = Recipe(recipe.steps).as_dict() | renewed(state["recipe"])  # came later
    changed = [name for name, value in recipe.as_dict().items() if began[name] != value]
    if changed:
        raise TrainingError(f"{run}: began with another recipe; it differs in {', '.join(changed)}")
    if state["data"] != photographs.digest:
        raise TrainingError(f"{run}: began with other photographs; give --data as it was then")
    if state["step"] == recipe.steps and not state["losses"]:
        raise TrainingError(f"{run}: is complete; its weights are in {run / WEIGHTS}")
    return state
