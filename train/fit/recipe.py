"""A recipe: every setting that a training run depends on, read from TOML."""

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from importlib import resources
from math import isqrt
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

from vidcolor.errors import UsageError
from vidcolor.net.decoding import Decoding
from vidcolor.net.model import ColorUNetDims
from vidcolor.text import as_utf8

from ..targets.spaces import SPACES
from .recipe_types import Amount, Count, Positive, SettingType, Share, Within

Encoder = Literal["", "efficientnet-lite0"]
"""Those whose ImageNet weights are at hand (`imagenet`)."""


@dataclass(frozen=True)
class Recipe:
    """One training run.

    stem, down, bottleneck, up, skips, context, blocks, encoder, middle_kernel, hypercolumn, bins,
        pairs: see `ColorUNetDims`.
    space: in which colour is taught (`SPACES`).
    head: whether the network tells "bins", or names the colour itself, "regression".
    classes: photographs of these classes only; empty for all.
    photographs: the number of training photographs at most, evenly spaced; 0 for all.
    repeats: how many times the photographs of a class come in an epoch; 1 of a class not named.
    steps, batch: optimiser steps, and photographs in each.
    crop: side in pixels of the square crops, each resized from a square of random size.
    smallest_square: the least side of those squares, as a factor of the crop's; photographs that
        are smaller give their largest square. At 0.75 crops may be enlarged by a third.
    random_crops: share (0..1) of the samples whose square is drawn at random; of the others it is
        the largest one, in the middle.
    final_crop, final_share: the crop of the last share (0..1) of the steps.
    whole: share (0..1) of the samples that are whole photographs in a frame of `crop`, what is
        around them kept out of the loss, instead of crops.
    flip: share (0..1) of the samples that are mirrored.
    noise: largest standard deviation of the Gaussian noise added to the luma, in units of Y.
    old_film: share (0..1) of the samples that get an old film's look (`old_film`).
    cards: share (0..1) of the samples that are made-up title cards instead of photographs.
    learning_rate, warmup, second_stage: peak of AdamW's rate, reached after the first of these
        shares of the steps, and a tenth of it over the second one, at the end; where that is 0, a
        cosine brings the rate down to 0 instead. weight_decay: AdamW's; 0 makes it Adam.
    frozen_share: first share (0..1) of the steps in which the encoder stands still, its batch norms
        too. encoder_rate: factor (0..1) of the learning rate for the encoder afterwards.
    averaging: decay of the exponential average of the weights that is saved, 0..1.
    frozen_norms: keep the batch-norm statistics that the run began with.
    soft_bins: bins among which a pixel's target is shared; 0 for the nearest alone.
    rebalance_mix: λ of the loss's class weights; 1 for none.
    smooth_frequencies: whether neighbouring bins share their frequencies before these weights are
        made of them.
    loss: "cross-entropy" for bins, or "l1", "l2" or "huber" for regression (`regression.LOSSES`).
    adversarial: share of `deceivers_loss` in the loss; 0 for no critic.
    class_weight: share of `class_loss` in the loss; 0 for no second task. unclassed: names of
        classes that do not tell what a photograph shows, which are left out of that.
    psnr_weight: share of `log_squared_error` in the loss; 0 for cross-entropy alone.
    save_every: steps between two saved states, each with figures in the log.
    seed: of the initial weights, the order, the crops and the noise.
    precision: "fp32", or "bf16" or "fp16" (autocast); "auto" is bf16 where it is native, else fp32.
    temperature, rebalance, saturation, pool, working_size: decoding defaults stored with the
        weights.
    """

    steps: Positive
    stem: Count = 32
    down: tuple[Positive, ...] = (32, 64, 128, 320)
    bottleneck: Count = 512
    up: tuple[Positive, ...] = (320, 128, 64)
    skips: bool = True
    context: Count = 0
    blocks: tuple[Count, ...] = ()
    encoder: Encoder = ""
    middle_kernel: Annotated[int, Within(1, 15)] = 3
    hypercolumn: Count = 0
    space: Literal["yuv", "lab", "rgb", "bicone"] = "yuv"
    head: Literal["bins", "regression"] = "bins"
    pairs: Literal["", "independent", "chained"] = ""
    bins: Annotated[int, Within(2, 1024)] = 32
    classes: tuple[str, ...] = ()
    photographs: Count = 0
    repeats: dict[str, Amount] = field(default_factory=dict)
    batch: Positive = 32
    crop: Positive = 128
    smallest_square: Amount = 0.75
    random_crops: Share = 1.0
    final_crop: Positive = 128
    final_share: Share = 0.0
    whole: Share = 0.0
    flip: Share = 0.5
    noise: Share = 0.02
    old_film: Share = 0.0
    cards: Share = 0.0
    learning_rate: Amount = 2e-3
    warmup: Share = 0.05
    second_stage: Share = 0.0
    weight_decay: Amount = 0.01
    frozen_share: Share = 0.0
    encoder_rate: Share = 1.0
    averaging: Share = 0.999
    frozen_norms: bool = False
    soft_bins: Count = 0
    rebalance_mix: Share = 1.0
    smooth_frequencies: bool = False
    loss: Literal["cross-entropy", "l1", "l2", "huber"] = "cross-entropy"
    adversarial: Amount = 0.0
    class_weight: Amount = 0.0
    unclassed: tuple[str, ...] = ()
    psnr_weight: Amount = 0.0
    save_every: Positive = 500
    seed: Annotated[int, Within(0, 2**32 - 1)] = 0
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    temperature: Annotated[float, Within(0, 4)] = 0.5
    rebalance: Share = 0.5
    saturation: Annotated[float, Within(0, 4)] = 1.0
    pool: bool = False
    working_size: Annotated[int, Within(32, 4096)] = 256

    @property
    def dims(self) -> ColorUNetDims:
        """The network that this recipe trains; where it names colours, bins are the axes."""
        dims = ColorUNetDims(
            **{size.name: getattr(self, size.name) for size in fields(ColorUNetDims)}
        )
        names = self.head == "regression"
        return replace(dims, bins=SPACES[self.space].axes) if names else dims

    @property
    def decoding(self) -> Decoding:
        """The decoding defaults that the weights will carry."""
        return Decoding(**{each.name: getattr(self, each.name) for each in fields(Decoding)})

    def crop_at(self, step: int) -> int:
        """Side of the crops at `step`, counted from 0."""
        return self.final_crop if step >= self.steps * (1 - self.final_share) else self.crop

    def encoder_factor_at(self, step: int) -> float:
        """Factor of the learning rate for the encoder at `step`, counted from 0.

        0 while it stands still; it then rises linearly over as many steps as the warm-up has.
        """
        moved = step - self.steps * self.frozen_share
        if moved < 0:
            return 0.0
        rising = self.steps * self.warmup if self.frozen_share else 0
        return self.encoder_rate * min(1.0, (moved + 1) / max(1, rising))

    def contradiction(self) -> str | None:
        """Return what is wrong with settings of this recipe that don't fit together, or None."""
        if (self.head == "regression") != (self.loss != "cross-entropy"):
            fitting = "l1, l2 or huber" if self.head == "regression" else "cross-entropy"
            return f"head '{self.head}' does not fit loss '{self.loss}'; it takes {fitting}"
        if self.head == "regression":
            changed = [name for name in _OF_BINS if getattr(self, name) != _DEFAULTS[name]]
            if changed:
                return f"{changed[0]}: of bins alone; leave it out with head 'regression'"
        if self.pairs and isqrt(self.bins) ** 2 != self.bins:
            return f"bins: {self.bins} is no square number, as pairs need; 1024 is 32 of each"
        if self.pairs and SPACES[self.space].axes != 2:
            return f"pairs: the space '{self.space}' has three axes; choose another"
        if self.pairs and self.soft_bins:
            return "soft_bins: not with pairs; set it to 0"
        if self.middle_kernel % 2 == 0:
            return f"middle_kernel: {self.middle_kernel} is even; choose an odd number"
        return None

    def as_dict(self) -> dict[str, Any]:
        """Every setting by name."""
        return asdict(self)


_DEFAULTS: dict[str, Any] = {each.name: each.default for each in fields(Recipe)}
_OF_BINS = "pairs", "soft_bins", "rebalance_mix", "smooth_frequencies", "psnr_weight", "pool"
"""Settings that mean nothing where a network names colours."""


def load_recipe(name: str | Path, changes: Sequence[str] = (), stage: str | None = None) -> Recipe:
    """Read a bundled recipe by name ("landscape") or a TOML file, then apply "key=value" changes.

    A recipe may train in several runs, each from the weights of the one before: its tables
    [stages.NAME] hold what is changed in each after the first. stage: the name of one of them; the
    first run if None.

    Raises UsageError for an unknown key or stage, naming the nearest key or all stages, for a value
    of the wrong type or out of range, and for settings that don't fit together.
    """
    path = Path(name)
    bundled = Path(str(resources.files("vidcolor.train"))) / "recipes"
    if path.suffix != ".toml":
        path = bundled / f"{name}.toml"
    try:
        content = read_toml(path)
    except OSError as error:
        names = ", ".join(sorted(recipe.stem for recipe in bundled.glob("*.toml")))
        raise UsageError(f"{name}: no such recipe; give a .toml file or one of: {names}") from error
    except ValueError as error:  # no UTF-8, or no TOML
        raise UsageError(f"{name}: not valid TOML: {error}") from error
    stages = _stages(content.pop("stages", {}), str(name))
    settings = settings_of(content, str(name))
    if stage is not None:
        if stage not in stages:
            known = ", ".join(stages) or "none but the first, which needs no --stage"
            raise UsageError(f"{name}: no stage '{stage}'; stages: {known}")
        settings |= stages[stage]
    for change in changes:
        settings |= changed(change)
    if "steps" not in settings:
        raise UsageError(f"{name}: 'steps' is missing")
    recipe = Recipe(**settings)
    if fault := recipe.contradiction():
        raise UsageError(f"{name}: {fault}")
    return recipe


def _stages(content: Any, where: str) -> dict[str, dict[str, Any]]:
    """Return the settings that each stage changes, by its name."""
    if not isinstance(content, dict) or not all(
        isinstance(each, dict) for each in content.values()
    ):
        raise UsageError(f"{where}: 'stages' takes a table for each stage, [stages.NAME]")
    return {
        stage: settings_of(changed, f"{where}, stage {stage}") for stage, changed in content.items()
    }


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file whose lines may end as on any system. Raises OSError and ValueError."""
    text = as_utf8(path.read_bytes()).decode().replace("\r\n", "\n").replace("\r", "\n")
    return tomllib.loads(text)


def _parsed(change: str) -> dict[str, Any]:
    """key=value as TOML has it; a bare word becomes a string."""
    key, separator, value = change.partition("=")
    if not separator:
        raise UsageError(f"--set takes KEY=VALUE, not '{change}'")
    bare = value[:1].isalpha() and value not in ("true", "false")
    try:
        return tomllib.loads(f'{key} = "{value}"' if bare else f"{key} = {value}")
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"--set {change}: not valid TOML: {error}") from error


def renewed(content: Mapping[str, Any]) -> dict[str, Any]:
    """Settings whose `repeats` is one count for the classes in `repeated`, as recipes had it, with
    the count of each instead; others as they are."""
    settings = dict(content)
    if isinstance(settings.get("repeated"), list | tuple):
        settings["repeats"] = dict.fromkeys(settings.pop("repeated"), settings.get("repeats", 1))
    return settings


def changed(change: str, kind: type = Recipe) -> dict[str, Any]:
    """Return the setting that "key=value" gives. Raises UsageError."""
    return settings_of(_parsed(change), f"--set {change}", kind)


def settings_of(content: Mapping[str, Any], where: str, kind: type = Recipe) -> dict[str, Any]:
    """Return the settings of a kind of recipe that TOML gives, in their own types.

    Raises UsageError.
    """
    types = get_type_hints(kind, include_extras=True)
    settings = {}
    for key, value in renewed(content).items():
        if key not in types:
            near = difflib.get_close_matches(key, types, n=1, cutoff=0)[0]
            raise UsageError(f"{where}: unknown setting '{key}'; the nearest is '{near}'")
        wanted = SettingType.by(types[key])
        try:
            settings[key] = wanted(value)
        except ValueError:
            raise UsageError(f"{where}: '{key}' takes {wanted}, not {value!r}") from None
    return settings
