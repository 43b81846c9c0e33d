"""Chroma planes at the size that the film stores, from UV at the size of the network's cells."""

import cv2
import numpy as np
import torch

from vidcolor.color.yuv import chroma_in, chroma_offsets, fit_to_luma
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.luma_bounds import LumaBounds
from vidcolor.colorize.scratch import Scratch
from vidcolor.net.predictor import resize

_FINEST = 4
"""The last enlargement, which is linear, is at most so many times, ..."""
_BETWEEN = 3
"""... and what it begins from has at least so many samples for each one given."""
_LEAST = 1e-3
"""Codes by which a chroma moves red, green or blue at the least, to divide by."""


class ChromaPlanes:
    """Turns UV of the pictures of one film into codes that their luma can carry."""

    def __init__(self) -> None:
        self._bounds = LumaBounds()
        self._scratch = Scratch()

    def __call__(self, film_format: FilmFormat, uv: torch.Tensor, plane: np.ndarray) -> np.ndarray:
        """Return the codes of a picture, (2, *chroma_shape); black bars are grey.

        Args:
            film_format: of the picture.
            uv: (2, h, w) float32, as the film stores it, of BT.709.
            plane: the picture's luma codes.
        """
        codes, active = film_format.codes, film_format.active_chroma
        bounds = self._bounds(plane[film_format.active_luma.inside], active.shape)
        make = self._on_cpu if uv.device.type == "cpu" else _on_device
        fitted = make(film_format, uv, *bounds)
        if active.shape == film_format.chroma_shape:
            return fitted
        whole = np.full((2, *film_format.chroma_shape), codes.neutral, codes.dtype)
        whole[:, *active.inside] = fitted
        return whole

    def _on_cpu(
        self,
        film_format: FilmFormat,
        uv: torch.Tensor,
        darkest: np.ndarray,
        brightest: np.ndarray,
    ) -> np.ndarray:
        """Return the codes of the active picture, nearly those of `_on_device`.

        UV is enlarged as there, but not to the end; the rest is linear. So is how far a chroma
        moves red, green and blue up and down at most, in place of being computed for each sample:
        the interpolated reach is as long as the true one or longer, and every colour exists.
        """
        codes, (height, width) = film_format.codes, film_format.active_chroma.shape
        size = _between(uv.shape[1], height), _between(uv.shape[2], width)
        uv = chroma_in(film_format.matrix, resize(uv[None], size)[0])
        offsets = torch.stack(chroma_offsets(uv[0], uv[1], film_format.matrix))
        reach = torch.stack([offsets.amax(0), -offsets.amin(0)])
        reach = (reach * (codes.white - codes.black)).clamp_min_(_LEAST)
        coarse = torch.cat([uv * codes.chroma_span, reach]).numpy()
        planes = self._scratch("planes", (4, height, width), np.float32)
        for source, target in zip(coarse, planes, strict=True):
            cv2.resize(source, (width, height), target, interpolation=cv2.INTER_LINEAR)
        *chroma, up, down = planes
        # OpenCV's differences of codes stop at 0, and it divides codes by floats without a copy.
        room = self._scratch("room", (height, width), codes.dtype)
        cv2.subtract(codes.white, brightest, room)  # type: ignore[call-overload]
        cv2.divide(room, up, up, 1, cv2.CV_32F)
        cv2.subtract(darkest, codes.black, room)  # type: ignore[call-overload]
        cv2.divide(room, down, down, 1, cv2.CV_32F)
        _, factor = cv2.threshold(cv2.min(up, down, up), 1, 0, cv2.THRESH_TRUNC, up)  # 1 at most
        fitted = np.empty((2, height, width), codes.dtype)
        for plane, target in zip(chroma, fitted, strict=True):
            cv2.multiply(plane, factor, plane)
            if codes.depth == 8:
                cv2.convertScaleAbs(plane, target, 1, codes.neutral)
            else:
                plane += codes.neutral
                target[:] = np.rint(plane, out=plane)
        return fitted


def _on_device(
    film_format: FilmFormat, uv: torch.Tensor, darkest: np.ndarray, brightest: np.ndarray
) -> np.ndarray:
    """Return the codes of the active picture, (2, height, width).

    darkest, brightest: the bounds of its luma, codes of that height and width.
    """
    codes = film_format.codes
    low, high = (
        codes.luma_to_unit(torch.from_numpy(extreme.astype(np.float32)).to(uv.device))[None]
        for extreme in (darkest, brightest)
    )
    uv = chroma_in(film_format.matrix, resize(uv[None], film_format.active_chroma.shape)[0])
    fitted = fit_to_luma(uv, low, high, film_format.matrix)
    made: np.ndarray = codes.chroma_to_codes(fitted).cpu().numpy().astype(codes.dtype)
    return made


def _between(given: int, wanted: int) -> int:
    """Return the samples along a side to which the bicubic filter enlarges it, or shrinks it."""
    times = next(n for n in (_FINEST, 2, 1) if n == 1 or wanted >= n * _BETWEEN * given)
    return -(-wanted // times)
