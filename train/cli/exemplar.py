"""`vidcolor train exemplar`: a network that colours by a reference, trained and judged."""

from pathlib import Path

import click

from vidcolor.cli.lazy import lazily

from .options import changes_option, data_option, output_folder_option

with lazily():
    from vidcolor.net import checkpoint

    from ..exemplar import recipe as recipes
    from ..exemplar import run as runs


@click.command()
@click.argument(
    "recipe", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@data_option("Folder made by 'train pack', with photographs of flowers and of other things.")
@output_folder_option("Folder for the nets, the log, the pairs and the sheet.")
@changes_option
@click.option(
    "--weights", default="film", show_default=True, help="Weights that it is compared with."
)
def exemplar(
    recipe: Path | None, data: Path, output: Path, changes: tuple[str, ...], weights: str
) -> None:
    """Train a network that colours by a reference picture, and compare it with how films are.

    RECIPE: a TOML file; the bundled one for flowers if none is given. First two nets learn which
    photographs are alike; then the network learns to use matches, and its ablation to do without.
    Pairs of held-out flowers tell how often a flower takes the reference's colour.
    """
    settings = recipes.load_exemplar_recipe(recipe, changes)
    runs.run(data, settings, output, checkpoint.load(weights, may_name=True), click.echo)
    click.echo(output)
