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
    from vidcolor.checkpoint import Checkpoint, Decoding, load
    from vidcolor.colorizer import Colorizer
    from vidcolor.controls import Controls
    from vidcolor.encoders import EncoderSettings
    from vidcolor.errors import VidcolorError
    from vidcolor.pipeline import Result, colorize_file
    from vidcolor.temporal import ExponentialDecay

_HOMES = {
    "Checkpoint": "checkpoint",
    "Decoding": "checkpoint",
    "load": "checkpoint",
    "Colorizer": "colorizer",
    "Controls": "controls",
    "EncoderSettings": "encoders",
    "VidcolorError": "errors",
    "Result": "pipeline",
    "colorize_file": "pipeline",
    "ExponentialDecay": "temporal",
}

__all__ = [
    "Checkpoint",
    "Colorizer",
    "Controls",
    "Decoding",
    "EncoderSettings",
    "ExponentialDecay",
    "Result",
    "VidcolorError",
    "colorize_file",
    "load",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'vidcolor' has no attribute '{name}'")
    return getattr(import_module(f"vidcolor.{_HOMES[name]}"), name)
