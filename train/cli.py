"""`vidcolor train`: the command line of training."""

import csv
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vidcolor.errors import VidcolorError

if TYPE_CHECKING:
    import torch

    from .ranks import Ranks

NAMED = 20
"""`pack` names so many files that it leaves out; of more, only their table does."""


@click.group()
def train() -> None:
    """Make weights from a folder of photographs."""


@train.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write the packed photographs to.",
)
@click.option(
    "--validation-share",
    default=0.02,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Share of the photographs kept out of training; 1 packs a pure validation set.",
)
def pack(sources: tuple[Path, ...], output: Path, validation_share: float) -> None:
    """Pack the photographs in SOURCES (folders, tars, .txt lists of paths) for fast reading.

    The same command takes up a pack that was stopped.
    """
    from .pack import LEFT_OUT
    from .pack import pack as run_pack

    summary = run_pack(sources, output, validation_share)
    total = sum(summary.left_out.values())
    if total:
        reasons = ", ".join(f"{count} {reason}" for reason, count in summary.left_out.items())
        click.echo(f"left out: {reasons}; {output / LEFT_OUT} names them", err=True)
    if total <= NAMED:
        with (output / LEFT_OUT).open(encoding="utf-8", errors="surrogateescape") as file:
            for row in islice(csv.reader(file, "excel-tab"), 1, None):
                click.echo("  ".join(filter(None, row)), err=True)
    click.echo(
        f"{output}: {summary.training} training and {summary.validation} validation photographs"
    )


@train.command()
@click.argument("recipe")
@click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder made by 'train pack'.",
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the run: weights, log, state.",
)
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change a setting.")
@click.option("--init", metavar="WEIGHTS", help="Start from these weights and their bins.")
@click.option("--resume", is_flag=True, help="Take up the run in the output folder.")
@click.option("--tensorboard", is_flag=True, help="Write the log for TensorBoard too.")
@click.option("--device", default="auto", show_default=True, help="cpu, cuda, cuda:N or mps.")
def fit(
    recipe: str,
    data: Path,
    output: Path,
    changes: tuple[str, ...],
    init: str | None,
    resume: bool,
    tensorboard: bool,
    device: str,
) -> None:
    """Train by RECIPE: a bundled one by name, or a TOML file.

    Ctrl-C saves the run; --resume takes it up. For several GPUs: torchrun --nproc-per-node=N -m
    vidcolor.train fit ...
    """
    from vidcolor.checkpoint import load
    from vidcolor.shell import undivided

    from .dataset import Photographs
    from .loop import WEIGHTS
    from .loop import fit as run_fit
    from .recipe import load_recipe

    settings = load_recipe(recipe, changes)
    with _processes(device) as (place, ranks), _journal(output, tensorboard) as journal:
        run_fit(
            settings,
            Photographs(data, settings.classes),
            output,
            place,
            initial=load(init) if init else None,
            resume=resume,
            ranks=ranks,
            report=journal,
            undivided=undivided,
        )
    if ranks.leads:
        click.echo(f"{output / WEIGHTS}")


@contextmanager
def _processes(device: str) -> "Iterator[tuple[torch.device, Ranks]]":
    """The device and the place of this process, by what torchrun says in the environment."""
    from torch import distributed

    from vidcolor.device import resolve_device

    from .ranks import Ranks

    ranks = Ranks(int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1)))
    if ranks.count == 1:
        yield resolve_device(device), ranks
        return
    place = resolve_device(device)
    if place.type == "cuda":
        place = resolve_device(f"cuda:{os.environ['LOCAL_RANK']}")
    distributed.init_process_group("nccl" if place.type == "cuda" else "gloo")
    try:
        yield place, ranks
    finally:
        distributed.destroy_process_group()


@contextmanager
def _journal(run: Path, tensorboard: bool) -> "Iterator[Callable[[dict[str, Any]], None]]":
    """Something that prints a line of figures and, if wanted, writes it for TensorBoard."""
    writer = None
    if tensorboard:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise VidcolorError(
                "TensorBoard is not installed; pip install tensorboard, or leave --tensorboard out"
            ) from error
        writer = SummaryWriter(str(run))

    def report(figures: dict[str, Any]) -> None:
        click.echo(json.dumps(figures), err=True)
        if writer:
            writer.add_scalar("loss", figures["loss"], figures["step"])
            for name, value in figures.get("validation", {}).items():
                writer.add_scalar(name, value, figures["step"])

    try:
        yield report
    finally:
        if writer:
            writer.close()


@train.command("find-lr")
@click.argument("recipe")
@click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder made by 'train pack'.",
)
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change a setting.")
@click.option("--init", metavar="WEIGHTS", help="Start from these weights and their bins.")
@click.option(
    "--steps",
    default=100,
    show_default=True,
    type=click.IntRange(10, 10000),
    help="Steps of the trial; the rate grows at each.",
)
@click.option("--device", default="auto", show_default=True, help="cpu, cuda, cuda:N or mps.")
def find_lr(
    recipe: str, data: Path, changes: tuple[str, ...], init: str | None, steps: int, device: str
) -> None:
    """Try learning rates from tiny to too large in one short run, and suggest one."""
    from vidcolor.checkpoint import load
    from vidcolor.device import resolve_device

    from .dataset import Photographs
    from .find_lr import suggestion, sweep
    from .recipe import load_recipe
    from .trainer import Trainer

    settings = load_recipe(recipe, changes)
    trainer = Trainer(
        settings,
        Photographs(data, settings.classes),
        resolve_device(device),
        initial=load(init) if init else None,
    )
    trials = list(sweep(trainer, steps))
    for rate, loss in trials[:: max(1, len(trials) // 20)]:
        click.echo(f"{rate:9.2e}  {loss:.4f}")
    click.echo(f"suggested: --set learning_rate={suggestion(trials):.1e}")


@train.command()
@click.option("--weights", default="landscape", show_default=True, help="Bundled name or file.")
@click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder made by 'train pack'; its validation split is used.",
)
@click.option("--device", default="auto", show_default=True, help="cpu, cuda, cuda:N or mps.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def evaluate(weights: str, data: Path, device: str, as_json: bool) -> None:
    """Measure WEIGHTS on the validation split of packed photographs."""
    from dataclasses import replace

    import torch

    from vidcolor.checkpoint import load
    from vidcolor.colorizer import Predictor
    from vidcolor.device import resolve_device

    from .dataset import Photographs
    from .evaluate import evaluate as run_evaluate

    checkpoint = load(weights)
    photographs = Photographs(data)
    if not len(photographs.validation):
        raise VidcolorError(f"{data}: no validation photographs; pack with --validation-share")
    settings = {
        "accuracy": replace(checkpoint.decoding, temperature=1.0, rebalance=0.0),
        "defaults": checkpoint.decoding,
    }
    predictor = Predictor(checkpoint.model, checkpoint.bins, resolve_device(device), torch.float32)
    figures = run_evaluate(predictor, photographs, photographs.validation, settings)
    if as_json:
        click.echo(json.dumps({name: asdict(row) for name, row in figures.items()}))
        return
    click.echo(f"{len(photographs.validation)} photographs")
    click.echo(f"{'':10} {'PSNR dB':>8} {'CIEDE2000':>10} {'colourfulness':>14}")
    for name, row in figures.items():
        click.echo(f"{name:10} {row.psnr:8.2f} {row.ciede2000:10.2f} {row.colourfulness:14.1f}")
