"""What the network is shown of a picture: its active luma, upright, at working size."""

import numpy as np
import torch

from vidcolor.colorize.film_format import FilmFormat
from vidcolor.net.predictor import resize, working_shape


class NetworkInput:
    """Crops the black bars of a film's pictures, resizes them and turns them upright.

    Args:
        film_format: of progressive pictures.
        working_size: the long side, in pixels, at which the network sees them.
        multiple: what both sides are multiples of.
        plane: as for `Predict`.
    """

    def __init__(
        self, film_format: FilmFormat, working_size: int, multiple: int, plane: np.ndarray
    ) -> None:
        self._film_format = film_format
        self._shape = working_shape(
            *film_format.active_luma.shape, film_format.pixel_aspect, working_size, multiple
        )
        self._plane = plane
        # Of a whole frame among fields; at working size it has the same shape as they.
        woven = film_format.woven
        self._woven = np.empty(woven.active_luma.shape, np.float32) if woven else plane

    @property
    def shape(self) -> tuple[int, int]:
        """(h, w) of what the network is shown."""
        height, width = self._shape
        return (width, height) if self._film_format.quarter_turns % 2 else self._shape

    def __call__(self, plane: np.ndarray, device: torch.device) -> torch.Tensor:
        """Turn luma codes (H, W) into (1, 1, h, w) float32 in [0, 1] on a device."""
        film_format = self._film_format.of(plane)
        scratch = self._plane
        if film_format is not self._film_format:
            scratch = self._woven
        np.copyto(scratch, plane[film_format.active_luma.inside])
        codes = torch.from_numpy(scratch).to(device)
        luma = film_format.codes.luma_to_unit(resize(codes[None, None], self._shape))
        return torch.rot90(luma, film_format.quarter_turns, (-2, -1))
