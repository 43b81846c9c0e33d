"""A survey's runs, one after the other; what is done already is never done again."""

import hashlib
import platform
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vidcolor.color.bins import ColorBins
from vidcolor.errors import TrainingError
from vidcolor.net.checkpoint import load
from vidcolor.net.device import resolve_precision

from ..data.photographs import Photographs
from ..evaluate.classify import Classifier
from ..fit.loop import fit
from ..fit.recipe import Recipe
from ..fit.run_folder import STATE, WEIGHTS, log_lines
from ..fit.taught import photographs_of, scattered_colours
from ..fit.trainer import Trainer
from ..folder_lock import lock_folder
from .measured import TestSet, measure
from .memory import peak_megabytes, reset_peak
from .plan import RATES, Plan
from .rows import CURVES, KEY, PHOTOGRAPHS, RUNS, TRIALS, Row, Table, number

TIMED_STEPS = 12
"""Steps of a timed start, of which the first two are not counted."""


class Survey:
    """The runs of a plan in a folder.

    Args:
        plan: what is compared.
        data: the folder of packed photographs.
        output: where runs, weights and tables go.
        device: where networks are trained and measured.
        say: is called with a line about each trial and run.

    Raises:
        TrainingError: a table in the folder is damaged, or the photographs.
    """

    def __init__(
        self,
        plan: Plan,
        data: Path,
        output: Path,
        device: torch.device,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.plan = plan
        self.output = output
        self._data = data
        self._device = device
        self._say = say
        output.mkdir(parents=True, exist_ok=True)
        self.trials, self.curves, self.photographs, self.runs = (
            Table(output / name) for name in (TRIALS, CURVES, PHOTOGRAPHS, RUNS)
        )
        self._packed = Photographs(data, plan.test_classes)
        # A run's own row is written last, so a crash may leave others whose run is not there.
        done = {(row[KEY], row["seed"]) for row in self.runs.rows}
        for name, table in ((CURVES, self.curves), (PHOTOGRAPHS, self.photographs)):
            table.keep([row for row in table.rows if (row[KEY], row["seed"]) in done])
            if done != {(row[KEY], row["seed"]) for row in table.rows}:
                raise TrainingError(f"{output / name}: lacks runs of {RUNS}; copy both")

    def run(self) -> None:
        """Train and measure all that is missing.

        A run that was interrupted goes on from where its state was saved last, on the same machine.

        Raises:
            TrainingError, DeviceError, OutputError: as `fit`.
        """
        with lock_folder(self.output):
            tests: TestSet | None = None
            for name, recipe in self.plan.variants.items():
                for seed in self.plan.seeds:
                    if self.runs.of(self.key(name), seed=str(seed)):
                        continue
                    tests = tests or self._tests()
                    self._complete(name, replace(recipe, seed=seed), tests)

    def key(self, variant: str) -> str:
        """Return what a variant's rows have as their `KEY`: its settings and its photographs."""
        parts = f"{self.plan.digest(variant)} {self._packed.digest}"
        return hashlib.sha256(parts.encode()).hexdigest()[:12]

    def folder(self, variant: str, seed: int) -> Path:
        """Return the folder of a run."""
        return self.output / "runs" / f"{self.key(variant)}-{seed}"

    def _complete(self, name: str, recipe: Recipe, tests: TestSet) -> None:
        """Train a run at its best learning rate, measure it, and add its rows."""
        best = self._best_rate(name, self.plan.variants[name])
        recipe = replace(recipe, learning_rate=float(best["rate"]), steps=int(best["steps"]))
        folder = self.folder(name, recipe.seed)
        photographs = photographs_of(recipe, self._data)
        # The state is saved before anything else of a run, and its weights with the last one.
        log = log_lines(folder)
        if not log or log[-1]["step"] < recipe.steps:
            resume = (folder / STATE).exists()
            fit(recipe, photographs, folder, self._device, resume=resume)
        weights = load(folder / WEIGHTS, may_name=True)
        figures, pictures = measure(weights, tests, self._device)
        log = log_lines(folder)
        key = {"variant": name, "seed": recipe.seed, KEY: self.key(name)}
        row: dict[str, Any] = {
            **key,
            "steps": recipe.steps,
            "learning_rate": recipe.learning_rate,
            "training_loss": log[-1]["loss"],
            "validation_loss": log[-1]["validation_loss"],
            **figures,
            "step_ms": 1000 * float(best["step_seconds"]),
            "memory_mb": number(best, "memory_mb"),
            "parameters": sum(part.numel() for part in weights.model.parameters()),
            "machine": best["machine"],
            "precision": best["precision"],
        }
        losses = "step", "loss", "validation_loss"
        self.curves.add(key | {name: line[name] for name in losses} for line in log)
        self.photographs.add(key | picture for picture in pictures)
        self.runs.add([row])
        self._say(f"{name}, seed {recipe.seed}: {figures['mean_psnr']:.2f} dB at the mean")

    def _best_rate(self, name: str, recipe: Recipe) -> Row:
        """Return the trial of the smallest validation loss, after making those that are missing.

        All variants are tried alike: with the survey's first seed, for the same share of its steps,
        at `RATES` times the recipe's learning rate.
        """
        recipe = replace(recipe, seed=self.plan.seeds[0])
        key = self.key(name)
        for factor in RATES:
            rate = f"{recipe.learning_rate * factor:.6g}"
            if not self.trials.of(key, rate=rate):
                trial = self._trial(name, replace(recipe, learning_rate=float(rate)))
                self.trials.add([trial])
                self._say(f"{name}, learning rate {rate}: validation loss {trial['loss']:.4f}")
        return min(self.trials.of(key), key=lambda row: float(row["loss"]))

    def _trial(self, name: str, recipe: Recipe) -> dict[str, Any]:
        """Train a variant for a part of its steps; return the row of it."""
        photographs = photographs_of(recipe, self._data)
        if not len(photographs.validation):
            raise TrainingError(f"{self._data}: no validation photographs to choose rates by")
        before = self.trials.of(self.key(name))
        steps = self.plan.steps or (int(before[0]["steps"]) if before else 0)
        steps = steps or self._affordable(recipe, photographs)
        recipe = replace(recipe, steps=max(TIMED_STEPS, round(steps * self.plan.trial)))
        trainer = Trainer(recipe, photographs, self._device)
        loss = float("inf")
        reset_peak(self._device)
        try:
            seconds = _timed(trainer, recipe.steps)
            found = trainer.held_out_loss(trainer.model.eval())
            loss = loss if found is None or found != found else found
        except TrainingError:  # too high a rate
            seconds = 0.0
        return {
            "variant": name,
            "rate": f"{recipe.learning_rate:.6g}",
            "loss": loss,
            KEY: self.key(name),
            "steps": steps,
            "step_seconds": seconds,
            "memory_mb": peak_megabytes(self._device),
            "machine": machine(self._device),
            "precision": str(resolve_precision(recipe.precision, self._device)).split(".")[-1],
        }

    def _affordable(self, recipe: Recipe, photographs: Photographs) -> int:
        """Return the steps that a variant takes in the plan's seconds, by a timed start."""
        short = replace(recipe, steps=TIMED_STEPS)
        each = _timed(Trainer(short, photographs, self._device), TIMED_STEPS)
        return max(TIMED_STEPS, int(self.plan.seconds / each))

    def _tests(self) -> TestSet:
        """Return what all variants are measured on."""
        everything = self._packed
        if len(everything.validation) < 2:
            raise TrainingError(f"{self._data}: too few validation photographs to measure on")
        _, chroma = scattered_colours(Photographs(self._data))
        try:
            bins = ColorBins.fit(chroma)
        except ValueError as error:
            raise TrainingError(
                f"{self._data}: too few colours to balance accuracy by; pack more photographs"
            ) from error
        classifier = Classifier() if self.plan.classify else None
        return TestSet.of(everything, self.plan.photographs, bins, classifier)


def _timed(trainer: Trainer, steps: int) -> float:
    """Train for some steps; return the seconds of one, the median without the first two.

    The rate is the recipe's throughout, but for a linear rise over the first tenth. A median says
    little of what else the machine did meanwhile.
    """
    rate, rising = trainer.recipe.learning_rate, max(1, steps // 10)
    ends = []
    for step, example in enumerate(trainer.examples(range(steps))):
        trainer.step(example, rate * min(1.0, (step + 1) / rising))
        ends.append(time.perf_counter())
    return float(np.median(np.diff(ends[1:])))


def machine(device: torch.device) -> str:
    """Return what a device is, in words, for the reader of a table."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{platform.machine()}, {torch.get_num_threads()} threads"
