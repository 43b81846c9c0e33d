"""A recipe: every setting that a training run depends on, read from TOML."""

import difflib
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any, get_args, get_type_hints

from vidcolor.checkpoint import Decoding
from vidcolor.errors import TrainingError
from vidcolor.model import ColorUNetDims


@dataclass(frozen=True)
class Recipe:
    """One training run.

    stem, down, bottleneck, up, skips, context, blocks, bins: see `ColorUNetDims`.
    classes: photographs of these classes only; empty for all.
    repeated, repeats: classes whose photographs come so many times in an epoch, the others once.
    steps, batch: optimiser steps, and photographs in each.
    crop: side in pixels of the square crops, each resized from a square of random size.
    final_crop, final_share: the crop of the last share (0..1) of the steps.
    whole: share (0..1) of the samples that are whole photographs in a frame of `crop`, what is
        around them kept out of the loss, instead of crops.
    flip: share (0..1) of the samples that are mirrored.
    noise: largest standard deviation of the Gaussian noise added to the luma, in units of Y.
    old_film: share (0..1) of the samples that get an old film's look (`degrade`).
    cards: share (0..1) of the samples that are made-up title cards instead of photographs.
    learning_rate, warmup, second_stage: peak of AdamW's rate, reached after the first of these
        shares of the steps, and a tenth of it over the second one, at the end; where that is 0, a
        cosine brings the rate down to 0 instead. weight_decay: AdamW's; 0 makes it Adam.
    averaging: decay of the exponential average of the weights that is saved, 0..1.
    frozen_norms: keep the batch-norm statistics that the run began with.
    soft_bins: bins among which a pixel's target is shared; 0 for the nearest alone.
    rebalance_mix: λ of the loss's class weights; 1 for none.
    save_every: steps between two saved states, each with figures in the log.
    seed: of the initial weights, the order, the crops and the noise.
    precision: "fp32", or "bf16" or "fp16" (autocast).
    temperature, rebalance, working_size: decoding defaults stored with the weights.
    """

    steps: int
    stem: int = 32
    down: tuple[int, ...] = (32, 64, 128, 320)
    bottleneck: int = 512
    up: tuple[int, ...] = (320, 128, 64)
    skips: bool = True
    context: int = 0
    blocks: tuple[int, ...] = ()
    bins: int = 32
    classes: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    repeats: int = 1
    batch: int = 32
    crop: int = 128
    final_crop: int = 128
    final_share: float = 0.0
    whole: float = 0.0
    flip: float = 0.5
    noise: float = 0.02
    old_film: float = 0.0
    cards: float = 0.0
    learning_rate: float = 2e-3
    warmup: float = 0.05
    second_stage: float = 0.0
    weight_decay: float = 0.01
    averaging: float = 0.999
    frozen_norms: bool = False
    soft_bins: int = 0
    rebalance_mix: float = 1.0
    save_every: int = 500
    seed: int = 0
    precision: str = "bf16"
    temperature: float = 0.5
    rebalance: float = 0.5
    working_size: int = 256

    @property
    def dims(self) -> ColorUNetDims:
        """The network that this recipe trains."""
        return ColorUNetDims(
            **{size.name: getattr(self, size.name) for size in fields(ColorUNetDims)}
        )

    @property
    def decoding(self) -> Decoding:
        """The decoding defaults that the weights will carry."""
        return Decoding(self.temperature, self.rebalance, self.working_size)

    def crop_at(self, step: int) -> int:
        """Side of the crops at `step`, counted from 0."""
        return self.final_crop if step >= self.steps * (1 - self.final_share) else self.crop

    def as_dict(self) -> dict[str, Any]:
        """Every setting by name."""
        return asdict(self)


def load_recipe(name: str | Path, changes: Sequence[str] = ()) -> Recipe:
    """Read a bundled recipe by name ("landscape") or a TOML file, then apply "key=value" changes.

    Raises TrainingError for an unknown key, naming the nearest one, and for a value of the wrong
    type.
    """
    path = Path(name)
    if path.suffix != ".toml":
        path = Path(str(resources.files("vidcolor.train"))) / "recipes" / f"{name}.toml"
    try:
        settings = tomllib.loads(path.read_text())
        for change in changes:
            settings |= tomllib.loads(_quoted(change))
    except FileNotFoundError as error:
        bundled = ", ".join(sorted(recipe.stem for recipe in path.parent.glob("*.toml")))
        raise TrainingError(f"{name}: no such recipe; bundled are: {bundled}") from error
    except tomllib.TOMLDecodeError as error:
        raise TrainingError(f"{name}: not valid TOML: {error}") from error
    return _recipe(settings, name)


def _quoted(change: str) -> str:
    """key=value as a TOML line; a bare word becomes a string."""
    key, separator, value = change.partition("=")
    if not separator:
        raise TrainingError(f"--set takes KEY=VALUE, not '{change}'")
    bare = value[:1].isalpha() and value not in ("true", "false")
    return f'{key} = "{value}"' if bare else f"{key} = {value}"


def _recipe(settings: dict[str, Any], name: str | Path) -> Recipe:
    known = [field.name for field in fields(Recipe)]
    types = get_type_hints(Recipe)
    values: dict[str, Any] = {}
    for key, value in settings.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0)[0]
            raise TrainingError(f"{name}: unknown setting '{key}'; the nearest is '{near}'")
        kind, *many = get_args(types[key]) or (types[key],)
        parts = value if isinstance(value, list) else [value]
        if kind is float:
            parts = [float(part) if type(part) is int else part for part in parts]
        if bool(many) != isinstance(value, list) or any(type(part) is not kind for part in parts):
            article = "a list of" if many else "a value of type"
            raise TrainingError(f"{name}: '{key}' takes {article} {kind.__name__}, not {value!r}")
        values[key] = tuple(parts) if many else parts[0]
    if "steps" not in values:
        raise TrainingError(f"{name}: 'steps' is missing")
    return Recipe(**values)
