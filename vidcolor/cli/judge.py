"""`vidcolor judge`: people judge coloured pictures, and what that comes to."""

import json
from collections.abc import Callable
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vidcolor.cli.color_options import DEVICE_OPTION
from vidcolor.cli.judged_sources import make_source
from vidcolor.cli.lazy import lazily
from vidcolor.cli.options import json_option, overwrite_option
from vidcolor.cli.types import PATH
from vidcolor.errors import UsageError
from vidcolor.files import Target

with lazily():
    import tqdm

    from vidcolor.colorize import colorizers
    from vidcolor.serve import lock, server
    from vidcolor.sitting import (
        chart,
        desk,
        findings,
        photographs,
        pictures,
        report,
        results,
        study,
        table,
    )

if TYPE_CHECKING:
    from vidcolor.sitting.findings import Findings

_LOCK = ".vidcolor-judge"
"""The hidden folder, within that of the results, of the server that uses them."""


@click.group()
def judge() -> None:
    """Learn whether coloured pictures fool people.

    run serves a page on which people judge; report tells what their judgements come to.
    """


@judge.command()
@click.argument("truths", type=PATH)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option(
    "-o",
    "--output",
    type=PATH,
    metavar="RESULTS",
    help="Folder of the results. Default: TRUTHS.judged beside TRUTHS.",
)
@click.option(
    "--ask",
    type=click.Choice(["which", "natural"]),
    default="which",
    show_default=True,
    help="which: two pictures are shown; which was the photograph? natural: one is shown; does it "
    "look natural?",
)
@click.option(
    "--side-by-side", is_flag=True, help="Show the two at once, instead of one after the other."
)
@DEVICE_OPTION
@click.option("--no-browser", is_flag=True, help="Print the page's address, and open no browser.")
def run(
    truths: Path,
    sources: tuple[str, ...],
    output: Path | None,
    ask: str,
    side_by_side: bool,
    device: str,
    no_browser: bool,
) -> None:
    """Let people judge pictures of TRUTHS, photographs in colour, as each SOURCE colours them.

    \b
    SOURCE is one of:
    FOLDER              the same photographs, coloured, under the same names
    automatic           vidcolor's own colours, made on the spot from the luma
    OPTION=VALUE,...    the same with options of vidcolor colorize, as weights=landscape
    hints=FOLDER        the same with hints, NAME.hints.toml for the truth NAME

    A judge sees each photograph once, for a second; practice comes first. Sub-folders of TRUTHS are
    kinds, which the report tells apart. Judges sit down one after the other, can stop at any time
    and go on later, also after this command was ended and given again.
    """
    if side_by_side and ask == "natural":
        raise UsageError("--side-by-side is for --ask which; leave one of them out")
    sources = tuple(str(Path(each)) if Path(each).is_dir() else each for each in sources)
    if len(set(sources)) < len(sources):
        raise UsageError("a source is named twice; name each once")
    if study.TRUTH in sources:
        raise UsageError(f"{study.TRUTH}: stands for the photographs; rename that folder")
    found = photographs.truths_in(truths)
    folder = output or truths.absolute().with_name(f"{truths.absolute().name}.judged")
    asked = study.Study(tuple(found), sources, study.Ask(ask), side_by_side)
    _require_server()
    store = colorizers.Colorizers(device)
    made = [make_source(each, found, store) for each in sources]
    results.make_folder(folder)
    results.sittings_of(asked, folder)
    locked = lock.ServerLock(folder / _LOCK)
    with locked.held(str(folder)):
        with tqdm.tqdm(desc="pictures", disable=None, leave=False) as bar:

            def progress(done: int, count: int) -> None:
                bar.total = count
                bar.update(done - bar.n)

            files = pictures.make_pictures(found, made, folder, progress)
        site = desk.Desk(asked, files, folder).site()
        with server.serving(site) as served:
            locked.tell(served.address, served.keys.secret)
            if no_browser or not served.open_browser():
                click.echo(f"open {served.fresh_address()}")
            click.echo(f"{folder}: judgements go here; Ctrl-C ends this", err=True)
            served.wait()


@judge.command(name="report")
@click.argument("folder", type=PATH, metavar="RESULTS")
@click.option(
    "-o",
    "--output",
    "outputs",
    type=PATH,
    multiple=True,
    metavar="FILE",
    help="Also write a page with pictures (.html), a chart (.png), the table (.csv) or all figures "
    "(.json), by the name's suffix. May be repeated.",
)
@overwrite_option("Replace existing files.")
@json_option("Print one JSON object instead of a table.")
def report_results(folder: Path, outputs: tuple[Path, ...], overwrite: bool, as_json: bool) -> None:
    """Tell how often each source fooled the judges of RESULTS.

    The intervals hold the share among other such judges and pictures with 95 %: both are drawn
    anew, thousands of times. Differences are paired by picture. Judges who took absurd colours for
    real are left out, and named.
    """
    writers: dict[str, Callable[[Findings, Path], bytes]] = {
        ".html": lambda found, results: report.judging_report(found, results).encode(),
        ".png": lambda found, _: chart.share_chart(found),
        ".csv": lambda found, _: table.as_csv(found).encode(),
        ".json": lambda found, _: _as_json(found).encode(),
    }
    for output in outputs:
        if output.suffix.lower() not in writers:
            raise UsageError(f"{output}: name the output {', '.join(writers)}")
    targets = [(Target(output, folder, overwrite), output.suffix.lower()) for output in outputs]
    found = findings.findings(results.read_results(folder), folder)
    for target, suffix in targets:
        target.fill(writers[suffix](found, folder))
    if as_json:
        click.echo(_as_json(found))
    else:
        for line in table.lines(found):
            click.echo(line)


def _require_server() -> None:
    """Raise UsageError where what serves pages is not installed."""
    if find_spec("starlette") is None or find_spec("uvicorn") is None:
        raise UsageError(
            "the page needs a small server; pip install -c constraints.txt -e '.[studio]'"
        )


def _as_json(found: "Findings") -> str:
    return json.dumps(asdict(found))
