"""`vidcolor train find-lr`: a learning rate found in a short run."""

from pathlib import Path

import click

from vidcolor.cli.lazy import lazily

from .options import data_option, device_option, recipe_options

with lazily():
    from vidcolor.net import checkpoint
    from vidcolor.net import device as devices

    from ..fit import find_lr as rates
    from ..fit import recipe as recipes
    from ..fit import taught
    from ..fit import trainer as trainers


@click.command("find-lr")
@click.argument("recipe")
@data_option()
@recipe_options
@click.option(
    "--steps",
    default=100,
    show_default=True,
    type=click.IntRange(10, 10000),
    help="Number of training steps; the learning rate grows at each.",
)
@device_option
def find_lr(
    recipe: str,
    data: Path,
    stage: str | None,
    changes: tuple[str, ...],
    init: str | None,
    steps: int,
    device: str,
) -> None:
    """Try learning rates from tiny to too large in one short run, and suggest one."""
    settings = recipes.load_recipe(recipe, changes, stage)
    trainer = trainers.Trainer(
        settings,
        taught.photographs_of(settings, data),
        devices.resolve_device(device),
        initial=checkpoint.load(init) if init else None,
    )
    trials = list(rates.sweep(trainer, steps))
    for rate, loss in trials[:: max(1, len(trials) // 20)]:
        click.echo(f"{rate:9.2e}  {loss:.4f}")
    click.echo(f"suggested: --set learning_rate={rates.suggestion(trials):.1e}")
