"""Draws pictures in the terminal, where it can show them.

It uses the kitty graphics protocol (sw.kovidgoyal.net/kitty/graphics-protocol), iTerm2's inline
images (iterm2.com/documentation-images.html) or sixels, whichever the terminal knows.
"""

import base64
import fcntl
import io
import os
import re
import select
import struct
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from PIL import Image

PATIENCE = 0.5
"""Seconds that a terminal has to say what it can do."""

_CHUNK = 4096
"""Characters of base64 that kitty takes at once."""
_CELL_WIDTH = 8
"""Pixels assumed for a terminal that does not say."""
_ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]*)c")
_SIXEL = b"4"
_LIKE_ITERM2 = ("iTerm.app", "WezTerm", "mintty")


@dataclass(frozen=True)
class Size:
    """The width of a terminal, in columns of text and in pixels."""

    columns: int
    pixels: int


Drawing = Callable[[bytes, Size], bytes]
"""A function from a PNG file to the control strings that draw it, no wider than the terminal."""


def show(png: bytes) -> bool:
    """Draw a picture on standard output, no wider than the terminal, and return True.

    Return False where standard output is no terminal, or one that can't show pictures.
    """
    if not sys.stdout.isatty() or not passes_on(os.environ):
        return False
    drawing = drawing_of(os.environ) or (sixel if _answers_sixels() else None)
    if drawing is None:
        return False
    sys.stdout.flush()
    sys.stdout.buffer.write(drawing(png, _size(sys.stdout.fileno())) + b"\n")
    sys.stdout.flush()
    return True


def passes_on(environment: Mapping[str, str]) -> bool:
    """Return True if pictures reach the terminal: tmux and screen let none through by default."""
    within = environment.get("TERM", "").startswith(("screen", "tmux"))
    return not within and not {"TMUX", "STY"} & environment.keys()


def drawing_of(environment: Mapping[str, str]) -> Drawing | None:
    """Return how to draw in the terminal that the environment names; None if it names none."""
    term, program = environment.get("TERM"), environment.get("TERM_PROGRAM")
    if "KITTY_WINDOW_ID" in environment or term == "xterm-kitty" or program == "ghostty":
        return kitty
    if program in _LIKE_ITERM2 or environment.get("LC_TERMINAL") == "iTerm2":
        return iterm2
    return None


def kitty(png: bytes, size: Size) -> bytes:
    """Draw by the kitty graphics protocol; this is a `Drawing`."""
    text = base64.b64encode(png)
    keys = b"a=T,f=100,q=2," + (b"c=%d," % size.columns if _width(png) > size.pixels else b"")
    strings = []
    for at in range(0, len(text), _CHUNK):
        more = at + _CHUNK < len(text)
        strings.append(b"\x1b_G%sm=%d;%s\x1b\\" % (keys, more, text[at : at + _CHUNK]))
        keys = b""
    return b"".join(strings)


def iterm2(png: bytes, size: Size) -> bytes:
    """Draw as an inline image of iTerm2; this is a `Drawing`."""
    width = b"100%" if _width(png) > size.pixels else b"auto"
    keys = b"inline=1;size=%d;width=%s" % (len(png), width)
    return b"\x1b]1337;File=%s:%s\x07" % (keys, base64.b64encode(png))


def sixel(png: bytes, size: Size) -> bytes:
    """Draw in sixels; this is a `Drawing`."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.thumbnail((size.pixels, picture.height), Image.Resampling.LANCZOS)
    return sixels(picture)


def knows_sixels(terminal: int) -> bool:
    """Return True if the terminal at this descriptor lists sixels in its Primary Device Attributes.

    Return False if no answer comes within `PATIENCE`, or this process is not in its foreground.
    """
    if os.tcgetpgrp(terminal) != os.getpgrp():
        return False
    with _unbuffered(terminal):
        os.write(terminal, b"\x1b[c")
        answer, end = b"", time.monotonic() + PATIENCE
        while not (found := _ATTRIBUTES.search(answer)):
            if not select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
                return False
            answer += os.read(terminal, 1024)
    return _SIXEL in found[1].split(b";")


def _answers_sixels() -> bool:
    if os.environ.get("TERM", "") in ("", "dumb"):
        return False  # the question would be shown as text
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return knows_sixels(terminal)
    finally:
        os.close(terminal)


@contextmanager
def _unbuffered(terminal: int) -> Iterator[None]:
    """Let input from the terminal arrive at once and without echo; restore its mode at the end."""
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)


def _size(terminal: int) -> Size:
    answer = fcntl.ioctl(terminal, termios.TIOCGWINSZ, bytes(8))
    _, columns, pixels, _ = struct.unpack("4H", answer)
    columns = columns or 80
    return Size(columns, pixels or columns * _CELL_WIDTH)


def _width(png: bytes) -> int:
    return Image.open(io.BytesIO(png)).width


COLORS = 256
"""Colours in a picture: as many as terminals commonly have registers."""

_BAND = 6
"""Rows in a sixel; the lowest bit is the highest row."""
_RUN = re.compile(rb"(.)\1{3,}", re.DOTALL)


def sixels(picture: Image.Image) -> bytes:
    """Return the control string that draws an RGB picture, dithered to `COLORS` of its own."""
    own = picture.quantize(COLORS, Image.Quantize.FASTOCTREE)
    quantised = picture.quantize(palette=own)
    palette = np.array(quantised.getpalette(), float).reshape(-1, 3) / 255
    codes = np.asarray(quantised)
    percent = (100 * palette).round().astype(int).tolist()
    registers = (b"#%d;2;%d;%d;%d" % (i, *rgb) for i, rgb in enumerate(percent))
    bands = (b"$".join(_band(codes[top : top + _BAND])) for top in range(0, len(codes), _BAND))
    size = b'"1;1;%d;%d' % picture.size
    return b"\x1bPq" + size + b"".join(registers) + b"-".join(bands) + b"\x1b\\"


def _band(codes: np.ndarray) -> Iterator[bytes]:
    """Yield a line of sixels for each colour in a band of up to six rows of codes (h, W)."""
    lit = np.zeros((COLORS, codes.shape[1]), np.uint8)
    for bit, row in enumerate(codes):
        lit[row, np.arange(len(row))] |= 1 << bit
    for color in np.unique(codes):
        line = (63 + lit[color]).tobytes()
        yield b"#%d" % color + _RUN.sub(_repeated, line.rstrip(b"?"))


def _repeated(run: re.Match[bytes]) -> bytes:
    return b"!%d%s" % (len(run[0]), run[1])
