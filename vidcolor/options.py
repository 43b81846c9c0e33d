"""What several commands take, and what they make of it."""

import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vidcolor.errors import UsageError
from vidcolor.signals import undivided

if TYPE_CHECKING:
    from vidcolor.colorizer import Colorizer

PATH = click.Path(path_type=Path, readable=False)


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


def picture_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that decide the colour, given to `command` as one dictionary, `picture`."""

    @wraps(command)
    def gathered(**given: Any) -> None:
        picture = {name: given.pop(name) for name in _PICTURE_OPTIONS}
        command(picture=picture, **given)

    for option in reversed(_PICTURE_OPTIONS.values()):
        gathered = option(gathered)
    return gathered


def make_colorizer(
    weights: str,
    temperature: float | None,
    rebalance: float | None,
    decay: float,
    window: int,
    look_ahead: int | None,
    motion: str,
    refine: str,
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
        refine=refine == "levin",
        device=device,
        precision=precision,
        batch_size=batch_size,
    )


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


@contextmanager
def progress_bar(
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
