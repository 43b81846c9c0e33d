"""`vidcolor colorize`: films and photographs into colour."""

import os
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from vidcolor.cli.color_options import color_options
from vidcolor.cli.exit_codes import FAILURE, say
from vidcolor.cli.folder import check_folder_usage, colorize_folder, folder_options
from vidcolor.cli.hint_options import HintChoice, find_hints, hints_option
from vidcolor.cli.lazy import lazily
from vidcolor.cli.maker import maker
from vidcolor.cli.options import (
    encoder_options,
    json_option,
    output_option,
    overwrite_option,
    rate_option,
    span_options,
    threads_option,
    work_option,
)
from vidcolor.cli.progress import print_result, show_notes, show_progress, warn_of_unused_gpu
from vidcolor.cli.stored import at_hand, exists, folder_means, means_of
from vidcolor.cli.types import FILM, PATH, ClusterAddress, JobCount
from vidcolor.colorize.settings import ColorSettings
from vidcolor.errors import UsageError, VidcolorError
from vidcolor.files import (
    CONTAINERS,
    PIPE,
    StandardOutput,
    Target,
    default_output,
    is_still,
    standard_input,
)
from vidcolor.jobs.store import StoredFile
from vidcolor.kinds import SUFFIXES
from vidcolor.pipeline.listener import ignore_note
from vidcolor.text import one_line

with lazily():
    from vidcolor.jobs import cluster as jobs_cluster
    from vidcolor.jobs import folder_run, journal, workers
    from vidcolor.judge import report as report_page
    from vidcolor.output import encoders
    from vidcolor.pipeline import film, order

if TYPE_CHECKING:
    from vidcolor.pipeline.listener import Note


@click.command()
@click.argument("inputs", nargs=-1, required=True, type=FILM, metavar="INPUT...")
@rate_option("inputs", unless="recursive")
@output_option(
    "File, folder to write into, or - for standard output. Default: film.color.mkv beside "
    "film.mkv.",
    kind=FILM,
)
@folder_options
@color_options
@click.option(
    "--two-pass",
    is_flag=True,
    help="Read films twice, and take out the slow drift of colour within a shot.",
)
@click.option("--split-screen", is_flag=True, help="Leave the left half grey, for comparison.")
@hints_option
@encoder_options
@threads_option
@span_options(
    "Begin with the first frame at or after this time.", "Colorize this much of the film."
)
@click.option("--only-gray", is_flag=True, help="Keep the colour of shots that have some.")
@click.option("--keep-video", is_flag=True, help="Copy further video streams too.")
@click.option(
    "--strict",
    is_flag=True,
    help="Fail if anything but colour would be left out or lost, or if the input is damaged.",
)
@click.option("--verify", is_flag=True, help="Read each film again before it appears, and compare.")
@click.option(
    "--report",
    type=PATH,
    metavar="FILE.html",
    help="Measure the finished film, and write a page about it and its shots.",
)
@click.option("--keep", is_flag=True, help="Keep what is done of a film that fails or is stopped.")
@click.option(
    "--jobs",
    default=1,
    show_default="1; with --cluster auto",
    type=JobCount(),
    metavar="N",
    help="Processes that share a long film, or the films of a folder; auto is one for each GPU, or "
    "for two cores.",
)
@click.option(
    "--cluster",
    type=ClusterAddress(),
    help="Let a Ray cluster share long films: ray is the one that RAY_ADDRESS names.",
)
@work_option
@overwrite_option("Replace existing outputs, and what is half done otherwise.")
@click.option("--skip-existing", "-n", is_flag=True, help="Pass over inputs whose output exists.")
@click.option("--quiet", "-q", is_flag=True, help="Print errors only.")
@json_option("Print one line of JSON for each finished file.")
def colorize(
    inputs: tuple[Path, ...],
    output: Path | None,
    rate: Fraction | None,
    recursive: bool,
    patience: float,
    settings: ColorSettings,
    device: str,
    two_pass: bool,
    split_screen: bool,
    hints: HintChoice,
    encoder: "encoders.EncoderSettings",
    start: Fraction | None,
    duration: Fraction | None,
    only_gray: bool,
    keep_video: bool,
    strict: bool,
    verify: bool,
    report: Path | None,
    keep: bool,
    jobs: int | None,
    cluster: str | None,
    work: Path | None,
    overwrite: bool,
    skip_existing: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Colorize films and photographs.

    Sound, subtitles, chapters, attachments, cover art and metadata are copied. Films are written
    as .mkv, .mp4, .mov or .webm, photographs in their own format or as .png. Write - for a film on
    standard input; a film that is piped in is first saved to a temporary file.
    """
    if overwrite and skip_existing:
        raise UsageError("--overwrite and --skip-existing exclude each other")
    if keep_video and not start is duration is None:
        raise UsageError("--keep-video copies whole streams; leave --start and --duration out")
    if keep and output == PIPE:
        raise UsageError("--keep is for files; leave it out with standard output")
    if recursive:
        check_folder_usage(inputs, output, hints, report)
    if report is not None and len(inputs) > 1:
        raise UsageError("--report tells of one film; leave the other inputs out")
    if hints.names_file and len(inputs) > 1:
        raise UsageError("--hints FILE is for one film or photograph; leave the other inputs out")
    if cluster is not None:
        jobs_cluster.require_ray()
    wanted = replace(
        settings,
        only_gray=only_gray or settings.only_gray,
        two_pass=two_pass or settings.two_pass,
        split_screen=split_screen or settings.split_screen,
    )

    def ordered(source: Path, target: Path, note: "Note") -> "order.Order":
        settled, known = find_hints(source, hints, wanted, note)
        return order.Order(
            source,
            target,
            settled,
            device,
            encoder,
            order.Part(start, duration),
            keep_video=keep_video,
            strict=strict,
            verify=verify,
            keep=keep,
            hints=known,
        )

    if recursive:
        assert output is not None
        plan = folder_run.FolderPlan(
            inputs[0],
            output,
            rate,
            ordered,
            wanted,
            workers.devices_of(jobs, device) or (device,),
            folder_means(work, cluster),
            patience,
            remake=overwrite,
        )
        colorize_folder(plan, quiet=quiet, as_json=as_json)
        return
    targets = _targets(inputs, output)
    page: Target | None = None
    for source, target in zip(inputs, targets, strict=True):
        with suppress(OSError):  # the name may be too long
            if target.exists() and not overwrite:
                journal.tidy_up(target, work)
        span = start is not None or duration is not None
        if is_still(source) and (span or only_gray or verify or two_pass or report is not None):
            raise UsageError(
                f"{source}: --start, --duration, --only-gray, --two-pass, --verify and --report "
                "are for films"
            )
        if not (skip_existing and exists(target)):
            _check_usage(source, target, encoder, overwrite)
            _check_hints(source, hints, settings)
            if report is not None:
                page = _page(report, source, target, overwrite)
    in_store = isinstance(output, StoredFile)
    if output is not None and len(inputs) > 1 and not in_store and not output.exists():
        output.mkdir(parents=True)
        click.get_current_context().call_on_close(partial(_remove_if_empty, output))
    inputs = tuple(standard_input() if source == PIPE else source for source in inputs)

    given = click.get_current_context().get_parameter_source("jobs")
    most = None if given == ParameterSource.DEFAULT else jobs
    failed = []
    with maker(wanted, device, inputs, patience, overwrite, quiet) as make:
        # Within, for it loads torch, which takes long, while something else is done meanwhile.
        warn_of_unused_gpu(device, quiet)
        devices = () if cluster else workers.devices_of(jobs, device)
        for source, target in zip(inputs, targets, strict=True):
            if skip_existing and exists(target):
                if not quiet:
                    click.echo(one_line(f"{source}: skipped, {target} exists"), err=True)
                continue
            fault: VidcolorError | None = None
            try:
                means = means_of(source, target, devices, work, cluster, most)
                with at_hand(source, target, work, overwrite) as (here, made):
                    film_order = ordered(here, made, show_notes(source, quiet).note)
                    result = make(film_order, means)
                    if page is not None:
                        used = result.settings.as_options() | _film_options(result, start, duration)
                        if settings.cuts.file:
                            used["cuts"] = settings.cuts.file
                        fault = _write_page(page, here, result, used, quiet)
            except VidcolorError as error:
                if len(inputs) == 1:
                    raise
                say(error)
                failed.append(source)
                continue
            print_result(source, replace(result, output=target), quiet, as_json)
            if fault is not None:
                raise fault
    if failed:
        names = one_line(", ".join(map(str, failed)))
        click.echo(f"Error: {len(failed)} of {len(inputs)} inputs failed: {names}", err=True)
        raise click.exceptions.Exit(FAILURE)


def _targets(inputs: tuple[Path, ...], output: Path | None) -> list[Path]:
    """Return the output of each input. Raises UsageError."""
    if PIPE in (output, *inputs):
        return [_beside_pipe(inputs, output)]
    if isinstance(output, StoredFile):
        folder = len(inputs) > 1 or not _names_a_file(output)
    else:
        folder = output is not None and (output.is_dir() or len(inputs) > 1)
    if output is not None and not folder:
        return [output]
    if output is not None and not output.is_dir() and (output.exists() or _names_a_file(output)):
        raise UsageError(f"{output}: names a file; several inputs need a folder as --output")
    targets = [_beside(source, output) for source in inputs]
    places = {os.path.realpath(target) for target in targets}
    if len(places) < len(targets):
        raise UsageError("two inputs have the same name and would be written to the same file")
    for source in inputs:
        if os.path.realpath(source) in places:
            raise UsageError(f"{source}: is the output of another input; leave one of them out")
    return targets


def _beside(source: Path, folder: Path | None) -> Path:
    """Return the output of an input in a folder, or beside it."""
    target = default_output(source, folder)
    if isinstance(folder, StoredFile):
        return StoredFile(f"{folder}/{target.name}")
    if folder is None and isinstance(source, StoredFile):
        return StoredFile(f"{source.folder}/{target.name}")
    return target


def _beside_pipe(inputs: tuple[Path, ...], output: Path | None) -> Path:
    """Return the output where it or the input is a pipe. Raises UsageError."""
    if len(inputs) > 1:
        raise UsageError("-: stands for one film; leave the other inputs out")
    if output is None or (output != PIPE and output.is_dir()):
        raise UsageError("-: give the film a name with --output, or - for standard output")
    return output


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _names_a_file(path: Path) -> bool:
    return path.suffix.lower() in (*SUFFIXES, *CONTAINERS)


def _check_usage(
    source: Path, target: Path, encoder: "encoders.EncoderSettings", overwrite: bool
) -> None:
    """Raise UsageError if the options do not fit one input, before any work is done.

    Other errors are left for its turn, so that they stop no other input.
    """
    try:
        if target == PIPE:
            StandardOutput()
        elif not isinstance(target, StoredFile):
            Target(target, source, overwrite)
        if not is_still(source):
            encoders.encoder_options(encoder, target)
    except UsageError:
        raise
    except VidcolorError:
        return


def _check_hints(source: Path, hints: HintChoice, settings: ColorSettings) -> None:
    """Raise UsageError if a file of hints says something wrong, before any work is done."""
    try:
        find_hints(source, hints, settings, ignore_note)
    except UsageError:
        raise
    except VidcolorError:
        return


def _page(report: Path, source: Path, target: Path, overwrite: bool) -> Target:
    """Return the place of the report. Raises UsageError or OutputError, before any work is done."""
    if report.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{report}: the report is a page; name it .html")
    if target == PIPE:
        raise UsageError("--report reads the finished film again; give it a name with --output")
    if os.path.realpath(report) == os.path.realpath(target):
        raise UsageError(f"{report}: is the output itself; choose another report")
    return Target(report, source, overwrite)


def _film_options(
    result: "film.Result",
    start: Fraction | None,
    duration: Fraction | None,
) -> dict[str, str]:
    """Return the options of the encoder and the span that made the film, as text by name."""
    assert result.encoder is not None
    name, dials = encoders.encoder_options(result.encoder, result.output)
    span = {"start": start, "duration": duration}
    return {
        "encoder": " ".join([name, *(f"{dial}={value}" for dial, value in dials.items())]),
        **{option: f"{float(time):g} s" for option, time in span.items() if time is not None},
    }


def _write_page(
    page: Target, source: Path, result: "film.Result", settings: dict[str, str], quiet: bool
) -> VidcolorError | None:
    """Write the report of a film; return what went wrong, which does the film no harm."""
    make_report = report_page.film_report  # loaded here, so that it is not part of the bar's time
    try:
        with show_progress(source, result.output.name, quiet) as listener:
            content = make_report(source, result, settings, listener)
        page.fill(content.encode(errors="replace"))
    except VidcolorError as error:
        return error
    return None
