"""vidcolor turns black-and-white film into colour.

    from pathlib import Path
    from vidcolor import Colorizer, colorize_file, load

    colorizer = Colorizer(load("film"))
    colorize_file(Path("film.mkv"), Path("film.color.mkv"), colorizer)

Names below are imported when first used, so that importing vidcolor costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vidcolor.colorize.colorizer import Colorizer
    from vidcolor.colorize.controls import Controls
    from vidcolor.colorize.settings import ColorSettings
    from vidcolor.errors import VidcolorError
    from vidcolor.frame_sequence import FrameSequence
    from vidcolor.hints.file import Hints
    from vidcolor.hints.marks import Palette, Point, Region, Stroke
    from vidcolor.net.checkpoint import Checkpoint, load
    from vidcolor.net.decoding import Decoding
    from vidcolor.output.encoders import EncoderSettings
    from vidcolor.pipeline.film import Result, colorize_file
    from vidcolor.temporal.kernel import ExponentialDecay

_HOMES = {
    "Checkpoint": "net.checkpoint",
    "Decoding": "net.decoding",
    "load": "net.checkpoint",
    "Colorizer": "colorize.colorizer",
    "ColorSettings": "colorize.settings",
    "Controls": "colorize.controls",
    "EncoderSettings": "output.encoders",
    "FrameSequence": "frame_sequence",
    "Hints": "hints.file",
    "Palette": "hints.marks",
    "Point": "hints.marks",
    "Region": "hints.marks",
    "Stroke": "hints.marks",
    "VidcolorError": "errors",
    "Result": "pipeline.film",
    "colorize_file": "pipeline.film",
    "ExponentialDecay": "temporal.kernel",
}

__all__ = [
    "Checkpoint",
    "ColorSettings",
    "Colorizer",
    "Controls",
    "Decoding",
    "EncoderSettings",
    "ExponentialDecay",
    "FrameSequence",
    "Hints",
    "Palette",
    "Point",
    "Region",
    "Result",
    "Stroke",
    "VidcolorError",
    "colorize_file",
    "load",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'vidcolor' has no attribute '{name}'")
    return getattr(import_module(f"vidcolor.{_HOMES[name]}"), name)
