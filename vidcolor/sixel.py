"""Pictures as sixels, as DEC's VT340 draws them (Programmer Reference, volume 2, chapter 14)."""

import re
from collections.abc import Iterator

import numpy as np
from PIL import Image

COLOURS = 256
"""As many as terminals commonly have registers."""

_BAND = 6
"""Rows in a sixel: the lowest bit is the highest row."""
_RUN = re.compile(rb"(.)\1{3,}", re.DOTALL)


def sixels(picture: Image.Image) -> bytes:
    """The control string that draws an RGB picture, in up to `COLOURS` of its own."""
    quantised = picture.quantize(COLOURS)
    palette = np.array(quantised.getpalette(), float).reshape(-1, 3) / 255
    codes = np.asarray(quantised)
    percent = (100 * palette).round().astype(int).tolist()
    registers = (b"#%d;2;%d;%d;%d" % (i, *rgb) for i, rgb in enumerate(percent))
    bands = (b"$".join(_band(codes[top : top + _BAND])) for top in range(0, len(codes), _BAND))
    size = b'"1;1;%d;%d' % picture.size
    return b"\x1bPq" + size + b"".join(registers) + b"-".join(bands) + b"\x1b\\"


def _band(codes: np.ndarray) -> Iterator[bytes]:
    """Of up to six rows (h, W), a line of sixels for each colour in them."""
    lit = np.zeros((COLOURS, codes.shape[1]), np.uint8)
    for bit, row in enumerate(codes):
        lit[row, np.arange(len(row))] |= 1 << bit
    for colour in np.unique(codes):
        line = (63 + lit[colour]).tobytes()
        yield b"#%d" % colour + _RUN.sub(_repeated, line.rstrip(b"?"))


def _repeated(run: re.Match[bytes]) -> bytes:
    return b"!%d%s" % (len(run[0]), run[1])
