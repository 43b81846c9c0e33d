"""Memory that is used again and again: new memory would cost more than filling it."""

from typing import Any

import numpy as np


class Scratch:
    """Keeps arrays, by what they are for, their shape and their dtype."""

    def __init__(self) -> None:
        self._arrays: dict[tuple[str, tuple[int, ...], Any], np.ndarray] = {}

    def __call__(self, name: str, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """Return an array of any content, the same one whenever it is asked for."""
        key = name, shape, np.dtype(dtype)
        if key not in self._arrays:
            self._arrays[key] = np.empty(shape, dtype)
        return self._arrays[key]
