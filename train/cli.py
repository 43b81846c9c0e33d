"""`vidcolor train`: the command line of training."""

import csv
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import islice
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vidcolor.bundled import DEFAULT
from vidcolor.errors import TrainingError, UsageError, VidcolorError
from vidcolor.options import Device, Number

if TYPE_CHECKING:
    import torch

    from .evaluate import Photograph
    from .figures import Figures
    from .ranks import Ranks

Command = TypeVar("Command", bound=Callable[..., Any])

NAMED = 20
"""`pack` names so many files that it leaves out; of more, only their table does."""


# What commands have in common.
DATA = click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder made by 'train pack'.",
)
CHANGES = click.option(
    "--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change a setting."
)
INIT = click.option("--init", metavar="WEIGHTS", help="Start from these weights and their bins.")
DEVICE = click.option(
    "--device",
    default="auto",
    show_default=True,
    type=Device(),
    help="cpu, cuda, cuda:N or mps.",
)
OVERWRITE = click.option("--overwrite", is_flag=True, help="Replace an existing file.")


def _output(written: str) -> Callable[[Command], Command]:
    """The option that names the file to write."""
    return click.option(
        "-o",
        "--output",
        required=True,
        type=click.Path(path_type=Path, dir_okay=False),
        help=written,
    )


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
    type=Number(0, 1),
    help="Share of the photographs kept out of training; 1 packs a pure validation set.",
)
@click.option(
    "--screen/--no-screen",
    default=True,
    show_default=True,
    help="Leave out what is tiny, grey or there twice; not when a given set is to be measured on.",
)
def pack(sources: tuple[Path, ...], output: Path, validation_share: float, screen: bool) -> None:
    """Pack the photographs in SOURCES (folders, tars, .txt lists of paths) for fast reading.

    The same command takes up a pack that was stopped.
    """
    from .pack import LEFT_OUT
    from .pack import pack as run_pack

    summary = run_pack(sources, output, validation_share, screen=screen)
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
@DATA
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the run: weights, log, state.",
)
@CHANGES
@INIT
@click.option("--resume", is_flag=True, help="Take up the run in the output folder.")
@click.option("--tensorboard", is_flag=True, help="Write the log for TensorBoard too.")
@DEVICE
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
    from vidcolor.signals import undivided

    from .dataset import Photographs
    from .loop import fit as run_fit
    from .recipe import load_recipe
    from .run import WEIGHTS

    settings = load_recipe(recipe, changes)
    with _processes(device) as (place, ranks), _journal(output, tensorboard) as journal:
        run_fit(
            settings,
            Photographs(data, settings.classes, settings.repeats),
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

    place = resolve_device(device)
    if "WORLD_SIZE" not in os.environ:
        yield place, Ranks()
        return
    try:
        rank, local, count = (
            int(os.environ[name]) for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE")
        )
    except (KeyError, ValueError):
        raise UsageError(
            "WORLD_SIZE in the environment is not torchrun's; unset it, or start with torchrun"
        ) from None
    ranks = Ranks(rank, count)
    if count == 1:
        yield place, ranks
        return
    if place.type == "cuda":
        place = resolve_device(f"cuda:{local}")
    distributed.init_process_group("nccl" if place.type == "cuda" else "gloo")
    try:
        yield place, ranks
        distributed.barrier()  # the others wait for the one that writes
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


@train.command()
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder made by 'train pack'; its validation split is used.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Default: RUN/report.html, which is replaced.",
)
@OVERWRITE
@DEVICE
def report(run: Path, data: Path, output: Path | None, overwrite: bool, device: str) -> None:
    """Show how RUN went and what its weights make of photographs, on one HTML page."""
    from vidcolor.device import resolve_device
    from vidcolor.target import Target

    from .report import write_report

    path = output or run / "report.html"
    target = Target(path, run, overwrite or output is None)
    write_report(run, data, resolve_device(device), target)
    click.echo(path)


@train.command("find-lr")
@click.argument("recipe")
@DATA
@CHANGES
@INIT
@click.option(
    "--steps",
    default=100,
    show_default=True,
    type=click.IntRange(10, 10000),
    help="Steps of the trial; the rate grows at each.",
)
@DEVICE
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
        Photographs(data, settings.classes, settings.repeats),
        resolve_device(device),
        initial=load(init) if init else None,
    )
    trials = list(sweep(trainer, steps))
    for rate, loss in trials[:: max(1, len(trials) // 20)]:
        click.echo(f"{rate:9.2e}  {loss:.4f}")
    click.echo(f"suggested: --set learning_rate={suggestion(trials):.1e}")


@train.command()
@click.option(
    "--weights",
    "names",
    multiple=True,
    default=[DEFAULT],
    show_default=True,
    help="Bundled name or file; repeat it to compare.",
)
@click.option(
    "--data",
    "folders",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder made by 'train pack', whose validation split is used; repeat it for more.",
)
@click.option("--per-class", is_flag=True, help="Show every class of photographs too.")
@click.option(
    "--old-film", "aged", is_flag=True, help="Show the networks old prints of the photographs."
)
@click.option(
    "--skin", is_flag=True, help="Find faces, and tell how many come out in skin's tones."
)
@click.option(
    "--sheet",
    type=click.Path(path_type=Path),
    help="PNG to draw the best, median and worst photographs on.",
)
@click.option("--overwrite", is_flag=True, help="Replace an existing sheet.")
@DEVICE
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def evaluate(
    names: tuple[str, ...],
    folders: tuple[Path, ...],
    per_class: bool,
    aged: bool,
    skin: bool,
    sheet: Path | None,
    overwrite: bool,
    device: str,
    as_json: bool,
) -> None:
    """Measure weights on the validation split of packed photographs."""
    from vidcolor.checkpoint import load
    from vidcolor.device import resolve_device
    from vidcolor.sheet import png
    from vidcolor.target import Target

    from .evaluate import Candidate
    from .evaluate import evaluate as run_evaluate
    from .extremes import extremes
    from .figures import mean
    from .skin import measure as measure_skin
    from .table import by_class, of_skin, overall

    target = Target(sheet, folders[0], overwrite) if sheet else None
    place = resolve_device(device)
    candidates = {name: Candidate.of(load(name), place) for name in names}
    photographs = [photograph for folder in folders for photograph in _held_out(folder)]
    measured = run_evaluate(photographs, candidates, aged=aged)
    tones = measure_skin(photographs, candidates) if skin else None
    classes: dict[str, list[Figures]] = {}
    if per_class:
        pairs = zip(photographs, measured, strict=True)
        for photograph, figures in sorted(pairs, key=lambda pair: pair[0].label):
            classes.setdefault(photograph.label, []).append(figures)

    if as_json:
        summary = _summary(measured)
        if per_class:
            summary["classes"] = {label: _summary(rows) for label, rows in classes.items()}
        if skin:
            summary["skin"] = tones and asdict(tones)
        click.echo(json.dumps(summary))
    else:
        click.echo(f"{len(photographs)} photographs")
        for line in overall(mean(measured)):
            click.echo(line)
        if per_class:
            for name in candidates:
                click.echo()
                for line in by_class(classes, name):
                    click.echo(line)
        if skin:
            click.echo()
            for line in of_skin(tones):
                click.echo(line)
    if target:
        first = names[0]
        picture = extremes(photographs, measured, first, candidates[first], "defaults")
        try:
            target.temporary.write_bytes(png(picture))
            target.commit()
        finally:
            target.discard()


def _held_out(folder: Path) -> "list[Photograph]":
    """The validation split of packed photographs."""
    from .dataset import Photographs
    from .evaluate import Photograph

    packed = Photographs(folder)
    if not len(packed.validation):
        raise TrainingError(f"{folder}: no validation photographs; pack with --validation-share")
    return [Photograph(packed, int(index)) for index in packed.validation]


def _summary(measured: "Sequence[Figures]") -> dict[str, Any]:
    """Mean figures for JSON, which knows no infinity: null."""
    from .figures import mean

    def finite(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: finite(part) for name, part in value.items()}
        return value if isfinite(value) else None

    return finite({"photographs": len(measured)} | asdict(mean(measured)))


class _Share(click.ParamType):
    """WEIGHTS=SHARE -> (WEIGHTS, SHARE)."""

    name = "weights=share"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float]:
        weights, _, share = value.rpartition("=")
        try:
            parsed = float(share)
        except ValueError:
            parsed = inf
        if not weights or not isfinite(parsed):
            self.fail(f"'{value}' is not WEIGHTS=SHARE, as in film=0.5", param, ctx)
        return weights, parsed


@train.command()
@click.argument("shares", nargs=-1, required=True, type=_Share(), metavar="WEIGHTS=SHARE...")
@_output("Weights to write, a .safetensors file.")
@OVERWRITE
def mix(shares: tuple[tuple[str, float], ...], output: Path, overwrite: bool) -> None:
    """Mix the weights of stages that went on from one another, by shares that sum to 1.

    The first gives the decoding defaults and the bins' frequencies.
    """
    from vidcolor.checkpoint import load
    from vidcolor.target import Target

    from .mix import mix as run_mix

    for weights, _ in shares:
        target = Target(output, Path(weights), overwrite)  # is none of them
    target.fill(run_mix([(load(weights), share) for weights, share in shares]).content())
    click.echo(f"{output}: {output.stat().st_size / 1e6:.1f} MB")


@train.command()
@click.option("--weights", default=DEFAULT, show_default=True, help="Bundled name or file.")
@_output("ONNX file to write.")
@OVERWRITE
def export(weights: str, output: Path, overwrite: bool) -> None:
    """Write weights as ONNX: luma in, bin probabilities out, any size.

    Its description and metadata say how to make chroma of them. Needs the extra "export".
    """
    from vidcolor.checkpoint import load
    from vidcolor.target import Target

    from .export import export as run_export

    target = Target(output, Path(weights), overwrite)
    run_export(load(weights), target)
    click.echo(f"{output}: {output.stat().st_size / 1e6:.1f} MB")
