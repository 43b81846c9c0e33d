"""Reading photographs: from a file to its samples and their luma."""

import os
from pathlib import Path

import numpy as np

from vidcolor.color.yuv import CodeRange, rgb_to_yuv
from vidcolor.errors import InputError, UnsupportedError, is_out_of_memory
from vidcolor.input.limits import PHOTOGRAPH_PIXELS, PIXELS_VARIABLE, max_pixels

_DEPTHS = {np.dtype(np.uint8): 8, np.dtype(np.uint16): 16}


def read_photograph(path: Path) -> tuple[np.ndarray, bool]:
    """Return a photograph, and whether an alpha channel was left out.

    It is (H, W, 3) BGR, uint8 or uint16, upright. Raises InputError, UnsupportedError.
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
    """Return how the samples of a photograph are coded, and its luma.

    bgr: (H, W, 3). The luma is (H, W) codes of the same dtype.
    """
    codes, (y, _, _) = yuv_codes(bgr)
    return codes, y.round().astype(bgr.dtype)


def yuv_codes(bgr: np.ndarray) -> tuple[CodeRange, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return how the samples of a photograph are coded, and Y, U and V.

    bgr: (H, W, 3). Y, U and V are (H, W) float32 each, in units of codes, U and V around 0.
    """
    blue, green, red = bgr.astype(np.float32).transpose(2, 0, 1)
    return CodeRange(_DEPTHS[bgr.dtype], full=True), rgb_to_yuv(red, green, blue)
