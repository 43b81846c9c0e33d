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
    from vidcolor.serve.events import Events
    from vidcolor.serve.server import Served
    from vidcolor.studio.session import Session

with lazily():
    from vidcolor.studio import making, open_studio
    from vidcolor.studio import session as sessions


SECONDS = 60
"""What a maker has for a photograph, as in the literature."""


@click.command()
@click.argument("film", type=PATH, metavar="FILM_OR_PHOTO", required=False)
@rate_option("film")
@color_options
@encoder_options
@click.option(
    "--hints",
    type=PATH,
    metavar="FILE",
    help="Where the hints are, or will be. Default: film.hints.toml beside film.mkv. With "
    "--sitting a folder; default: FOLDER.hints beside FOLDER.",
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="Let other machines in that ask for this one by NAME; may be repeated. Nothing is "
    "encrypted.",
)
@click.option(
    "--sitting",
    type=PATH,
    metavar="FOLDER",
    help="Instead of a film: colour the photographs of FOLDER, one after the other, each for "
    "--seconds, to be judged by vidcolor judge.",
)
@click.option(
    "--seconds",
    default=SECONDS,
    show_default=True,
    type=click.IntRange(5, 3600),
    help="With --sitting: for each photograph.",
)
@click.option("--no-suggestions", is_flag=True, help="With --sitting: suggest no colours.")
@click.option("--no-browser", is_flag=True, help="Print the page's address; open no browser.")
def studio(
    film: Path | None,
    settings: ColorSettings,
    device: str,
    hints: Path | None,
    hosts: tuple[str, ...],
    sitting: Path | None,
    seconds: int,
    no_suggestions: bool,
    no_browser: bool,
    encoder: "encoders.EncoderSettings",
) -> None:
    """Colour FILM_OR_PHOTO by clicks, on a page in your browser.

    What you do there is saved in film.hints.toml, which `colorize` reads. Ctrl-C ends it.

    --sitting is the making half of a study: photographs one after the other, grey, each for a
    minute. FOLDER.hints then holds their hints and what was clicked when, and
    `vidcolor judge run FOLDER automatic hints=FOLDER.hints` lets people judge them.
    """
    if any(find_spec(name) is None for name in ("starlette", "tomlkit", "uvicorn")):
        raise UsageError(
            "the studio needs more packages: pip install -c constraints.txt -e '.[studio]'"
        )
    given = given_settings()
    if (film is None) == (sitting is None):
        raise UsageError("name a film, a photograph, or a folder of photographs with --sitting")
    if sitting is not None:
        if hosts:
            raise UsageError("--host is for a film; a sitting is served to this machine alone")
        folder = hints or sitting.absolute().with_name(f"{sitting.absolute().name}.hints")

        def make(photograph: Path, file: Path, events: "Events") -> "Session":
            return sessions.Session(photograph, file, settings, given, device, events=events)

        with making.making(sitting, folder, seconds, not no_suggestions, make) as served:
            click.echo(one_line(f"{folder}: what you click goes here"), err=True)
            _wait(served, sitting, no_browser)
        return
    assert film is not None
    if no_suggestions or seconds != SECONDS:
        raise UsageError("--seconds and --no-suggestions are for --sitting; leave them out")
    file = hints or film.with_name(f"{film.stem}.hints.toml")
    if hosts:
        click.echo(
            "Warning: other machines can reach the page, and nothing is encrypted",
            err=True,
        )
    with open_studio.studio(
        film, file, settings, given=given, device=device, encoder=encoder, hosts=hosts
    ) as served:
        _wait(served, film, no_browser)


def _wait(served: "Served", what: Path, no_browser: bool) -> None:
    """Open the page of what is served, or tell its address, and wait until a signal ends that."""
    if no_browser or not served.open_browser():
        click.echo(one_line(f"{what}: open {served.fresh_address()}"))
    else:
        click.echo(one_line(f"{what}: open in your browser; Ctrl-C ends it"))
    served.wait()
