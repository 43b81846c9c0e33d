"""OpenVINO, imported without the part of it that reports its use.

`import openvino` brings its converter of models along, which tells Intel over the network that it
was imported, and makes a folder in the user's home. vidcolor converts no models.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_CONVERTER = "openvino.tools.ovc"


@contextmanager
def _without_converter() -> Iterator[None]:
    """Import OpenVINO without its converter in this context, unless it is imported already."""
    if "openvino" in sys.modules:
        yield
        return
    sys.modules[_CONVERTER] = None  # type: ignore[assignment]  # makes an import raise ImportError
    try:
        yield
    finally:
        del sys.modules[_CONVERTER]


with _without_converter():
    import openvino
    from openvino import opset13 as ops

__all__ = ["openvino", "ops"]
