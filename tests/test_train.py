"""Training end to end on photographs that dependencies ship, and each part against its promise."""

import json
from math import cos, pi
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from vidcolor.checkpoint import load
from vidcolor.errors import TrainingError
from vidcolor.train.cli import train
from vidcolor.train.dataset import Photographs
from vidcolor.train.loop import fit, learning_rate
from vidcolor.train.loss import weighted_cross_entropy
from vidcolor.train.pack import pack
from vidcolor.train.recipe import Recipe, load_recipe

TINY = [
    "stem=4", "down=[4, 8]", "bottleneck=8", "up=[8]", "bins=8", "batch=4", "crop=32",
    "final_crop=48", "final_share=0.25", "precision=fp32", "steps=8", "working_size=64",
]  # fmt: skip


def test_the_loss_is_the_weighted_mean() -> None:
    random = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 5, 3, 4, generator=random)
    target = torch.randint(0, 5, (2, 3, 4), generator=random)
    weights = torch.rand(5, generator=random)
    total = weight = 0.0
    for b, y, x in np.ndindex(2, 3, 4):
        true = int(target[b, y, x])
        log_p = logits[b, :, y, x].double().log_softmax(0)
        total -= float(weights[true] * log_p[true])
        weight += float(weights[true])
    loss = weighted_cross_entropy(logits, target, weights)
    assert float(loss) == pytest.approx(total / weight, rel=1e-5)


def test_the_rate_rises_then_falls_as_a_cosine() -> None:
    recipe = Recipe(steps=1000, learning_rate=0.1, warmup=0.1)
    assert learning_rate(0, recipe) == pytest.approx(0.001)
    assert learning_rate(100, recipe) == pytest.approx(0.1)
    assert learning_rate(550, recipe) == pytest.approx(0.05)
    assert learning_rate(999, recipe) == pytest.approx(0.05 * (1 + cos(pi * 899 / 900)))


def test_unknown_settings_name_the_nearest() -> None:
    with pytest.raises(TrainingError, match="unknown setting 'stepps'; the nearest is 'steps'"):
        load_recipe("quick", ["stepps=3"])
    with pytest.raises(TrainingError, match=r"nowhere: no such recipe; bundled are: .*landscape"):
        load_recipe("nowhere")
    with pytest.raises(TrainingError, match="'steps' takes"):
        load_recipe("quick", ["steps=many"])


def test_changes_win_over_the_recipe(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("steps = 10\nbatch = 3\n")
    recipe = load_recipe(tmp_path / "mine.toml", ["batch=5", "precision=fp32", "down=[8, 16]"])
    assert (recipe.steps, recipe.batch, recipe.precision) == (10, 5, "fp32")
    assert recipe.down == (8, 16)


def _fit(packed: Path, run: Path, *arguments: str, steps: int = 8) -> None:
    settings = [*TINY, f"steps={steps}"]
    changes = [part for setting in settings for part in ("--set", setting)]
    command = ["fit", "quick", "--data", str(packed), "-o", str(run), "--device", "cpu"]
    CliRunner().invoke(train, [*command, *changes, *arguments], catch_exceptions=False)


def test_fit_leaves_weights_that_evaluate(packed: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    _fit(packed, run)
    checkpoint = load(run / "weights.safetensors")
    assert checkpoint.recipe["steps"] == 8
    assert len(checkpoint.bins) == 8
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert log[-1]["step"] == 8
    assert log[-1]["loss"] > 0

    arguments = ["evaluate", "--data", str(packed), "--json"]
    arguments += ["--weights", str(run / "weights.safetensors")]
    done = CliRunner().invoke(train, arguments, catch_exceptions=False)
    figures = json.loads(done.stdout)
    assert set(figures) == {"truth", "grey", "accuracy", "defaults"}
    assert figures["grey"]["colourfulness"] == 0
    assert figures["truth"]["ciede2000"] == 0
    assert figures["defaults"]["colourfulness"] > 0


def test_training_learns(packed: Path, tmp_path: Path) -> None:
    _fit(packed, tmp_path / "run", "--set", "learning_rate=0.02", steps=60)
    checkpoint = load(tmp_path / "run/weights.safetensors")
    log = [json.loads(line) for line in (tmp_path / "run/log.jsonl").read_text().splitlines()]
    frequencies = checkpoint.bins.frequencies
    knowing_only_frequencies = float(-(frequencies * frequencies.log()).sum())
    assert log[-1]["loss"] < knowing_only_frequencies


def test_init_starts_from_given_weights_and_bins(packed: Path, tmp_path: Path) -> None:
    _fit(packed, tmp_path / "first")
    first = load(tmp_path / "first/weights.safetensors")
    weights = str(tmp_path / "first/weights.safetensors")
    _fit(packed, tmp_path / "second", "--init", weights, "--set", "learning_rate=0.0")
    second = load(tmp_path / "second/weights.safetensors")
    assert torch.equal(first.bins.centers, second.bins.centers)
    assert torch.equal(first.model.stem[0].weight, second.model.stem[0].weight)


def test_init_may_add_a_context_but_no_other_size(packed: Path, tmp_path: Path) -> None:
    _fit(packed, tmp_path / "first")
    weights = str(tmp_path / "first/weights.safetensors")
    _fit(packed, tmp_path / "second", "--init", weights, "--set", "context=6")
    assert load(tmp_path / "second/weights.safetensors").model.dims.context == 6
    with pytest.raises(TrainingError, match="sizes differ"):
        _fit(packed, tmp_path / "third", "--init", weights, "--set", "bottleneck=12")


def test_a_run_resumes_by_its_own_recipe_only(packed: Path, tmp_path: Path) -> None:
    _fit(packed, tmp_path / "run")
    with pytest.raises(TrainingError, match="is complete; its weights are in"):
        _fit(packed, tmp_path / "run", "--resume")
    with pytest.raises(TrainingError, match="it differs in learning_rate"):
        _fit(packed, tmp_path / "run", "--resume", "--set", "learning_rate=0.1")


def test_a_run_is_not_overwritten(packed: Path, tmp_path: Path) -> None:
    _fit(packed, tmp_path / "run")
    with pytest.raises(TrainingError, match="holds a run already"):
        _fit(packed, tmp_path / "run")
    with pytest.raises(TrainingError, match="no saved state to resume"):
        _fit(packed, tmp_path / "other", "--resume")


def test_an_interrupted_run_resumes_to_the_same_weights(packed: Path, tmp_path: Path) -> None:
    """Bit for bit, from the state saved last."""
    recipe = load_recipe("quick", [*TINY, "save_every=3"])
    photographs, cpu = Photographs(packed), torch.device("cpu")
    whole = fit(recipe, photographs, tmp_path / "whole", cpu)

    def interrupt(line: str) -> None:
        if json.loads(line)["step"] == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(recipe, photographs, tmp_path / "parts", cpu, report=interrupt)
    parts = fit(recipe, photographs, tmp_path / "parts", cpu, resume=True)
    one, other = whole.model.state_dict(), parts.model.state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_evaluation_needs_a_validation_split(folder: Path, tmp_path: Path) -> None:
    pack([folder], tmp_path / "out", 0.0)
    with pytest.raises(Exception, match="no validation photographs"):
        CliRunner().invoke(
            train,
            ["evaluate", "--data", str(tmp_path / "out")],
            catch_exceptions=False,
        )
