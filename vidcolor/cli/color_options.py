"""The options that decide the color, which many commands take; they make a `ColorSettings`."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from vidcolor.cli.address_space import require_room
from vidcolor.cli.lazy import lazily
from vidcolor.cli.types import PATH, CutList, Device, Number, PictureName, Switch
from vidcolor.colorize.settings import BOUNDS, ColorSettings
from vidcolor.errors import CheckpointError, InputError
from vidcolor.net.bundled import bundled

with lazily():
    from vidcolor.pipeline import film_settings

DEFAULTS = ColorSettings()

SETTING_OPTIONS = {
    "weights": click.option(
        "--weights", default=DEFAULTS.weights, show_default=True, help="A bundled name, or a file."
    ),
    "temperature": click.option(
        "--temperature",
        type=Number(*BOUNDS["temperature"]),
        help="How vivid: 1 is calm, towards 0 is vivid, 0 takes the likeliest bin alone. "
        "Default: the weights' own.",
    ),
    "rebalance": click.option(
        "--rebalance",
        type=Number(*BOUNDS["rebalance"]),
        help="How much to favour rare colours: 0 not at all, 1 fully. Default: the weights' own.",
    ),
    "saturation": click.option(
        "--saturation",
        type=Number(*BOUNDS["saturation"]),
        help="Multiplies the strength of the colours: 1 leaves it, 0 makes them grey. Default: the "
        "weights' own.",
    ),
    "min_confidence": click.option(
        "--min-confidence",
        default=DEFAULTS.min_confidence,
        show_default=True,
        type=Number(*BOUNDS["min_confidence"]),
        help="Let colour fade where the likeliest bin's probability is below this; 0 turns this "
        "off.",
    ),
    "pool": click.option(
        "--pool",
        type=Switch(),
        help="on: places of like luma share what the network believes, which calms blotches on "
        "walls and coats. Default: as the weights say.",
    ),
    "decay": click.option(
        "--decay",
        default=DEFAULTS.decay,
        show_default=True,
        type=Number(0),
        help="Smoothing over time: how fast past frames lose weight.",
    ),
    "window": click.option(
        "--window",
        default=DEFAULTS.window,
        show_default=True,
        type=click.IntRange(0, 1000),
        help="Smoothing over time: how many past frames count; 0 turns it off.",
    ),
    "look_ahead": click.option(
        "--look-ahead",
        type=click.IntRange(0, 1000),
        help="Smoothing over time: how many coming frames count. Default: 10, or the window if "
        "that is shorter; 0 with --motion off.",
    ),
    "motion": click.option(
        "--motion",
        default="on",
        show_default=True,
        type=Switch(),
        help="Smoothing over time: on follows what moves; off is the published kernel.",
    ),
    "every": click.option(
        "--every",
        type=click.IntRange(1, 100),
        help="The network sees one frame in so many, and the first of each shot; the colour of "
        "those between follows their motion. 1: it sees all. Default: 3; 1 with --motion off, or "
        "with a window under 3.",
    ),
    "cuts": click.option(
        "--cuts",
        default="auto",
        show_default=True,
        type=CutList(),
        help="Where shots begin: auto finds it, off means no cuts, FILE lists the times, one a "
        "line. Smoothing never crosses a cut.",
    ),
    "refine": click.option(
        "--refine",
        default="off",
        show_default=True,
        type=click.Choice(["off", "levin"]),
        help="levin: spread colour from where the network is sure up to the edges of the luma.",
    ),
    "working_size": click.option(
        "--working-size",
        type=click.IntRange(32, 4096),
        help="Long side, in pixels, at which the network sees the film. Default: the weights' own.",
    ),
    "precision": click.option(
        "--precision",
        default="auto",
        show_default=True,
        type=click.Choice(["auto", "fp32", "bf16", "fp16"]),
        help="Number format in the network; auto takes bf16 if the device computes it, else fp32.",
    ),
    "engine": click.option(
        "--engine",
        default="auto",
        show_default=True,
        type=click.Choice(["auto", "torch", "openvino"]),
        help="Library that computes the network; auto takes OpenVINO on a CPU if it is installed.",
    ),
    "batch_size": click.option(
        "--batch-size",
        show_default="2 with OpenVINO, of small frames up to 8; otherwise 8, on a GPU up to 16",
        type=click.IntRange(1, 1024),
        help="Frames that go through the network at once.",
    ),
    "like": click.option(
        "--like",
        type=PictureName(),
        metavar="PICTURE",
        help="Make colours as frequent in each shot as they are in this picture.",
    ),
    "like_strength": click.option(
        "--like-strength",
        default=DEFAULTS.like_strength,
        show_default=True,
        type=Number(*BOUNDS["like_strength"]),
        help="How far --like goes: from 0, not at all, to 1, all the way.",
    ),
    "saturation_like": click.option(
        "--saturation-like",
        type=Number(*BOUNDS["saturation_like"]),
        metavar="S",
        help="Give each shot this mean saturation, from 0, grey, to 1 (the S of HSV).",
    ),
    "sample": click.option(
        "--sample",
        type=click.IntRange(0, int(BOUNDS["sample"][1])),
        metavar="SEED",
        help="Draw one of the likely colourings, another for each seed. What looks alike is drawn "
        "alike all over a shot.",
    ),
    "representative": click.option(
        "--representative",
        is_flag=True,
        help="Let of each shot the frame that shows most of it give the others their colour: "
        "steadier. The film is read beforehand.",
    ),
    "hint_size": click.option(
        "--hint-size",
        type=click.IntRange(int(BOUNDS["hint_size"][0]), int(BOUNDS["hint_size"][1])),
        help="Long side, in pixels, at which hints spread: larger for small things, and slower. "
        "Default: the working size.",
    ),
}
"""By the names of the fields of `ColorSettings`, in the order of a command line."""

DEVICE_OPTION = click.option(
    "--device",
    default="auto",
    show_default=True,
    type=Device(),
    help="Processor for the network: auto, cpu, cuda, cuda:N or mps; auto prefers a GPU.",
)

_SETTINGS_FROM = click.option(
    "--settings-from",
    type=PATH,
    metavar="FILM",
    help="Read the settings from a film that vidcolor colorized; other options that you give "
    "replace them.",
)


def color_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that decide the color; they come as `settings` and `device`."""

    @wraps(command)
    def gathered(settings_from: Path | None, **given: Any) -> None:
        values = {name: given.pop(name) for name in SETTING_OPTIONS}
        if settings_from is None:
            settings = ColorSettings(**values)
        else:
            settings = _settings_from(settings_from, values)
        require_room()  # before the network's libraries, which load as it is made
        command(settings=settings, **given)

    for option in (_SETTINGS_FROM, DEVICE_OPTION, *reversed(SETTING_OPTIONS.values())):
        gathered = option(gathered)
    return gathered


def given_settings() -> frozenset[str]:
    """Return the names of the settings that options of the present command give.

    With those of an earlier film, that is all of them.
    """
    context = click.get_current_context()
    names = frozenset(SETTING_OPTIONS)
    if context.params.get("settings_from") is not None:
        return names
    line = ParameterSource.COMMANDLINE
    return frozenset(name for name in names if context.get_parameter_source(name) is line)


def _settings_from(film: Path, values: dict[str, Any]) -> ColorSettings:
    """Return the settings that made a film, but for the options that the user gave.

    values: of all options. Raises InputError if the film holds no settings, or impossible ones,
    and CheckpointError if its weights are not bundled and none are given.
    """
    context = click.get_current_context()
    given = {
        name: value
        for name, value in values.items()
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    }
    settings = film_settings.film_settings(film)
    _check_bounds(film, settings, context)
    if "like" in given:
        settings = replace(settings, like_sha256=None)
    if "weights" in given:
        return replace(settings, weights_sha256=None, **given)
    if settings.weights not in bundled():
        raise CheckpointError(
            f"{film}: was made with the weights '{settings.weights}', which are not bundled; name "
            "their file with --weights"
        )
    return replace(settings, **given)


def _check_bounds(film: Path, settings: ColorSettings, context: click.Context) -> None:
    """Raise InputError if the command line would refuse a film's settings."""
    texts = settings.as_options()
    for option in context.command.params:
        if option.name not in SETTING_OPTIONS or option.name == "cuts":
            continue
        name = option.name.replace("_", "-")
        if name not in texts:
            continue
        try:
            option.type.convert(texts[name], option, context)
        except click.BadParameter as error:
            raise InputError(f"{film}: its settings are damaged: {name}: {error.message}") from None
