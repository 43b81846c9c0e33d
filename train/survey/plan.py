"""A survey: variants of one recipe that are compared at equal cost, read from TOML."""

import difflib
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from vidcolor.errors import UsageError

from ..fit.recipe import Recipe, load_recipe, read_toml, settings_of
from ..fit.recipe_types import Positive, SettingType, Share, Within

MOST = 24
"""The largest number of variants in a survey: more would take days, and their tables would decide
nothing."""

RATES = 0.5, 1.0, 2.0
"""The learning rates that each variant is tried at, as factors of its recipe's."""

_NAME = re.compile(r"[\w.+-]+( [\w.+-]+)*", re.ASCII)


@dataclass(frozen=True)
class Plan:
    """What a survey compares.

    name: of its file; its report's files are called so.
    question: the title of its report.
    base: the recipe that all variants change, a bundled name or a file.
    reference: the variant that the others are compared with.
    variants: the recipe of each, by name, without a budget.
    steps, seconds: how long each variant is trained, one of the two; the other is 0. Seconds become
        the steps that each variant takes in that time, as its trials show.
    seeds: a run of each variant for each; runs of one seed share order and crops.
    trial: the share of the steps that a learning rate is tried for.
    test_classes: what is measured on: the validation photographs of these classes; () for all.
    photographs: the number of these at most, evenly spaced. One half serves to choose how to
        decode, the other is measured.
    classify: whether a classifier's agreement is measured.
    """

    name: str
    question: str
    base: str
    reference: str
    variants: Mapping[str, Recipe]
    steps: int
    seconds: int
    seeds: tuple[int, ...]
    trial: float = 0.15
    test_classes: tuple[str, ...] = ()
    photographs: int = 400
    classify: bool = True

    def digest(self, variant: str) -> str:
        """Return what tells this variant, but for its seed, from one with other settings.

        Variants of two surveys with the same settings are one: they are trained once in a folder.
        """
        parts = [
            self.variants[variant].as_dict(), self.steps, self.seconds, self.trial,
            self.test_classes, self.photographs,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class _Keys:
    """The keys of a survey's file beside its tables, with their types."""

    question: str
    base: str
    reference: str
    steps: Positive
    seconds: Positive
    seeds: tuple[Annotated[int, Within(0, 2**32 - 1)], ...]
    trial: Share
    test_classes: tuple[str, ...]
    photographs: Annotated[int, Within(2)]
    classify: bool


_TABLES = "settings", "variants"


def load_plan(name: str | Path) -> Plan:
    """Read a bundled survey by name ("spaces") or a TOML file.

    Its keys are those of `Plan`. [settings] changes the base recipe for all variants, and
    [variants.NAME] for one; the first variant is the reference unless another one is named.

    Raises UsageError in one line for an unknown key, naming the nearest, for a value of the wrong
    type, settings of a variant that don't fit together, and where there is no budget.
    """
    path, where = _found(name), str(name)
    try:
        content = read_toml(path)
    except (OSError, ValueError) as error:
        raise UsageError(f"{where}: not a readable TOML file: {error}") from error
    known = [each.name for each in fields(_Keys)]
    for key in content:
        if key not in (*known, *_TABLES):
            (near,) = difflib.get_close_matches(key, (*known, *_TABLES), n=1, cutoff=0)
            raise UsageError(f"{where}: unknown key '{key}'; the nearest is '{near}'")
    types = get_type_hints(_Keys, include_extras=True)
    keys: dict[str, Any] = {}
    for key in content.keys() - set(_TABLES):
        wanted = SettingType.by(types[key])
        try:
            keys[key] = wanted(content[key])
        except ValueError:
            raise UsageError(f"{where}: '{key}' takes {wanted}, not {content[key]!r}") from None
    if ("steps" in keys) == ("seconds" in keys):
        raise UsageError(f"{where}: needs a budget: give steps or seconds, and not both")
    for key in ("base", "seeds"):
        if not keys.get(key):
            raise UsageError(f"{where}: '{key}' is missing")
    variants = _variants(content, keys["base"], where)
    reference = keys.setdefault("reference", next(iter(variants)))
    if reference not in variants:
        (near,) = difflib.get_close_matches(reference, variants, n=1, cutoff=0)
        raise UsageError(f"{where}: no variant '{reference}'; the nearest is '{near}'")
    given: dict[str, Any] = {"steps": 0, "seconds": 0, "question": path.stem, **keys}
    return Plan(name=path.stem, variants=variants, **given)


def _found(name: str | Path) -> Path:
    """Return the file of a survey. Raises UsageError."""
    path = Path(name)
    bundled = Path(str(resources.files("vidcolor.train"))) / "surveys"
    if path.suffix != ".toml":
        path = bundled / f"{name}.toml"
    if not path.is_file():
        names = ", ".join(sorted(each.stem for each in bundled.glob("*.toml")))
        raise UsageError(f"{name}: no such survey; give a .toml file or one of: {names}")
    return path


def _variants(content: Mapping[str, Any], base: str, where: str) -> dict[str, Recipe]:
    """Return the recipe of each variant, by name."""
    tables = content.get("variants", {})
    if not isinstance(tables, dict) or not tables:
        raise UsageError(f"{where}: has no variants; give each a table, [variants.NAME]")
    if len(tables) > MOST:
        raise UsageError(f"{where}: {len(tables)} variants; {MOST} at most")
    shared = settings_of(content.get("settings", {}), f"{where}, settings")
    recipe = load_recipe(base)
    made = {}
    for name, table in tables.items():
        if not _NAME.fullmatch(name):
            raise UsageError(f"{where}: '{name}' can't be a variant's name; use letters and digits")
        if not isinstance(table, dict):
            raise UsageError(f"{where}: variant {name}: takes a table, [variants.{name}]")
        made[name] = replace(recipe, **shared | settings_of(table, f"{where}, variant {name}"))
        if fault := made[name].contradiction():
            raise UsageError(f"{where}, variant {name}: {fault}")
    return made
