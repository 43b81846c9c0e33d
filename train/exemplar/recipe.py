"""A recipe of the exemplar network: every setting that its training depends on."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated

from vidcolor.errors import UsageError

from ..fit.recipe import changed, read_toml, settings_of
from ..fit.recipe_types import Amount, Positive, Share, Within


@dataclass(frozen=True)
class ExemplarRecipe:
    """One training run.

    classes: photographs of these classes make pairs; empty for all.
    nearest: a target's reference is one of so many photographs that are most like it.
    similarity_steps, similarity_batch, similarity_rate: optimiser steps of each similarity net,
        photographs in each, and AdamW's rate.
    steps, batch: optimiser steps of the network and of its ablation, and pairs in each.
    crop: side in pixels of the pictures, each the largest square in the middle of a photograph.
    learning_rate, warmup: AdamW's rate, reached from `first_rate` after this share of the steps.
    perceptual: α of the loss of every second batch.
    pairs: the number of held-out pairs to judge by.
    save_every: steps between two rows of the log.
    seed: of the initial weights, the order and the pairs.
    """

    steps: Positive
    classes: tuple[str, ...] = ()
    nearest: Positive = 5
    similarity_steps: Positive = 400
    similarity_batch: Positive = 32
    similarity_rate: Amount = 1e-3
    batch: Positive = 16
    crop: Annotated[int, Within(64, 512)] = 128
    learning_rate: Amount = 1e-3
    first_rate: Amount = 1e-5
    warmup: Share = 0.05
    perceptual: Amount = 1e-3
    pairs: Positive = 200
    save_every: Positive = 100
    seed: Annotated[int, Within(0, 2**32 - 1)] = 0

    def rate_at(self, step: int) -> float:
        """Return AdamW's rate at `step`, counted from 0."""
        risen = min(1.0, step / max(1, self.steps * self.warmup))
        return self.first_rate + risen * (self.learning_rate - self.first_rate)


def load_exemplar_recipe(path: Path | None = None, changes: Sequence[str] = ()) -> ExemplarRecipe:
    """Read a TOML file, or the bundled recipe, then apply "key=value" changes.

    Raises UsageError for an unknown key, naming the nearest, and for a value of the wrong type or
    out of range.
    """
    if path is None:
        path = Path(str(resources.files("vidcolor.train"))) / "exemplar" / "exemplar.toml"
    try:
        content = read_toml(path)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: not a readable TOML file: {error}") from error
    settings = settings_of(content, str(path), ExemplarRecipe)
    for change in changes:
        settings |= changed(change, ExemplarRecipe)
    if "steps" not in settings:
        raise UsageError(f"{path}: 'steps' is missing")
    return ExemplarRecipe(**settings)
