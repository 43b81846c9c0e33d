"""`vidcolor train fit`: a network trained by a recipe."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from vidcolor.cli.lazy import lazily
from vidcolor.errors import UsageError, VidcolorError

from .options import data_option, device_option, output_folder_option, recipe_options

with lazily():
    import torch
    from torch import distributed
    from torch.utils import tensorboard as tensorboard_log

    from vidcolor.net import checkpoint
    from vidcolor.net import device as devices

    from ..fit import loop, processes, run_folder, taught
    from ..fit import recipe as recipes


@click.command()
@click.argument("recipe")
@data_option()
@output_folder_option("Folder for the weights, the log and the state of the run.")
@recipe_options
@click.option("--resume", is_flag=True, help="Go on with the run in the output folder.")
@click.option("--tensorboard", is_flag=True, help="Also write the log for TensorBoard.")
@device_option
def fit(
    recipe: str,
    data: Path,
    output: Path,
    stage: str | None,
    changes: tuple[str, ...],
    init: str | None,
    resume: bool,
    tensorboard: bool,
    device: str,
) -> None:
    """Train a network by RECIPE, the name of a bundled recipe or a TOML file.

    Ctrl-C saves the run, and --resume goes on with it. For several GPUs: torchrun
    --nproc-per-node=N -m vidcolor.train fit ...
    """
    settings = recipes.load_recipe(recipe, changes, stage)
    with _processes(device) as (place, ranks), _journal(output, tensorboard) as journal:
        loop.fit(
            settings,
            taught.photographs_of(settings, data),
            output,
            place,
            initial=checkpoint.load(init) if init else None,
            resume=resume,
            ranks=ranks,
            report=journal,
        )
    if ranks.leads:
        click.echo(f"{output / run_folder.WEIGHTS}")


@contextmanager
def _processes(device: str) -> "Iterator[tuple[torch.device, processes.Ranks]]":
    """Yield the device and this process's place among all, as torchrun's environment says.

    Raises UsageError or DeviceError.
    """
    place = devices.resolve_device(device)
    if "WORLD_SIZE" not in os.environ:
        yield place, processes.Ranks()
        return
    try:
        rank, local, count = (
            int(os.environ[name]) for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE")
        )
    except (KeyError, ValueError):
        raise UsageError(
            "WORLD_SIZE in the environment is not torchrun's; unset it, or start with torchrun"
        ) from None
    ranks = processes.Ranks(rank, count)
    if count == 1:
        yield place, ranks
        return
    if place.type == "cuda":
        place = devices.resolve_device(f"cuda:{local}")
    distributed.init_process_group("nccl" if place.type == "cuda" else "gloo")
    try:
        yield place, ranks
        distributed.barrier()  # the others wait for the one that writes
    finally:
        distributed.destroy_process_group()


@contextmanager
def _journal(run: Path, tensorboard: bool) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Yield a function that prints a line of figures and, if wanted, writes it for TensorBoard."""
    writer = None
    if tensorboard:
        try:
            writer = tensorboard_log.SummaryWriter(str(run))
        except ImportError as error:
            raise VidcolorError(
                "TensorBoard is not installed; pip install tensorboard, or leave --tensorboard out"
            ) from error

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
