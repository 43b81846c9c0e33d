"""Training end to end on photographs that dependencies ship, and each part against its promise."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import cos, pi
from pathlib import Path

import numpy as np
import pytest
import ranks_worker
import torch
from children import files_of_at_most, heed_signals
from click.testing import CliRunner
from skimage.metrics import peak_signal_noise_ratio

from vidcolor.color.yuv import yuv_to_rgb
from vidcolor.errors import DeviceError, TrainingError, UsageError
from vidcolor.net.checkpoint import load
from vidcolor.net.decoding import Decoding
from vidcolor.net.device import resolve_precision
from vidcolor.net.model import ColorUNet
from vidcolor.train.cli import train
from vidcolor.train.data.pack import pack
from vidcolor.train.data.photographs import Photographs
from vidcolor.train.fit.find_lr import sweep
from vidcolor.train.fit.loop import fit, learning_rate
from vidcolor.train.fit.loss import ERROR_FLOOR, log_squared_error, weighted_cross_entropy
from vidcolor.train.fit.processes import Ranks
from vidcolor.train.fit.recipe import Recipe, load_recipe
from vidcolor.train.fit.taught import scattered_colours
from vidcolor.train.fit.trainer import Example, Trainer
from vidcolor.train.folder_lock import lock_folder

TINY = [
    "stem=4", "down=[4, 8]", "bottleneck=8", "up=[8]", "bins=8", "batch=4", "crop=32",
    "final_crop=48", "final_share=0.25", "precision=fp32", "steps=8", "working_size=64",
]  # fmt: skip


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("soft", [False, True])
def test_the_loss_is_the_weighted_mean(masked: bool, soft: bool) -> None:
    random = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 5, 3, 4, generator=random)
    target = torch.randint(0, 5, (2, 3, 4), generator=random)
    if soft:
        target = torch.randn(2, 5, 3, 4, generator=random).softmax(1)
    weights = torch.rand(5, generator=random)
    valid = torch.rand(2, 1, 3, 4, generator=random) < 0.6 if masked else None
    total = weight = 0.0
    for b, y, x in np.ndindex(2, 3, 4):
        if valid is not None and not valid[b, 0, y, x]:
            continue
        shares = target[b, :, y, x] if soft else torch.eye(5)[target[b, y, x]]
        v = float(weights[shares.argmax()])
        total -= v * float((shares * logits[b, :, y, x].double().log_softmax(0)).sum())
        weight += v
    assert [float(part) for part in weighted_cross_entropy(logits, target, weights, valid)] == [
        pytest.approx(total, rel=1e-5),
        pytest.approx(weight, rel=1e-5),
    ]


@pytest.mark.parametrize("masked", [False, True])
def test_the_error_of_the_expected_colour_is_its_psnr(masked: bool) -> None:
    """Float RGB pictures of a like luma, compared by scikit-image where they are valid."""
    random = torch.Generator().manual_seed(1)
    logits = torch.randn(3, 6, 4, 5, generator=random)
    centers = torch.rand(6, 2, generator=random) * 0.4 - 0.2
    chroma = torch.rand(3, 2, 4, 5, generator=random) * 0.4 - 0.2
    valid = torch.zeros(3, 1, 4, 5, dtype=torch.bool)
    valid[..., :3, 1:] = True
    expected = torch.stack(
        [
            sum(p * c for p, c in zip(logits[b].softmax(0), centers[:, axis], strict=True))
            for b in range(3)
            for axis in range(2)
        ]
    ).reshape(3, 2, 4, 5)
    terms = []
    for b in range(3):
        true, ours = (
            torch.stack(yuv_to_rgb(torch.full((4, 5), 0.5), *uv[b])).numpy()
            for uv in (chroma, expected)
        )
        part = (slice(None), slice(3), slice(1, None)) if masked else ...
        psnr = peak_signal_noise_ratio(true[part], ours[part], data_range=1)
        terms.append(np.log(10 ** (-psnr / 10) + ERROR_FLOOR))
    ours = log_squared_error(logits, chroma, centers, valid if masked else None)
    assert float(ours) == pytest.approx(np.mean(terms), rel=1e-5)


def test_the_rate_rises_then_falls_as_a_cosine() -> None:
    recipe = Recipe(steps=1000, learning_rate=0.1, warmup=0.1)
    assert learning_rate(0, recipe) == pytest.approx(0.001)
    assert learning_rate(100, recipe) == pytest.approx(0.1)
    assert learning_rate(550, recipe) == pytest.approx(0.05)
    assert learning_rate(999, recipe) == pytest.approx(0.05 * (1 + cos(pi * 899 / 900)))


def test_a_second_stage_has_a_tenth_of_the_rate() -> None:
    recipe = Recipe(steps=10, learning_rate=0.1, warmup=0, second_stage=0.3)
    rates = [learning_rate(step, recipe) for step in range(10)]
    assert rates == pytest.approx([0.1] * 7 + [0.01] * 3)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("crop=34", "crops must be multiples of the network's output stride, 4"),
        ("up=[8, 8, 8, 8]", "up: more cells than there are halvings to undo"),
        ("soft_bins=9", "soft_bins: more than there are bins"),
        ("encoder=efficientnet-lite0", "encoder: takes the place of stem and down"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    packed: Path, tmp_path: Path, change: str, fault: str
) -> None:
    with pytest.raises(TrainingError, match=fault):
        _fit(packed, tmp_path / "run", "--set", change)


def test_a_single_cell_trains_no_batch_norm(packed: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="gives batch norms nothing to go by"):
        _fit(packed, tmp_path / "run", "--set", "batch=1", "--set", "crop=8")
    _fit(packed, tmp_path / "run", "--set", "batch=1", "--set", "crop=16")

    _fit(packed, tmp_path / "first")
    settings = ["--set", "batch=1", "--set", "crop=8", "--set", "frozen_norms=true"]
    _fit(packed, tmp_path / "second", *settings, "--init", f"{tmp_path}/first/weights.safetensors")


def test_auto_is_the_precision_that_is_native_here(packed: Path) -> None:
    """As for the colorizer: emulated bf16 costs ten times what fp32 costs."""

    def loss_after_a_step(precision: str) -> float:
        recipe = load_recipe("quick", [*TINY, f"precision={precision}"])
        trainer = Trainer(recipe, Photographs(packed), torch.device("cpu"))
        return [trainer.step(example, 1e-2) for example in trainer.examples([0, 1])][-1]

    native = resolve_precision("auto", torch.device("cpu")) == torch.bfloat16
    losses = {precision: loss_after_a_step(precision) for precision in ("fp32", "bf16")}
    assert losses["fp32"] != losses["bf16"]
    assert loss_after_a_step("auto") == losses["bf16" if native else "fp32"]
    with pytest.raises(DeviceError, match="fp16 needs a GPU"):
        loss_after_a_step("fp16")


def test_a_set_without_training_photographs_is_refused(folder: Path, tmp_path: Path) -> None:
    pack([folder], tmp_path / "packed", 1)
    with pytest.raises(TrainingError, match="0 training photographs do not fill a batch"):
        _fit(tmp_path / "packed", tmp_path / "run")


@pytest.mark.parametrize(
    "changes",
    [
        ["soft_bins=5", "whole=0.5", "flip=0.0", "psnr_weight=0.5"],
        ["old_film=0.5", "cards=0.3", "precision=bf16"],
        *(
            pytest.param(changes, marks=pytest.mark.long)
            for changes in (
                ["soft_bins=5"],
                ["whole=0.5", "flip=0.0"],
                ["old_film=0.5", "cards=0.3"],
                ["precision=bf16"],
                ["psnr_weight=1.0", "whole=0.5"],
            )
        ),
    ],
)
def test_every_kind_of_example_trains(packed: Path, tmp_path: Path, changes: list[str]) -> None:
    """A few more steps on the same photographs lower the loss."""
    settings = [part for change in [*changes, "save_every=8"] for part in ("--set", change)]
    _fit(packed, tmp_path / "run", "--set", "learning_rate=0.02", *settings, steps=48)
    losses = [line["loss"] for line in _log(tmp_path / "run")]
    assert losses[-1] < losses[0]


def test_classes_are_chosen_by_the_recipe(packed: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="has no class 'skies'; the nearest is 'sky'"):
        _fit(packed, tmp_path / "run", "--set", 'classes=["skies"]')


def test_unknown_settings_name_the_nearest() -> None:
    with pytest.raises(UsageError, match="unknown setting 'stepps'; the nearest is 'steps'"):
        load_recipe("quick", ["stepps=3"])
    with pytest.raises(UsageError, match=r"nowhere: no such recipe; .* one of: .*landscape"):
        load_recipe("nowhere")
    with pytest.raises(UsageError, match="--set takes KEY=VALUE, not 'steps'"):
        load_recipe("quick", ["steps"])


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ("steps=0", "a whole number, 1 or more, not 0"),
        ("steps=many", "a whole number, 1 or more, not 'many'"),
        ("seed=-1", "a whole number, 0 to 4294967295, not -1"),
        ("down=[1, true]", r"a list, each a whole number, 1 or more, not \[1, True\]"),
        ("noise=[0.1]", r"a number, 0 to 1, not \[0.1\]"),
        ("flip=1.5", "a number, 0 to 1, not 1.5"),
        ("learning_rate=+nan", "a number, 0 to 1000000, not nan"),
        ("skips=1", "true or false, not 1"),
        ("precision=bf17", "one of auto, fp32, bf16, fp16, not 'bf17'"),
        ("encoder=resnet", "one of \"\", efficientnet-lite0, not 'resnet'"),
        ("repeats=2", "a table, each a number, 0 to 1000000, not 2"),
        ("repeats={sky = true}", "a table, each a number, 0 to 1000000, not {'sky': True}"),
    ],
)
def test_settings_that_can_not_be_are_refused(change: str, wanted: str) -> None:
    key = change.partition("=")[0]
    with pytest.raises(UsageError, match=f"--set {re.escape(change)}: '{key}' takes {wanted}$"):
        load_recipe("quick", [change])


@pytest.mark.parametrize("content", [b"steps = 3 # \xe4", b"steps: 3"])
def test_a_recipe_that_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine.toml").write_bytes(content)
    with pytest.raises(UsageError, match=r"mine\.toml: not valid TOML: "):
        load_recipe(tmp_path / "mine.toml")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_recipe_with_a_mark_of_unicode_is_read(tmp_path: Path, encoding: str, end: str) -> None:
    text = end.join(["# für mich", "steps = 10", "batch = 3", ""])
    (tmp_path / "mine.toml").write_bytes(text.encode(encoding))
    recipe = load_recipe(tmp_path / "mine.toml")
    assert (recipe.steps, recipe.batch) == (10, 3)


def test_a_stage_changes_the_recipe_and_set_changes_both(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        "steps = 10\nbatch = 3\nrepeats = {sky = 2}\n"
        "[stages.second]\nsteps = 20\nrepeats = {sea = 3}\n"
        "[stages.third]\nnoise = 0\n"
    )
    first, second = load_recipe(path), load_recipe(path, ["batch=5"], "second")
    assert (first.steps, first.batch, first.repeats) == (10, 3, {"sky": 2.0})
    assert (second.steps, second.batch, second.repeats) == (20, 5, {"sea": 3.0})
    assert load_recipe(path, stage="third") == replace(first, noise=0.0)
    with pytest.raises(UsageError, match=r"no stage 'thrid'; stages: second, third$"):
        load_recipe(path, stage="thrid")
    with pytest.raises(UsageError, match="quick: no stage 'second'; stages: none but the first"):
        load_recipe("quick", stage="second")


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ("[stages]\nsecond = 3", r"'stages' takes a table for each stage, \[stages.NAME\]"),
        ("[[stages]]\nsteps = 3", r"'stages' takes a table for each stage, \[stages.NAME\]"),
        ("[stages.second]\nstepps = 3", "stage second: unknown setting 'stepps'"),
        ("[stages.second.third]\nsteps = 3", "stage second: unknown setting 'third'"),
        ("[stages.second]\nsteps = 0", "stage second: 'steps' takes"),
    ],
)
def test_a_recipe_with_bad_stages_is_refused(tmp_path: Path, stages: str, message: str) -> None:
    (tmp_path / "mine.toml").write_text(f"steps = 10\n{stages}\n")
    with pytest.raises(UsageError, match=message):
        load_recipe(tmp_path / "mine.toml")


@pytest.mark.parametrize(
    ("name", "millions"), [("paper", 0.54), ("paper-flat", 0.02), ("paper-bottleneck", 0.49)]
)
def test_the_published_layouts(name: str, millions: float) -> None:
    """The published one's size is the figure; the others give logits for every pixel too."""
    recipe = load_recipe(name)
    model = ColorUNet(recipe.dims)
    assert round(sum(p.numel() for p in model.parameters()) / 1e6, 2) == millions
    assert recipe.dims.output_stride == 1
    assert model.eval()(torch.rand(1, 1, 24, 20)).shape == (1, 32, 24, 20)
    assert (recipe.batch, recipe.rebalance_mix, recipe.weight_decay) == (64, 0.5, 0.0)


def test_the_decoding_defaults_of_a_recipe_go_into_its_weights() -> None:
    plain = load_recipe("quick").decoding
    assert (plain.saturation, plain.pool) == (1.0, False)
    given = load_recipe(
        "quick",
        ["temperature=0.3", "rebalance=0.4", "saturation=1.4", "pool=true", "working_size=160"],
    )
    assert given.decoding == Decoding(0.3, 0.4, 160, 1.4, True)
    for wrong in ("saturation=5", "pool=1"):
        with pytest.raises(UsageError, match=wrong.partition("=")[0]):
            load_recipe("quick", [wrong])


def test_changes_win_over_the_recipe(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("steps = 10\nbatch = 3\n")
    recipe = load_recipe(tmp_path / "mine.toml", ["batch=5", "precision=fp32", "down=[8, 16]"])
    assert (recipe.steps, recipe.batch, recipe.precision) == (10, 5, "fp32")
    assert recipe.down == (8, 16)


def test_one_count_for_all_repeated_classes_still_loads(packed: Path, tmp_path: Path) -> None:
    """In a recipe, in a change, and in the state of a run that began with it."""
    (tmp_path / "mine.toml").write_text('steps = 9\nrepeated = ["sky", "sea"]\nrepeats = 3\n')
    assert load_recipe(tmp_path / "mine.toml").repeats == {"sky": 3.0, "sea": 3.0}
    assert load_recipe("quick", ['repeated=["sky"]']).repeats == {"sky": 1.0}

    run, now = tmp_path / "run", ["--set", "repeats={sky = 2}"]
    _fit(packed, run, *now)
    state = torch.load(run / "state.pt", weights_only=True)
    state["recipe"] |= {"repeated": ("sky",), "repeats": 2}
    torch.save(state, run / "state.pt")
    with pytest.raises(TrainingError, match="is complete"):
        _fit(packed, run, "--resume", *now)


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
    (figures,) = json.loads(done.stdout)["networks"].values()
    assert figures["pictures"]["defaults"]["colourfulness"] > 0
    loss = log[-1]["validation"]["cross_entropy"]  # of the weights before they became fp16
    assert figures["bins"]["cross_entropy"] == pytest.approx(loss, rel=0.01)


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


def test_init_counts_the_bins_frequencies_anew(packed: Path, tmp_path: Path) -> None:
    _fit(packed, tmp_path / "first")
    weights = str(tmp_path / "first/weights.safetensors")
    _fit(packed, tmp_path / "second", "--init", weights)
    _fit(
        packed,
        tmp_path / "third",
        "--init",
        weights,
        "--set",
        'classes=["sky"]',
        "--set",
        "batch=2",
    )
    first, second, third = (
        load(tmp_path / run / "weights.safetensors").bins for run in ("first", "second", "third")
    )
    assert torch.equal(first.frequencies, second.frequencies)
    _, sky = scattered_colours(Photographs(packed, ("sky",)))
    members = torch.cdist(sky, first.centers).argmin(1).bincount(minlength=len(first))
    assert torch.equal(third.frequencies, members / members.sum())
    assert not torch.equal(third.frequencies, first.frequencies)


def test_init_may_add_what_begins_without_effect_only(packed: Path, tmp_path: Path) -> None:
    _fit(packed, tmp_path / "first")
    weights = str(tmp_path / "first/weights.safetensors")
    _fit(packed, tmp_path / "second", "--init", weights, "--set", "context=6")
    assert load(tmp_path / "second/weights.safetensors").model.dims.context == 6
    _fit(packed, tmp_path / "third", "--init", weights, "--set", "blocks=[1]")
    assert load(tmp_path / "third/weights.safetensors").model.dims.blocks == (1,)
    with pytest.raises(TrainingError, match="does not extend"):
        _fit(packed, tmp_path / "fourth", "--init", weights, "--set", "bottleneck=12")
    with pytest.raises(TrainingError, match="more numbers than"):
        _fit(packed, tmp_path / "fourth", "--set", "blocks=[1, 1, 1, 1]")


def test_a_run_resumes_by_its_own_recipe_only(packed: Path, tmp_path: Path) -> None:
    _fit(packed, tmp_path / "run")
    with pytest.raises(TrainingError, match="is complete; its weights are in"):
        _fit(packed, tmp_path / "run", "--resume")
    with pytest.raises(TrainingError, match="it differs in learning_rate"):
        _fit(packed, tmp_path / "run", "--resume", "--set", "learning_rate=0.1")


def test_a_run_from_before_a_setting_came_resumes(packed: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    _fit(packed, run)
    state = torch.load(run / "state.pt", weights_only=True)
    del state["recipe"]["repeats"]
    torch.save(state, run / "state.pt")
    with pytest.raises(TrainingError, match="is complete"):
        _fit(packed, run, "--resume")
    with pytest.raises(TrainingError, match="it differs in repeats"):
        _fit(packed, run, "--resume", "--set", "repeats={sky = 2}")


def test_a_run_is_not_overwritten(packed: Path, tmp_path: Path) -> None:
    _fit(packed, tmp_path / "run")
    for name in ("state.pt", "log.jsonl", "weights.safetensors"):
        with pytest.raises(UsageError, match="holds a run already"):
            _fit(packed, tmp_path / "run")
        (tmp_path / "run" / name).unlink()
    with pytest.raises(TrainingError, match="no saved state to resume"):
        _fit(packed, tmp_path / "other", "--resume")


def test_a_run_resumes_with_its_own_photographs_only(
    folder: Path, packed: Path, tmp_path: Path
) -> None:
    _fit(packed, tmp_path / "run", "--set", "save_every=3")
    pack([folder], tmp_path / "other", 0.3)
    with pytest.raises(TrainingError, match="began with other photographs"):
        _fit(tmp_path / "other", tmp_path / "run", "--set", "save_every=3", "--resume")


def test_one_process_works_on_a_run(packed: Path, tmp_path: Path) -> None:
    with (
        lock_folder(tmp_path),
        pytest.raises(TrainingError, match="another process is at work here"),
    ):
        _fit(packed, tmp_path)


@pytest.mark.parametrize("content", [b"", b"text", None])
def test_a_damaged_state_is_refused(packed: Path, tmp_path: Path, content: bytes | None) -> None:
    run = tmp_path / "run"
    _fit(packed, run)
    whole = (run / "state.pt").read_bytes()
    (run / "state.pt").write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(TrainingError, match=r"state\.pt: damaged; begin another run"):
        _fit(packed, run, "--resume")


def test_too_few_colours_for_the_bins_are_refused(packed: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="too few colours for 1000 bins; --set bins=N"):
        _fit(packed, tmp_path / "run", "--set", "bins=1000")


def test_the_state_holds_the_bins(folder: Path, tmp_path: Path) -> None:
    """So a run that began with weights resumes without them, whatever its photographs' colours."""
    pack([folder / "animals"], tmp_path / "packed", 0)
    _fit(tmp_path / "packed", tmp_path / "first", "--set", "bins=8")
    initial = ["--init", str(tmp_path / "first/weights.safetensors")]
    settings = ["--set", "save_every=3"]
    packed = tmp_path / "packed"
    _fit(packed, tmp_path / "run", *initial, *settings)
    state = torch.load(tmp_path / "run/state.pt", weights_only=True)
    torch.save(state | {"step": 6}, tmp_path / "run/state.pt")
    _fit(packed, tmp_path / "run", *settings, "--resume")


def _leaves(state: object) -> Iterator[object]:
    """What lies in nested dicts and lists, in order."""
    if isinstance(state, dict | list | tuple):
        for part in state.values() if isinstance(state, dict) else state:
            yield from _leaves(part)
    else:
        yield state


def _same_end(one: Path, other: Path) -> bool:
    """Whether two runs ended with the same weights, average and optimiser, bit for bit."""
    states = (_leaves(torch.load(run / "state.pt", weights_only=True)) for run in (one, other))
    return all(
        torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b
        for a, b in zip(*states, strict=True)
    )


def test_an_interrupted_run_resumes_to_the_same_weights(packed: Path, tmp_path: Path) -> None:
    """Bit for bit, from the state saved last."""
    recipe = load_recipe("quick", [*TINY, "save_every=3"])
    photographs, cpu = Photographs(packed), torch.device("cpu")
    fit(recipe, photographs, tmp_path / "whole", cpu)

    def interrupt(figures: dict[str, object]) -> None:
        if figures["step"] == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(recipe, photographs, tmp_path / "parts", cpu, report=interrupt)
    fit(recipe, photographs, tmp_path / "parts", cpu, resume=True)
    assert _same_end(tmp_path / "whole", tmp_path / "parts")


@pytest.mark.parametrize("step", [3, 8])
def test_figures_that_were_interrupted_are_taken_at_the_resumption(
    packed: Path, tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those in the middle of the run, and the last ones: no line of the log is missing."""
    recipe = load_recipe("quick", [*TINY, "save_every=3"])
    photographs, cpu = Photographs(packed), torch.device("cpu")
    fit(recipe, photographs, tmp_path / "whole", cpu)

    settled = Trainer.settled

    def interrupted(trainer: Trainer, at: int) -> ColorUNet:
        if at == step:
            raise KeyboardInterrupt
        return settled(trainer, at)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Trainer, "settled", interrupted)
        fit(recipe, photographs, tmp_path / "parts", cpu)
    fit(recipe, photographs, tmp_path / "parts", cpu, resume=True)
    logs = ([line | {"seconds": 0} for line in _log(tmp_path / n)] for n in ("whole", "parts"))
    assert next(logs) == next(logs)
    whole, parts = (load(tmp_path / n / "weights.safetensors") for n in ("whole", "parts"))
    assert whole.metrics == parts.metrics
    for one, other in zip(
        whole.model.state_dict().values(), parts.model.state_dict().values(), strict=True
    ):
        assert torch.equal(one, other)
    assert _same_end(tmp_path / "whole", tmp_path / "parts")


@pytest.mark.parametrize(
    ("steps", "saves", "numbers"),
    [
        (10, 2, (signal.SIGKILL,)),
        pytest.param(24, 3, (signal.SIGKILL, signal.SIGINT), marks=pytest.mark.long),
    ],
)
def test_a_killed_run_resumes_to_the_same_weights(
    packed: Path, tmp_path: Path, steps: int, saves: int, numbers: tuple[int, ...]
) -> None:
    """Killed without warning, at any moment after its first save; then stopped by a signal."""
    changes = [f"steps={steps}", "save_every=2"]
    settings = [part for setting in [*TINY, *changes] for part in ("--set", setting)]
    command = ["fit", "quick", "--data", str(packed), "--device", "cpu", *settings, "-o"]
    one_thread = os.environ | {"OMP_NUM_THREADS": "1"}

    parts = tmp_path / "parts"
    for number in numbers:
        began = len(_log(parts))
        resume = ["--resume"] if began else []
        with subprocess.Popen(
            [sys.executable, "-m", "vidcolor", "train", *command, str(parts), *resume],
            stderr=subprocess.DEVNULL, env=one_thread, preexec_fn=heed_signals,
        ) as running:  # fmt: skip
            while len(_log(parts)) < began + saves:
                assert running.poll() is None
                time.sleep(0.01)
            running.send_signal(number)
        assert running.returncode == (-number if number == signal.SIGKILL else 128 + number)
    stopped = torch.load(parts / "state.pt", weights_only=True)["step"]
    # A kill may come between a line of the log and the state; a signal waits for both.
    saved = _log(parts)[-1]["step"]
    assert saved - 2 * (numbers[-1] == signal.SIGKILL) <= stopped < steps
    with (parts / "log.jsonl").open("a") as log:
        log.write(f'{{"step": {steps - 2}, "lo')  # as a crash may leave it
    for run, resume in ((tmp_path / "whole", []), (parts, ["--resume"])):
        done = CliRunner().invoke(train, [*command, str(run), *resume], catch_exceptions=False)
        assert done.exit_code == 0
    assert _same_end(tmp_path / "whole", parts)
    assert [line["step"] for line in _log(parts)] == list(range(2, steps + 1, 2))


def _log(run: Path) -> list[dict[str, float]]:
    path = run / "log.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]


def _ran(*command: str) -> str:
    """What a command printed, which must have succeeded."""
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_two_processes_train_as_one(packed: Path, tmp_path: Path) -> None:
    """Ten steps' losses and gradients within 1e-5 relative, and both end identical.

    Batch-norm statistics are frozen and nothing is random but the crops, which go by the step.
    In single precision the gradients of the first step alone are: over ten, the order of a sum can
    put an activation on the other side of zero, which was seen to move a gradient by 0.3 %.
    """
    _fit(packed, tmp_path / "first")
    weights = tmp_path / "first/weights.safetensors"
    settings = [*TINY, "noise=0", "frozen_norms=true", "rebalance_mix=0.5", "psnr_weight=0.5"]
    worker = map(str, [ranks_worker.__file__, packed, weights, tmp_path, *settings])
    _ran(*TORCHRUN, *worker)
    first, second = (torch.load(tmp_path / f"{name}-of-2.pt") for name in (0, 1))
    alone = ranks_worker.in_both_precisions(packed, weights, settings, Ranks(0, 1))
    for precision, steps in (("single", 1), ("double", 10)):
        assert torch.equal(first[precision]["parameters"], second[precision]["parameters"])
        assert first[precision]["losses"] == pytest.approx(alone[precision]["losses"], rel=1e-5)
        gradients = (run[precision]["gradients"][:steps] for run in (alone, first))
        for one, two in zip(*gradients, strict=True):
            assert (one - two).norm() <= 1e-5 * one.norm()


def test_of_two_processes_one_writes(packed: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    settings = [part for setting in TINY for part in ("--set", setting)]
    arguments = ["fit", "quick", "--data", packed, "-o", run, "--device", "cpu", *settings]
    printed = _ran(*TORCHRUN, "-m", "vidcolor.train", *map(str, arguments))
    assert printed == f"{run / 'weights.safetensors'}\n"
    assert [line["step"] for line in _log(run)] == [8]
    assert load(run / "weights.safetensors").recipe["steps"] == 8


def test_processes_that_torchrun_did_not_start_are_refused(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(UsageError, match="WORLD_SIZE in the environment is not torchrun's"):
        _fit(packed, tmp_path / "run")


def test_a_learning_rate_is_suggested(packed: Path) -> None:
    settings = [part for setting in TINY for part in ("--set", setting)]
    arguments = ["find-lr", "quick", "--data", str(packed), "--device", "cpu", *settings]
    done = CliRunner().invoke(train, [*arguments, "--steps", "60"], catch_exceptions=False)
    *trials, last = done.stdout.splitlines()
    rates, losses = zip(*(map(float, line.split()) for line in trials), strict=True)
    assert list(rates) == sorted(rates)
    assert min(losses) < losses[0]
    best = rates[losses.index(min(losses))]
    assert 0.1 * best < float(last.removeprefix("suggested: --set learning_rate=")) < best


def test_rates_that_end_in_no_number_end_the_sweep(packed: Path, tmp_path: Path) -> None:
    trainer = Trainer(load_recipe("quick", TINY), Photographs(packed), torch.device("cpu"))
    spoilt = iter([1.0, 0.5, TrainingError("the loss is not a number any more")])

    class Spoiling(Trainer):
        def step(self, example: Example, rate: float) -> float:
            if isinstance(now := next(spoilt), TrainingError):
                raise now
            return now

    trainer.__class__ = Spoiling
    assert len(list(sweep(trainer, 10))) == 2


@pytest.mark.parametrize(("stage", "kilobytes"), [("fit", 10), ("pack", 100)])
def test_a_full_disk_is_one_line(
    vidcolor: Callable, folder: Path, packed: Path, tmp_path: Path, stage: str, kilobytes: int
) -> None:
    """The state of a run, the pixels of a pack; what is half written has no final name."""
    settings = [part for setting in TINY for part in ("--set", setting)]
    output = tmp_path / "out"
    arguments = {
        "fit": ["fit", "quick", "--data", str(packed), "--device", "cpu", *settings],
        "pack": ["pack", str(folder)],
    }[stage]
    with files_of_at_most(1024 * kilobytes):
        done = vidcolor("train", *arguments, "-o", output)
    assert done.code == 1
    line = done.err.splitlines()[-1]
    assert re.fullmatch(rf"Error: {output}.*: too large for its file system; .*", line), done.err
    assert not {"index.npz", "state.pt"} & {path.name for path in output.iterdir()}
    assert not [path for path in output.iterdir() if path.suffix == ".part"]
