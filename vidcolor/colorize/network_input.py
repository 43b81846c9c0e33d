"""What the network is shown of a picture: its active luma, upright, at working size."""

import numpy as np
import torch

from vidcolor.colorize.film_format import FilmFormat
from vidcolor.net.predictor import working_shape
from vidcolor.net.shrink import shrink


class NetworkInput:
    """Crops the black bars of a film's pictures, shrinks them and turns them upright.

    Args:
        film_format: of progressive pictures.
        working_size: the long side, in pixels, at which the network sees them.
        multiple: what both sides are multiples of.
    """

    def __init__(self, film_format: FilmFormat, working_size: int, multiple: int) -> None:
        self._film_format = film_format
        self._shape = working_shape(
            *film_format.active_luma.shape, film_format.pixel_aspect, working_size, multiple
        )

    @property
    def shape(self) -> tuple[int, int]:
        """(h, w) of what the network is shown."""
        height, width = self._shape
        return (width, height) if self._film_format.quarter_turns % 2 else self._shape

    def __call__(self, plane: np.ndarray, device: torch.device) -> torch.Tensor:
        """Turn luma codes (H, W) into (1, 1, h, w) float32 in [0, 1] on a device."""
        film_format = self._film_format.of(plane)
        active = plane[film_format.active_luma.inside]
        codes = torch.from_numpy(shrink(active, self._shape))[None, None]
        luma = film_format.codes.luma_to_unit(codes.to(device))
        return torch.rot90(luma, film_format.quarter_turns, (-2, -1))
