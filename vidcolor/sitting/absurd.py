"""Photographs in absurd colours: to practise on, and to catch who does not look.

They are made of photographs that scikit-image and scikit-learn bring along, so that none of the
study's own is spent on them.
"""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

_HOMES = {
    "astronaut": ("skimage", "data/astronaut.png"),
    "china": ("sklearn", "datasets/images/china.jpg"),
    "coffee": ("skimage", "data/coffee.png"),
    "flower": ("sklearn", "datasets/images/flower.jpg"),
    "chelsea": ("skimage", "data/chelsea.png"),
}
STANDARDS = tuple(_HOMES)
"""The names of these photographs."""

_COLORED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "opposite colours": lambda uv: -1.5 * uv,
    "quarter turn": lambda uv: 1.5 * np.stack([-uv[1], uv[0]]),
    "all magenta": lambda uv: np.full_like(uv, 0.15),
    "other quarter turn": lambda uv: 1.5 * np.stack([uv[1], -uv[0]]),
}
COLORINGS = tuple(_COLORED)
"""The names of the absurd colours."""


def standard(name: str) -> Path:
    """Return the file of one of `STANDARDS`."""
    package, file = _HOMES[name]
    found = find_spec(package)  # without its import, which takes a second
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / file


def absurd(coloring: str, chroma: np.ndarray) -> np.ndarray:
    """Return chroma, (2, H, W) in [-0.5, 0.5], in one of `COLORINGS`; it may be out of range."""
    return _COLORED[coloring](chroma)
