"""A photograph from file to file."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from vidcolor.color import CodeRange, rgb_to_yuv, yuv_to_rgb
from vidcolor.colorizer import Colorizer, FilmFormat
from vidcolor.errors import (
    InputError,
    OutputError,
    UnsupportedError,
    UsageError,
    is_out_of_memory,
)
from vidcolor.limits import PHOTOGRAPH_PIXELS, PIXELS_VARIABLE, max_pixels
from vidcolor.naming import STILL_SUFFIXES, is_still
from vidcolor.pipeline import Result
from vidcolor.record import LOOK_NOTES, MEMORY_NOTE
from vidcolor.target import Target
from vidcolor.tint import look

_HOLD_16_BITS = (".png", ".tif", ".tiff")
_DEPTHS = {np.dtype(np.uint8): 8, np.dtype(np.uint16): 16}


def colorize_still(
    source: Path,
    output: Path,
    colorizer: Colorizer,
    *,
    overwrite: bool = False,
    strict: bool = False,
    split_screen: bool = False,
    note: Callable[[str], None] = lambda line: None,
) -> Result:
    """Colorize a photograph of 8 or 16 bits; the output has the source's size and depth.

    strict: an alpha channel, which is left out, is an OutputError. split_screen: the left half
    stays grey. note is given each of the result's notes. Raises VidcolorError.
    """
    began = time.monotonic()
    if not is_still(output):
        raise UsageError(f"{output}: a photograph is written as one of: {' '.join(STILL_SUFFIXES)}")
    notes = []
    target = Target(output, source, overwrite)
    bgr, has_alpha = read_photograph(source)
    if bgr.dtype != np.uint8 and output.suffix.lower() not in _HOLD_16_BITS:
        raise UnsupportedError(
            f"{output}: can't hold 16 bits; name the output {', '.join(_HOLD_16_BITS)}"
        )
    if has_alpha and strict:
        raise OutputError(
            f"{output}: left out: the alpha channel; remove it from {source.name}, "
            "or leave --strict out"
        )
    if has_alpha:
        notes.append("left out: the alpha channel")
    codes, yuv = _yuv(bgr)
    luma = yuv[0].round().astype(bgr.dtype)
    shown = look(*(component.ravel() / codes.peak for component in yuv))
    if shown in LOOK_NOTES:
        notes.append(LOOK_NOTES[shown])
    for line in notes:
        note(line)

    batch_size = colorizer.batch_size
    picture = colorizer.film(FilmFormat(codes, luma.shape, luma.shape))
    (colour,) = picture([luma]) + picture.finish()
    if colorizer.batch_size < batch_size:
        notes.append(MEMORY_NOTE)
        note(MEMORY_NOTE)
    if split_screen:
        colour.chroma[..., : luma.shape[1] // 2] = codes.neutral
    u, v = (colour.chroma.astype(np.float32) - codes.neutral) / codes.peak
    rgb = np.stack(yuv_to_rgb(luma.astype(np.float32) / codes.peak, u, v), 2)
    _write((rgb * codes.peak).round().clip(0, codes.peak).astype(bgr.dtype), target, output)
    device = str(colorizer.predictor.device)
    seconds = time.monotonic() - began
    return Result(output, 1, seconds, device, tuple(notes), (0,), (colour.confidence,))


def read_photograph(path: Path) -> tuple[np.ndarray, bool]:
    """(H, W, 3) BGR, uint8 or uint16, upright; and whether an alpha channel was left out.

    Raises InputError, UnsupportedError.
    """
    limit = max_pixels(PHOTOGRAPH_PIXELS)
    os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(limit))  # read at the import
    import cv2

    try:
        content = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise InputError(f"{path}: can't be read: {error.strerror}") from error
    try:
        whole = cv2.imdecode(content, cv2.IMREAD_UNCHANGED) if content.size else None
    except cv2.error as error:
        if is_out_of_memory(error):
            raise
        raise UnsupportedError(
            f"{path}: more than {limit} pixels ({PIXELS_VARIABLE} sets another limit)"
        ) from None
    if whole is None:
        raise InputError(f"{path}: not a readable photograph; is the file complete?")
    if whole.dtype not in _DEPTHS:
        raise UnsupportedError(f"{path}: has {whole.dtype} samples; convert it to 8 or 16 bits")
    picture = cv2.imdecode(content, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    assert picture is not None
    return picture, whole.ndim == 3 and whole.shape[2] == 4


def luma_of(bgr: np.ndarray) -> tuple[CodeRange, np.ndarray]:
    """How the samples of (H, W, 3) BGR are coded, and its luma, (H, W) codes of the same dtype."""
    codes, (y, _, _) = _yuv(bgr)
    return codes, y.round().astype(bgr.dtype)


def _yuv(bgr: np.ndarray) -> tuple[CodeRange, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """How the samples are coded, and Y, U and V, (H, W) float32 each, in codes."""
    blue, green, red = bgr.astype(np.float32).transpose(2, 0, 1)
    return CodeRange(_DEPTHS[bgr.dtype], full=True), rgb_to_yuv(red, green, blue)


def _write(rgb: np.ndarray, target: Target, path: Path) -> None:
    import cv2

    try:
        encoded, content = cv2.imencode(path.suffix, rgb[..., ::-1])
    except cv2.error as error:
        raise OutputError(f"{path}: can't hold this picture; write a .png or .tif") from error
    if not encoded:
        raise OutputError(f"{path}: can't hold this picture; write a .png or .tif")
    target.fill(content.tobytes())
