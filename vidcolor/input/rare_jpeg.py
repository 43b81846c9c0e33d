"""JPEG files that Pillow does not decode: of 12 bits, lossless ones, and JPEG-LS."""

from pathlib import Path

import imagecodecs
import numpy as np

from vidcolor.input.samples import spread
from vidcolor.kinds import BASELINE, JPEG_LS, jpeg_frame


def usual_jpeg(path: Path) -> bytes:
    """Return the file with the header of a usual one, by which Pillow reads all but the pixels."""
    place, _, _ = _frame(path)
    changed = bytearray(path.read_bytes())
    changed[place] = BASELINE
    changed[place + 3] = 8
    return bytes(changed)


def decode_rare_jpeg(path: Path) -> np.ndarray:
    """Return the samples, (H, W) or (H, W, channels), over the whole range of uint8 or uint16."""
    _, marker, bits = _frame(path)
    decode = imagecodecs.jpegls_decode if marker == JPEG_LS else imagecodecs.jpeg_decode
    return spread(decode(path.read_bytes()), bits)


def _frame(path: Path) -> tuple[int, int, int]:
    with path.open("rb") as file:
        found = jpeg_frame(file)
    if found is None:
        raise ValueError("a JPEG file without a frame")
    return found
