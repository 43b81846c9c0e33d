"""`vidcolor colorize ARCHIVE --recursive`: all that a folder holds."""

import os
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from vidcolor.cli.exit_codes import FAILURE
from vidcolor.cli.hint_options import HintChoice
from vidcolor.cli.lazy import lazily
from vidcolor.cli.progress import print_result, show_progress
from vidcolor.cli.types import Number
from vidcolor.errors import UsageError
from vidcolor.files import PIPE
from vidcolor.text import one_line

with lazily():
    from vidcolor.jobs import folder as jobs_folder
    from vidcolor.jobs import folder_run, ledger

if TYPE_CHECKING:
    from vidcolor.pipeline.film import Result
    from vidcolor.pipeline.listener import Listener

Command = TypeVar("Command", bound=Callable[..., None])


def folder_options(command: Command) -> Command:
    """Add --recursive, a flag, and --patience, which gives seconds."""
    command = click.option(
        "--patience",
        default=600.0,
        show_default=True,
        type=Number(1),
        metavar="SECONDS",
        help="Of several films: end and pass over one that makes no progress for so long.",
    )(command)
    return click.option(
        "--recursive",
        "-r",
        is_flag=True,
        help="INPUT is a folder: colorize all that is in it and not yet in the --output folder.",
    )(command)


def check_folder_usage(
    inputs: tuple[Path, ...], output: Path | None, hints: HintChoice, report: Path | None
) -> None:
    """Raise UsageError where these do not go with --recursive."""
    if not inputs[0].exists():
        raise UsageError(f"{inputs[0]}: there is no such folder")
    if len(inputs) > 1 or not inputs[0].is_dir():
        raise UsageError(f"{inputs[-1]}: --recursive takes one folder; leave it out for films")
    if output is None or output == PIPE or (output.exists() and not output.is_dir()):
        raise UsageError("--recursive needs a folder for what it makes; name one with --output")
    if Path(os.path.realpath(inputs[0])).is_relative_to(os.path.realpath(output)):
        raise UsageError(f"{output}: holds the films themselves; name another folder for outputs")
    if hints.names_file:
        raise UsageError("--hints FILE is for one film; a file beside each film does for a folder")
    if report is not None:
        raise UsageError("--report tells of one film; leave it or --recursive out")


def colorize_folder(plan: "folder_run.FolderPlan", *, quiet: bool, as_json: bool) -> None:
    """Colorize a folder, and print what became of it.

    Raises click.exceptions.Exit with `FAILURE` if anything has failed.
    """
    book = ledger.Ledger(plan.out)
    items = jobs_folder.find_items(plan.folder, plan.out, plan.rate, book.folds_case)
    entries: dict[str, ledger.Entry] = {}

    def tell(item: "jobs_folder.Item", entry: "ledger.Entry", result: "Result | None") -> None:
        entries[item.name] = entry
        if result is not None:
            print_result(item.source, result, quiet, as_json)
            return
        line = one_line(f"{item.source}: {entry.reason}")
        if entry.outcome == ledger.FAILED:
            click.echo(f"Error: {line}", err=True)
        elif entry.outcome == ledger.PASSED_OVER and not quiet:
            click.echo(f"passed over: {line}", err=True)

    def show(item: "jobs_folder.Item") -> "AbstractContextManager[Listener]":
        return show_progress(item.source, item.name, quiet)

    try:
        folder_run.make_folder(plan, items, book, show, tell)
    finally:
        table, data = book.write_logs(entries[item.name] for item in items if item.name in entries)
        if not quiet:
            for line in _summary(list(entries.values()), len(items)):
                click.echo(line, err=as_json)
            click.echo(one_line(f"what became of each: {table}, {data}"), err=as_json)
    failed = [name for name, entry in entries.items() if entry.outcome == ledger.FAILED]
    if failed:
        names = one_line(", ".join(failed))
        click.echo(f"Error: {len(failed)} of {len(items)} failed: {names}", err=True)
        raise click.exceptions.Exit(FAILURE)


def _summary(entries: "list[ledger.Entry]", count: int) -> list[str]:
    """Return a table of how many items ended how; count: of all items."""
    made = [entry for entry in entries if entry.outcome == ledger.COLORIZED]
    frames, seconds = sum(e.frames or 0 for e in made), sum(e.seconds or 0 for e in made)
    counts = Counter({ledger.COLORIZED: 0, **Counter(entry.outcome for entry in entries)})
    counts["left for later"] = count - len(entries)
    rows = [f"{outcome:<14}{number:>8}" for outcome, number in counts.items() if number]
    if made:
        rows[0] += f"   {frames} frames in {seconds:.0f} s"
    return rows
