"""`vidcolor studio`: click a colour, see the shot, and hand the same file to `colorize`."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vidcolor.cli.color_options import color_options, given_settings
from vidcolor.cli.lazy import lazily
from vidcolor.cli.options import encoder_options, rate_option
from vidcolor.cli.types import PATH
from vidcolor.colorize.settings import ColorSettings
from vidcolor.errors import UsageError
from vidcolor.text import one_line

if TYPE_CHECKING:
    from vidcolor.output import encoders

with lazily():
    from vidcolor.studio import open_studio


@click.command()
@click.argument("film", type=PATH, metavar="FILM_OR_PHOTO")
@rate_option("film")
@color_options
@encoder_options
@click.option(
    "--hints",
    type=PATH,
    metavar="FILE",
    help="Where the hints are, or will be. Default: film.hints.toml beside film.mkv.",
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="Let other machines in that ask for this one by NAME; may be repeated. Nothing is "
    "encrypted.",
)
@click.option("--no-browser", is_flag=True, help="Print the page's address; open no browser.")
def studio(
    film: Path,
    settings: ColorSettings,
    device: str,
    hints: Path | None,
    hosts: tuple[str, ...],
    no_browser: bool,
    encoder: "encoders.EncoderSettings",
) -> None:
    """Colour FILM_OR_PHOTO by clicks, on a page in your browser.

    What you do there is saved in film.hints.toml, which `colorize` reads. Ctrl-C ends it.
    """
    if find_spec("starlette") is None or find_spec("uvicorn") is None:
        raise UsageError("the studio needs more packages: pip install 'vidcolor[studio]'")
    given = given_settings()
    file = hints or film.with_name(f"{film.stem}.hints.toml")
    if hosts:
        click.echo(
            "Warning: other machines can reach the page, and nothing is encrypted",
            err=True,
        )
    with open_studio.studio(
        film, file, settings, given=given, device=device, encoder=encoder, hosts=hosts
    ) as served:
        if no_browser or not served.open_browser():
            click.echo(one_line(f"{film}: open {served.fresh_address()}"))
        else:
            click.echo(one_line(f"{film}: open in your browser; Ctrl-C ends it"))
        served.wait()
