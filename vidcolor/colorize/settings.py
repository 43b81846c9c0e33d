"""The settings that make a film, for its metadata."""

from collections.abc import Sequence
from fractions import Fraction
from importlib.metadata import version

from vidcolor.colorize.colorizer import Colorizer


def describe(
    colorizer: Colorizer,
    cuts: Sequence[Fraction] | None,
    two_pass: bool = False,
    split_screen: bool = False,
) -> str:
    """The version, weights and settings that make a film, for its metadata."""
    made = settings(colorizer, cuts, two_pass, split_screen)
    named = (f"{name}={value}" for name, value in made.items())
    return f"vidcolor {version('vidcolor')} {' '.join(named)}"


def settings(
    colorizer: Colorizer,
    cuts: Sequence[Fraction] | None,
    two_pass: bool = False,
    split_screen: bool = False,
) -> dict[str, str]:
    """What decides the colours, by the names of the options."""
    decoding, kernel, controls = colorizer.decoding, colorizer.kernel, colorizer.controls
    return {
        "weights": colorizer.name,
        "temperature": f"{decoding.temperature:g}",
        "rebalance": f"{decoding.rebalance:g}",
        "saturation": f"{controls.saturation:g}",
        "min-confidence": f"{controls.min_confidence:g}",
        "working-size": str(decoding.working_size),
        "decay": f"{kernel.decay:g}",
        "window": str(kernel.window),
        "look-ahead": str(kernel.ahead),
        "motion": "on" if colorizer.motion else "off",
        "cuts": "auto" if cuts is None else "listed" if cuts else "off",
        "two-pass": "on" if two_pass else "off",
        "refine": "levin" if colorizer.refine else "off",
        "split-screen": "on" if split_screen else "off",
        "precision": str(colorizer.predictor.precision).removeprefix("torch."),
        "batch-size": str(colorizer.batch_size),
    }
