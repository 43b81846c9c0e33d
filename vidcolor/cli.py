"""The command line: parse, call, report. Everything heavy is imported inside the commands."""

import json
import math
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from fractions import Fraction
from functools import partial, wraps
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vidcolor.errors import UsageError, VidcolorError
from vidcolor.pipes import PIPE, StandardOutput, standard_input
from vidcolor.shell import FAILURE, run, say
from vidcolor.signals import undivided

if TYPE_CHECKING:
    from vidcolor.colorizer import Colorizer
    from vidcolor.encoders import EncoderSettings
    from vidcolor.pipeline import Result
    from vidcolor.target import Target

PATH = click.Path(path_type=Path, readable=False)


class Commands(click.Group):
    """A group whose `train` is loaded from its own package when it is named."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [*super().list_commands(context), "train"]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name == "train":
            command: click.Command = import_module("vidcolor.train.cli").train
            return command
        return super().get_command(context, name)


class Seconds(click.ParamType):
    """Seconds, or [hours:]minutes:seconds; fractions are exact."""

    name = "time"

    def convert(self, value: Any, param: Any, context: Any) -> Fraction:
        if isinstance(value, Fraction):
            return value
        if not re.fullmatch(r"(\d{1,6}:){0,2}\d{1,6}(\.\d{0,9})?", value, re.ASCII):
            self.fail(f"'{value}' is not a time; write 90, 1:30 or 0:01:30.5", param, context)
        time = Fraction(0)
        for part in value.split(":"):
            time = time * 60 + Fraction(part)
        return time


class Number(click.FloatRange):
    """A finite number within bounds."""

    def convert(self, value: Any, param: Any, context: Any) -> float:
        number = super().convert(value, param, context)
        if not math.isfinite(number):
            self.fail(f"'{value}' is not a number", param, context)
        return float(number)


class Device(click.ParamType):
    """The name of a device; whether there is one shows later."""

    name = "device"

    def convert(self, value: Any, param: Any, context: Any) -> str:
        if not re.fullmatch(r"auto|cpu|mps|cuda(:\d{1,3})?", value, re.ASCII):
            self.fail(f"'{value}' is none of auto, cpu, cuda, cuda:N, mps", param, context)
        return str(value)


_PICTURE_OPTIONS = {
    "weights": click.option(
        "--weights", default="landscape", show_default=True, help="Bundled name or file."
    ),
    "temperature": click.option(
        "--temperature",
        type=Number(0, 4),
        help="Of the annealed mean: 1 is calm, towards 0 vivid, 0 the likeliest bin alone. "
        "Default: the weights' own.",
    ),
    "rebalance": click.option(
        "--rebalance",
        type=Number(0, 1),
        help="How far rare colours are favoured: 0 not, 1 fully. Default: the weights' own.",
    ),
    "decay": click.option(
        "--decay",
        default=0.2,
        show_default=True,
        type=Number(0),
        help="Smoothing over time: how fast past frames lose weight.",
    ),
    "window": click.option(
        "--window",
        default=20,
        show_default=True,
        type=click.IntRange(0, 1000),
        help="Smoothing over time: past frames taken into account; 0 for none.",
    ),
    "look_ahead": click.option(
        "--look-ahead",
        type=click.IntRange(0, 1000),
        help="Smoothing over time: coming frames taken into account. Default: 10, or the window if "
        "that is shorter; 0 with --motion off.",
    ),
    "motion": click.option(
        "--motion",
        default="on",
        show_default=True,
        type=click.Choice(["on", "off"]),
        help="Smoothing over time: whether it follows what moves; off is the published kernel.",
    ),
    "cuts": click.option(
        "--cuts",
        default="auto",
        show_default=True,
        metavar="auto|off|FILE",
        help="Where smoothing begins anew: found, nowhere, or at the times in FILE, one a line.",
    ),
    "working_size": click.option(
        "--working-size",
        type=click.IntRange(32, 4096),
        help="Long side, in pixels, at which the network sees the film. Default: the weights' own.",
    ),
    "device": click.option(
        "--device",
        default="auto",
        show_default=True,
        type=Device(),
        help="cpu, cuda, cuda:N or mps.",
    ),
    "precision": click.option(
        "--precision",
        default="auto",
        show_default=True,
        type=click.Choice(["auto", "fp32", "bf16", "fp16"]),
        help="Of the network; auto is bf16 where it is native.",
    ),
    "batch_size": click.option(
        "--batch-size",
        default=8,
        show_default=True,
        type=click.IntRange(1, 1024),
        help="Frames that go through the network at once.",
    ),
}


def picture_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that decide the colour, given to `command` as one dictionary, `picture`."""

    @wraps(command)
    def gathered(**given: Any) -> None:
        picture = {name: given.pop(name) for name in _PICTURE_OPTIONS}
        command(picture=picture, **given)

    for option in reversed(_PICTURE_OPTIONS.values()):
        gathered = option(gathered)
    return gathered


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="vidcolor", prog_name="vidcolor")
def cli() -> None:
    """Turn black-and-white film into colour."""


@cli.command()
@click.argument("inputs", nargs=-1, required=True, type=PATH, metavar="INPUT...")
@click.option(
    "-o",
    "--output",
    type=PATH,
    help="File, folder to write into, or - for standard output. Default: film.color.mkv beside "
    "film.mkv.",
)
@picture_options
@click.option(
    "--two-pass",
    is_flag=True,
    help="Read films twice, and hold what slowly drifts in a shot's colour.",
)
@click.option("--encoder", help="Default: libx264; libvpx-vp9 for .webm.")
@click.option("--crf", type=int, help="Quality, lower is better. Default: 18.")
@click.option("--preset", help="Speed against size. Default: medium.")
@click.option(
    "--encoder-option",
    "encoder_options",
    multiple=True,
    metavar="KEY=VALUE",
    help="Passed to the encoder as it is; may be repeated.",
)
@click.option("--start", type=Seconds(), help="Begin with the first frame at or after this time.")
@click.option("--duration", type=Seconds(), help="Colorize this much of the film.")
@click.option("--only-gray", is_flag=True, help="Keep the colour of frames that have some.")
@click.option("--keep-video", is_flag=True, help="Copy further video streams too.")
@click.option(
    "--strict",
    is_flag=True,
    help="Fail where anything but colour would be left out or lost, or the input is damaged.",
)
@click.option("--verify", is_flag=True, help="Read each film again before it appears, and compare.")
@click.option(
    "--report",
    type=PATH,
    metavar="FILE.html",
    help="Measure the finished film, and tell of it and its shots in a page.",
)
@click.option("--keep", is_flag=True, help="Keep what is done of a film that fails or is stopped.")
@click.option("--overwrite", "-y", is_flag=True, help="Replace existing outputs.")
@click.option("--skip-existing", "-n", is_flag=True, help="Pass over inputs whose output exists.")
@click.option("--quiet", "-q", is_flag=True, help="Print errors only.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one line of JSON for each file that is done."
)
def colorize(
    inputs: tuple[Path, ...],
    output: Path | None,
    picture: dict[str, Any],
    two_pass: bool,
    encoder: str | None,
    crf: int | None,
    preset: str | None,
    encoder_options: tuple[str, ...],
    start: Fraction | None,
    duration: Fraction | None,
    only_gray: bool,
    keep_video: bool,
    strict: bool,
    verify: bool,
    report: Path | None,
    keep: bool,
    overwrite: bool,
    skip_existing: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Colorize films and photographs.

    Sound, subtitles, chapters, attachments, cover art and metadata are copied. Films are written
    as .mkv, .mp4, .mov or .webm, photographs in their own format. A film on standard input is
    called -; it is read to its end first.
    """
    if overwrite and skip_existing:
        raise UsageError("--overwrite and --skip-existing exclude each other")
    if keep_video and not start is duration is None:
        raise UsageError("--keep-video copies whole streams; leave --start and --duration out")
    if keep and output == PIPE:
        raise UsageError("--keep is for files; what has gone to standard output has gone")
    if report is not None and len(inputs) > 1:
        raise UsageError("--report tells of one film; leave the other inputs out")
    with undivided():  # a library may swallow a signal while it is imported, or break
        from vidcolor.encoders import EncoderSettings
        from vidcolor.naming import is_still

    cuts = picture.pop("cuts")
    shots = _cuts(cuts)
    targets = _targets(inputs, output)
    settings = EncoderSettings(encoder, crf, preset, _pairs(encoder_options))
    page: Target | None = None
    for source, target in zip(inputs, targets, strict=True):
        span = start is not None or duration is not None
        if is_still(source) and (span or only_gray or verify or two_pass or report is not None):
            raise UsageError(
                f"{source}: --start, --duration, --only-gray, --two-pass, --verify and --report "
                "are for films"
            )
        if not (skip_existing and target.exists()):
            _check_usage(source, target, settings, overwrite)
            if report is not None:
                page = _page(report, source, target, overwrite)
    if output is not None and len(inputs) > 1 and not output.exists():
        output.mkdir(parents=True)
        click.get_current_context().call_on_close(partial(_remove_if_empty, output))
    inputs = tuple(standard_input() if source == PIPE else source for source in inputs)

    colorizer = _colorizer(**picture)
    with undivided():
        from vidcolor.pipeline import settings as made_by
    film_options = {
        "encoder": settings,
        "start": start,
        "duration": duration,
        "only_gray": only_gray,
        "cuts": shots,
        "two_pass": two_pass,
        "keep_video": keep_video,
        "verify": verify,
        "keep": keep,
    }
    failed = []
    for source, target in zip(inputs, targets, strict=True):
        if skip_existing and target.exists():
            if not quiet:
                click.echo(f"{source}: skipped, {target} exists", err=True)
            continue
        try:
            result = _colorize_one(
                source, target, colorizer, film_options, overwrite, strict, quiet
            )
        except VidcolorError as error:
            if len(inputs) == 1:
                raise
            say(error)
            failed.append(source)
            continue
        _print_result(source, result, quiet, as_json)
        if page is not None:
            told = _told(settings, result.output, start, duration, only_gray)
            told = made_by(colorizer, shots, two_pass) | {"cuts": cuts} | told
            _write_page(page, source, result, told, quiet)
    if failed:
        names = ", ".join(map(str, failed))
        click.echo(f"Error: {len(failed)} of {len(inputs)} inputs failed: {names}", err=True)
        raise click.exceptions.Exit(FAILURE)


@cli.command()
@click.argument("file", required=False, type=PATH)
def info(file: Path | None) -> None:
    """Tell what this installation can do, or what FILE holds and what would become of it."""
    with undivided():
        from vidcolor import report
        from vidcolor.naming import is_still

    if file is None:
        lines = report.installation()
    else:
        lines = report.photograph(file) if is_still(file) else report.film(file)
    for line in lines:
        click.echo(line)


@cli.command()
@click.argument("film", type=PATH)
@click.option(
    "-o",
    "--output",
    type=PATH,
    metavar="FILE.png",
    help="Default: film.preview.png beside film.mkv.",
)
@click.option(
    "-n",
    "--frames",
    default=8,
    show_default=True,
    type=click.IntRange(1, 64),
    help="How many at most.",
)
@picture_options
@click.option("--overwrite", "-y", is_flag=True, help="Replace an existing sheet.")
def preview(
    film: Path, output: Path | None, frames: int, picture: dict[str, Any], overwrite: bool
) -> None:
    """See frames from all over FILM in colour, on one sheet.

    They are as unlike each other as the film allows. Each is shown grey above colour, in the very
    colour that `colorize` gives it with the same options, above its time.
    """
    output = output or film.with_name(f"{film.stem}.preview.png")
    if output.suffix.lower() != ".png":
        raise UsageError(f"{output}: the sheet is a PNG; name it .png")
    cuts = _cuts(picture.pop("cuts"))
    with undivided():
        from vidcolor.naming import is_still
        from vidcolor.target import Target

    if is_still(film):
        raise UsageError(f"{film}: preview is for films; colorize a photograph, that is as quick")
    target = Target(output, film, overwrite)
    with undivided():
        from vidcolor.preview import preview

    sheet = preview(
        film,
        _colorizer(**picture),
        count=frames,
        cuts=cuts,
        note=lambda line: click.echo(f"{film}: {line}", err=True),
    )
    target.fill(sheet)
    click.echo(output)


@cli.command()
@click.argument("video", type=PATH)
@click.option(
    "--truth", type=PATH, help="The same film in its true colours: adds PSNR, SSIM and CIEDE2000."
)
@click.option("-o", "--output", type=PATH, metavar="FILE.png", help="Plot the figures over time.")
@click.option("--overwrite", "-y", is_flag=True, help="Replace an existing plot.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def measure(
    video: Path, truth: Path | None, output: Path | None, overwrite: bool, as_json: bool
) -> None:
    """Measure how steady and how strong the colour of VIDEO is, shot by shot.

    \b
    CDC            change of the colours' distribution, nats; low is steady
    flicker        change of chroma where the luma stands still, 8-bit codes;
                   still % is the share of such pixels
    warp error     squared change of chroma along the motion, 8-bit codes squared
    drift          how far the mean chroma strays within a shot, 8-bit codes
    colourfulness  0 for grey, about 100 for the most vivid photographs

    All but the last are low for a grey film too: compare films of like colourfulness.
    Frames of more than 480 pixels on the long side are measured at that size. A dash stands where
    there is nothing to measure.
    """
    if output is not None and output.suffix.lower() != ".png":
        raise UsageError(f"{output}: the plot is a PNG; name it .png")
    with undivided():
        from vidcolor import measure, table
        from vidcolor.target import Target

    plot = Target(output, video, overwrite) if output is not None else None
    with _progress_bar(video.name) as progress:
        measurement = measure.measure(video, truth, progress)
    for line in measurement.warnings:
        click.echo(line, err=True)
    if as_json:
        summary = {
            "film": str(video),
            "truth": None if truth is None else str(truth),
            "size": measurement.size,
            "overall": asdict(measurement.overall),
            "shots": [asdict(shot) for shot in measurement.shots],
        }
        click.echo(json.dumps(summary))
    else:
        for line in table.lines(measurement):
            click.echo(line)
    if plot is not None:
        with undivided():
            from vidcolor import plots

        plot.fill(plots.over_time(measurement))


@cli.command()
@click.option(
    "-o", "--output", type=PATH, default="vidcolor-demo", show_default=True, help="Folder to make."
)
@click.option("--overwrite", "-y", is_flag=True, help="Replace an earlier demonstration.")
def demo(output: Path, overwrite: bool) -> None:
    """Make a short black-and-white film and colorize it."""
    with undivided():
        from vidcolor.demo import make_demo

    for line in make_demo(output, overwrite):
        click.echo(line)


def main() -> None:
    """Entry point of the `vidcolor` script."""
    # What these libraries print themselves is said in one line by the errors raised here.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    os.environ.setdefault("SVT_LOG", "1")
    # The network's threads, while they wait, leave their cores to those that decode and encode.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    run(cli)


def _targets(inputs: tuple[Path, ...], output: Path | None) -> list[Path]:
    """The output of each input."""
    from vidcolor.naming import default_output

    if PIPE in (output, *inputs):
        return [_beside_pipe(inputs, output)]
    folder = output is not None and (output.is_dir() or len(inputs) > 1)
    if output is not None and not folder:
        return [output]
    if output is not None and not output.is_dir() and (output.exists() or _names_a_file(output)):
        raise UsageError(f"{output}: names a file; several inputs need a folder as --output")
    targets = [default_output(source, output) for source in inputs]
    places = {os.path.realpath(target) for target in targets}
    if len(places) < len(targets):
        raise UsageError("two inputs have the same name and would be written to the same file")
    for source in inputs:
        if os.path.realpath(source) in places:
            raise UsageError(f"{source}: is the output of another input; leave one of them out")
    return targets


def _beside_pipe(inputs: tuple[Path, ...], output: Path | None) -> Path:
    """The output, where it or the input is a pipe."""
    if len(inputs) > 1:
        raise UsageError("-: stands for one film; leave the other inputs out")
    if output is None or (output != PIPE and output.is_dir()):
        raise UsageError("-: give the film a name with --output, or - for standard output")
    return output


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _names_a_file(path: Path) -> bool:
    from vidcolor.encoders import CONTAINERS
    from vidcolor.naming import is_still

    return is_still(path) or path.suffix.lower() in CONTAINERS


def _check_usage(source: Path, target: Path, settings: "EncoderSettings", overwrite: bool) -> None:
    """Raise what is wrong with the options for one input before any work is done.

    Whatever else stands against it comes up in its turn and stops no other input.
    """
    from vidcolor.encoders import encoder_options
    from vidcolor.naming import is_still
    from vidcolor.target import Target

    try:
        StandardOutput() if target == PIPE else Target(target, source, overwrite)
        if not is_still(source):
            encoder_options(settings, target)
    except UsageError:
        raise
    except VidcolorError:
        return


def _colorizer(
    weights: str,
    temperature: float | None,
    rebalance: float | None,
    decay: float,
    window: int,
    look_ahead: int | None,
    motion: str,
    working_size: int | None,
    device: str,
    precision: str,
    batch_size: int,
) -> "Colorizer":
    """As the picture options say, all but --cuts."""
    with undivided():
        from vidcolor.checkpoint import load
        from vidcolor.colorizer import Colorizer
        from vidcolor.temporal import PUBLISHED, STEADY, ExponentialDecay

    if look_ahead is None:
        look_ahead = min(STEADY.ahead, window) if motion == "on" else PUBLISHED.ahead
    checkpoint = load(weights)
    given = {
        "temperature": temperature,
        "rebalance": rebalance,
        "working_size": working_size,
    }
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return Colorizer(
        checkpoint,
        decoding=replace(checkpoint.decoding, **changes),
        kernel=ExponentialDecay(decay, window, look_ahead),
        motion=motion == "on",
        device=device,
        precision=precision,
        batch_size=batch_size,
    )


def _page(report: Path, source: Path, target: Path, overwrite: bool) -> "Target":
    """The place of the report; raises what stands against it before any work is done."""
    from vidcolor.target import Target

    if report.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{report}: the report is a page; name it .html")
    if target == PIPE:
        raise UsageError("--report reads the finished film again; give it a name with --output")
    if os.path.realpath(report) == os.path.realpath(target):
        raise UsageError(f"{report}: is the output itself; choose another report")
    return Target(report, source, overwrite)


def _told(
    encoder: "EncoderSettings",
    output: Path,
    start: Fraction | None,
    duration: Fraction | None,
    only_gray: bool,
) -> dict[str, str]:
    """What made the film beside its colours; spans are left out where there is none."""
    from vidcolor.encoders import encoder_options

    name, dials = encoder_options(encoder, output)
    span = {"start": start, "duration": duration}
    return {
        "only-gray": "on" if only_gray else "off",
        "encoder": " ".join([name, *(f"{dial}={value}" for dial, value in dials.items())]),
        **{option: f"{float(time):g} s" for option, time in span.items() if time is not None},
    }


def _write_page(
    page: "Target", source: Path, result: "Result", settings: dict[str, str], quiet: bool
) -> None:
    with undivided():
        from vidcolor.film_report import film_report

    with _progress_bar(result.output.name, quiet) as progress:
        content = film_report(source, result, settings, progress)
    page.fill(content.encode(errors="replace"))


def _cuts(value: str) -> tuple[Fraction, ...] | None:
    """The times that --cuts gives; None for those to be found."""
    if value == "auto":
        return None
    if value == "off":
        return ()
    try:
        lines = Path(value).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        fault = getattr(error, "strerror", "no text in UTF-8")
        raise UsageError(
            f"{value}: can't be read: {fault}; give --cuts auto, off, or a file of times"
        ) from None
    times = []
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        try:
            times += [Seconds().convert(text, None, None)] if text else []
        except click.BadParameter as error:
            raise UsageError(f"{value}: line {number}: {error.message}") from None
    return tuple(times)


def _pairs(options: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """("key=value", ...) -> (("key", "value"), ...)."""
    pairs = []
    for option in options:
        key, separator, value = option.partition("=")
        if not (key and separator):
            raise UsageError(f"--encoder-option takes KEY=VALUE, not '{option}'")
        pairs.append((key, value))
    return tuple(pairs)


def _colorize_one(
    source: Path,
    target: Path,
    colorizer: "Colorizer",
    film_options: dict[str, Any],
    overwrite: bool,
    strict: bool,
    quiet: bool,
) -> "Result":
    from tqdm import tqdm

    from vidcolor.naming import is_still
    from vidcolor.pipeline import colorize_file
    from vidcolor.stills import colorize_still

    def note(line: str) -> None:
        if not quiet:
            tqdm.write(f"{source}: {line}", file=sys.stderr)

    if is_still(source):
        return colorize_still(
            source, target, colorizer, overwrite=overwrite, strict=strict, note=note
        )
    with _progress_bar(source.name, quiet) as progress:
        return colorize_file(
            source,
            target,
            colorizer,
            overwrite=overwrite,
            strict=strict,
            progress=progress,
            note=note,
            **film_options,
        )


@contextmanager
def _progress_bar(
    name: str, quiet: bool = False
) -> Iterator[Callable[[int, Fraction, Fraction | None], None]]:
    """A bar on a terminal, and the function that is told the progress."""
    from tqdm import tqdm

    with tqdm(
        desc=name,
        total=0,
        disable=quiet or None,
        bar_format="{desc} {percentage:3.0f}%|{bar}| {n:.0f}/{total:.0f} s "
        "[{elapsed}<{remaining}{postfix}]",
    ) as bar:

        def progress(frames: int, done: Fraction, length: Fraction | None) -> None:
            if bar.disable:
                return
            bar.total = float(max(length or 0, done))
            bar.set_postfix_str(f"{frames / bar.format_dict['elapsed']:.1f} fps", refresh=False)
            bar.update(float(done) - bar.n)

        yield progress


def _print_result(source: Path, result: "Result", quiet: bool, as_json: bool) -> None:
    to_stderr = result.output == PIPE
    if as_json:
        summary = {
            "input": str(source),
            "output": str(result.output),
            "frames": result.frames,
            "seconds": round(result.seconds, 3),
            "fps": round(result.fps, 2),
            "device": result.device,
            "notes": result.notes,
        }
        click.echo(json.dumps(summary), err=to_stderr)
    elif not quiet:
        click.echo(
            f"{result.output}: {result.frames} frame{'s' * (result.frames != 1)} "
            f"in {result.seconds:.1f} s "
            f"({result.fps:.1f} fps, {result.device})",
            err=to_stderr,
        )
