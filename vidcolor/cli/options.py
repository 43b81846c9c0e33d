"""Options that several commands take, and the values they stand for."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import click

from vidcolor.cli.lazy import lazily
from vidcolor.cli.types import PATH, Device, Number, Seconds
from vidcolor.errors import UsageError
from vidcolor.net.bundled import DEFAULT

with lazily():
    from vidcolor.colorize import colorizer, controls
    from vidcolor.net import checkpoint
    from vidcolor.output import encoders
    from vidcolor.temporal import smoothing

if TYPE_CHECKING:
    from vidcolor.net.predictor import Predictor

    Networks: TypeAlias = dict[tuple[str, str, str], tuple[checkpoint.Checkpoint, Predictor]]

Command = TypeVar("Command", bound=Callable[..., None])


def output_option(text: str, metavar: str | None = None) -> Callable[[Command], Command]:
    """Add --output, which gives `output`, a path, or None for the default. text: the help."""
    return click.option("-o", "--output", type=PATH, metavar=metavar, help=text)


def overwrite_option(text: str) -> Callable[[Command], Command]:
    """Add --overwrite, which gives the flag `overwrite`. text: the help."""
    return click.option("--overwrite", "-y", is_flag=True, help=text)


def frames_option(text: str) -> Callable[[Command], Command]:
    """Add --frames, which gives `frames`, the most that a sheet shows. text: the help."""
    return click.option(
        "-n", "--frames", default=8, show_default=True, type=click.IntRange(1, 64), help=text
    )


def span_options(start: str, duration: str) -> Callable[[Command], Command]:
    """Add --start and --duration, which give seconds or None. start, duration: their help."""

    def span(command: Command) -> Command:
        command = click.option("--duration", type=Seconds(), help=duration)(command)
        return click.option("--start", type=Seconds(), help=start)(command)

    return span


def json_option(text: str) -> Callable[[Command], Command]:
    """Add --json, which gives the flag `as_json`. text: the help."""
    return click.option("--json", "as_json", is_flag=True, help=text)


show_option = click.option(
    "--show", is_flag=True, help="Draw it here too, in a terminal that can show pictures."
)
"""Adds --show, which gives the flag `show`."""

PICTURE_OPTIONS = {
    "weights": click.option(
        "--weights", default=DEFAULT, show_default=True, help="Bundled name or file."
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
    "saturation": click.option(
        "--saturation",
        default=1.0,
        show_default=True,
        type=Number(0, 4),
        help="Factor on the colours' strength: 0 is grey.",
    ),
    "min_confidence": click.option(
        "--min-confidence",
        default=0.0,
        show_default=True,
        type=Number(0, 1),
        help="Colour fades where the likeliest bin's probability is below this; 0 for nowhere.",
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
    "refine": click.option(
        "--refine",
        default="off",
        show_default=True,
        type=click.Choice(["off", "levin"]),
        help="levin: colour spreads from where the network is sure, up to edges of the luma.",
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


_ENCODER_OPTIONS = {
    "encoder": click.option("--encoder", help="Default: libx264; libvpx-vp9 for .webm."),
    "crf": click.option(
        "--crf", type=int, help="Quality, lower is better. Default: 18 for libx264."
    ),
    "preset": click.option("--preset", help="Speed against size. Default: medium for libx264."),
    "encoder_options": click.option(
        "--encoder-option",
        "encoder_options",
        multiple=True,
        metavar="KEY=VALUE",
        help="Passed to the encoder as it is; may be repeated.",
    ),
}


def picture_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that decide the colour; they come as one dictionary, `picture`."""
    return _gathered(command, "picture", PICTURE_OPTIONS)


def encoder_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of the encoder; they come as one dictionary, `encoding`."""
    return _gathered(command, "encoding", _ENCODER_OPTIONS)


def _gathered(
    command: Callable[..., None], name: str, options: dict[str, Callable[..., Any]]
) -> Callable[..., None]:
    """Add `options` to `command`, which is given their values as one dictionary called `name`."""

    @wraps(command)
    def gathered(**given: Any) -> None:
        command(**{name: {option: given.pop(option) for option in options}}, **given)

    for option in reversed(options.values()):
        gathered = option(gathered)
    return gathered


def make_colorizer(
    weights: str,
    temperature: float | None,
    rebalance: float | None,
    saturation: float,
    min_confidence: float,
    decay: float,
    window: int,
    look_ahead: int | None,
    motion: str,
    refine: str,
    working_size: int | None,
    device: str,
    precision: str,
    batch_size: int,
    networks: "Networks | None" = None,
) -> "colorizer.Colorizer":
    """Make the colorizer that the picture options, all but --cuts, describe.

    networks: those of earlier colorizers, by weights, device and precision, are taken from there,
    a new one is added.
    """
    if networks is None:
        networks = {}
    network, predictor = networks.get((weights, device, precision)) or (
        checkpoint.load(weights),
        None,
    )
    if look_ahead is None:
        look_ahead = default_look_ahead(window, motion)
    given = {
        "temperature": temperature,
        "rebalance": rebalance,
        "working_size": working_size,
    }
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    made = colorizer.Colorizer(
        network,
        decoding=replace(network.decoding, **changes),
        controls=controls.Controls(saturation, min_confidence),
        kernel=smoothing.ExponentialDecay(decay, window, look_ahead),
        motion=motion == "on",
        refine=refine == "levin",
        device=device,
        precision=precision,
        batch_size=batch_size,
        predictor=predictor,
    )
    networks[weights, device, precision] = network, made.predictor
    return made


def default_look_ahead(window: int, motion: str) -> int:
    """Return how many coming frames smoothing uses where --look-ahead does not say."""
    if motion == "on":
        return min(smoothing.STEADY.ahead, window)
    return smoothing.PUBLISHED.ahead


def encoder_settings(
    encoder: str | None, crf: int | None, preset: str | None, encoder_options: tuple[str, ...]
) -> "encoders.EncoderSettings":
    """Make the settings that the encoder options describe. Raises UsageError."""
    pairs = []
    for option in encoder_options:
        key, separator, value = option.partition("=")
        if not (key and separator):
            raise UsageError(f"--encoder-option takes KEY=VALUE, not '{option}'")
        pairs.append((key, value))
    return encoders.EncoderSettings(encoder, crf, preset, tuple(pairs))


def read_cuts(value: str) -> tuple[Fraction, ...] | None:
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
