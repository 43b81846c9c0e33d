"""The training loop."""

import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from math import cos, pi
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from tqdm import tqdm

from vidcolor.checkpoint import Checkpoint, Decoding
from vidcolor.colorizer import Predictor
from vidcolor.errors import TrainingError

from .dataset import Photographs
from .evaluate import Candidate, Photograph, evaluate
from .figures import mean
from .ranks import Ranks
from .recipe import Recipe
from .samples import at_temperatures, evenly_spaced, sample_sheet
from .trainer import Trainer

STATE, LOG, WEIGHTS, SHEETS = "state.pt", "log.jsonl", "weights.safetensors", "sheets"
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
    the state before it goes on. Raises TrainingError where the loss is no longer finite, where
    `run` holds a run and `resume` is false, and where it holds none to resume by this recipe.
    """
    run.mkdir(parents=True, exist_ok=True)
    if not resume and (run / STATE).exists():
        raise TrainingError(f"{run}: holds a run already; give --resume or another folder")
    saved = _saved_state(run, recipe) if resume else None
    trainer = Trainer(recipe, photographs, device, initial=initial, ranks=ranks)
    done = 0
    if saved:
        trainer.restore(saved)
        done = saved["step"]

    def save() -> None:
        if trainer.ranks.leads:
            _save_state(run, trainer.state() | {"step": done, "recipe": recipe.as_dict()})

    started = time.monotonic()
    losses: list[float] = []
    quiet = None if trainer.ranks.leads else True
    progress = tqdm(
        initial=done * recipe.batch,
        total=recipe.steps * recipe.batch,
        unit=" images",
        unit_scale=True,
        disable=quiet,
    )
    try:
        for example in trainer.examples(range(done, recipe.steps)):
            with undivided():
                losses.append(trainer.step(example, learning_rate(done, recipe)))
                done += 1
            progress.update(recipe.batch)
            if done % recipe.save_every and done < recipe.steps:
                continue
            if trainer.ranks.leads:
                model = trainer.settled(done)
                predictor = Predictor(model, trainer.bins, device, torch.float32)
                figures = _validate(predictor, photographs, recipe)
                Checkpoint(
                    run.name, model, trainer.bins, recipe.decoding, recipe.as_dict(), figures
                ).save(run / WEIGHTS)
                _draw(predictor, photographs, recipe, run / SHEETS / f"step-{done:07}.png")
                figures |= {
                    "step": done,
                    "loss": sum(losses) / len(losses),
                    "seconds": time.monotonic() - started,
                }
                with (run / LOG).open("a") as log:
                    log.write(json.dumps(figures) + "\n")
                report(figures)
            losses.clear()
            save()
    except (KeyboardInterrupt, SystemExit):
        save()
        raise
    finally:
        progress.close()


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


def _draw(predictor: Predictor, photographs: Photographs, recipe: Recipe, path: Path) -> None:
    """Validation photographs, the same ones each time, at several temperatures."""
    chosen = evenly_spaced(photographs.validation)
    if len(chosen):
        path.parent.mkdir(exist_ok=True)
        settings = at_temperatures(recipe.decoding)
        Image.fromarray(sample_sheet(predictor, photographs, chosen, settings)).save(path)


def _save_state(run: Path, state: dict[str, Any]) -> None:
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
    began = Recipe(recipe.steps).as_dict() | state["recipe"]  # may lack settings that came later
    changed = [name for name, value in recipe.as_dict().items() if began[name] != value]
    if changed:
        raise TrainingError(f"{run}: began with another recipe; it differs in {', '.join(changed)}")
    if state["step"] == recipe.steps:
        raise TrainingError(f"{run}: is complete; its weights are in {run / WEIGHTS}")
    return state
