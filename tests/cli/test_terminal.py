"""Pictures in the terminal: the bytes sent are the picture, and only terminals that show any get
them."""

import base64
import fcntl
import io
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vidcolor.cli.terminal import Size, drawing_of, iterm2, kitty, passes_on, show, sixel, sixels

WIDE, NARROW = Size(200, 1600), Size(5, 40)


def picture(width: int = 61, height: int = 47) -> Image.Image:
    """Of more than 256 colours, with runs and a last row of sixels that is not full."""
    rgb = np.random.default_rng(1).integers(0, 255, (height, width, 3)).astype(np.uint8)
    rgb[:20, 10:50] = (200, 30, 60)
    return Image.fromarray(rgb)


def png_of(image: Image.Image) -> bytes:
    content = io.BytesIO()
    image.save(content, "png")
    return content.getvalue()


def drawn(string: bytes) -> np.ndarray:
    """A sixel string as a terminal draws it, (H, W, 3) in whole percents; -1 where it does not."""
    data = re.fullmatch(rb"\x1bPq(.*)\x1b\\", string, re.DOTALL)[1].decode()
    _, _, width, height = map(int, re.match(r'"(\d+);(\d+);(\d+);(\d+)', data).groups())
    canvas = np.full((height + 6, width, 3), -1)
    registers: dict[int, list[int]] = {}
    color = x = y = 0
    rest = data[data.index("#") :]
    while rest:
        if found := re.match(r"#(\d+);2;(\d+);(\d+);(\d+)", rest):
            number, *rgb = map(int, found.groups())
            registers[number] = rgb
        elif found := re.match(r"#(\d+)", rest):
            color = int(found[1])
        elif found := re.match(r"[$-]", rest):
            x, y = 0, y + 6 * (found[0] == "-")
        elif found := re.match(r"(?:!(\d+))?([?-~])", rest):
            end = x + int(found[1] or 1)
            for bit in range(6):
                if (ord(found[2]) - 63) >> bit & 1:
                    canvas[y + bit, x:end] = registers[color]
            x = end
        else:
            raise AssertionError(rest[:20])
        rest = rest[found.end() :]
    assert (canvas[height:] == -1).all()
    return canvas[:height]


def test_sixels_are_the_quantised_picture() -> None:
    made = sixels(picture())
    palette = picture().quantize(256, Image.Quantize.FASTOCTREE)
    expected = np.asarray(picture().quantize(palette=palette).convert("RGB"))
    assert np.array_equal(drawn(made), (expected / 2.55).round())
    assert np.abs(drawn(made) * 2.55 - np.asarray(picture())).mean() < 12


def test_a_sixel_picture_is_no_wider_than_the_terminal() -> None:
    assert drawn(sixel(png_of(picture()), NARROW)).shape == (31, 40, 3)
    assert drawn(sixel(png_of(picture()), WIDE)).shape == (47, 61, 3)


def test_kitty_gets_the_very_file() -> None:
    png = png_of(picture())
    strings = re.findall(rb"\x1b_G([^;]*);([^\x1b]*)\x1b\\", kitty(png, WIDE))
    assert b"".join(b"\x1b_G%s;%s\x1b\\" % parts for parts in strings) == kitty(png, WIDE)
    assert base64.b64decode(b"".join(text for _, text in strings)) == png
    assert max(len(text) for _, text in strings) == 4096
    assert [keys for keys, _ in strings] == [b"a=T,f=100,q=2,m=1", b"m=1", b"m=0"]
    assert kitty(png, NARROW).startswith(b"\x1b_Ga=T,f=100,q=2,c=5,m=1;")


@pytest.mark.parametrize(("size", "width"), [(WIDE, b"auto"), (NARROW, b"100%")])
def test_iterm2_gets_the_very_file(size: Size, width: bytes) -> None:
    png = png_of(picture())
    found = re.fullmatch(rb"\x1b\]1337;File=([^:]*):(.*)\x07", iterm2(png, size))
    assert base64.b64decode(found[2]) == png
    assert found[1] == b"inline=1;size=%d;width=%s" % (len(png), width)


@pytest.mark.parametrize(
    ("environment", "drawing"),
    [
        ({"TERM": "xterm-kitty"}, kitty),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, kitty),
        ({"TERM_PROGRAM": "ghostty"}, kitty),
        ({"TERM_PROGRAM": "iTerm.app"}, iterm2),
        ({"TERM_PROGRAM": "WezTerm"}, iterm2),
        ({"TERM_PROGRAM": "mintty"}, iterm2),
        ({"LC_TERMINAL": "iTerm2"}, iterm2),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, None),
        ({}, None),
    ],
)
def test_terminals_make_themselves_known(
    environment: Mapping[str, str], drawing: Callable | None
) -> None:
    assert drawing_of(environment) is drawing
    assert passes_on(environment)


@pytest.mark.parametrize(
    "environment", [{"TMUX": "/tmp/tmux"}, {"STY": "1.screen"}, {"TERM": "screen-256color"}]
)
def test_multiplexers_pass_nothing_on(environment: Mapping[str, str]) -> None:
    assert not passes_on(environment)


def test_into_a_pipe_nothing_is_drawn(capfd: pytest.CaptureFixture[str]) -> None:
    assert not show(png_of(picture()))
    assert capfd.readouterr().out == ""


SHOW = """
import os, sys
terminal = os.open(sys.argv[1], os.O_RDWR)
os.dup2(terminal, 1)
if sys.argv[3] == "background" and os.fork():
    sys.exit(os.waitpid(-1, os.WUNTRACED)[1])
if sys.argv[3] == "background":
    os.setpgid(0, 0)
from vidcolor.cli.terminal import show
shown = show(open(sys.argv[2], "rb").read())
print("drawn" if shown else "not drawn", flush=True)
"""


def in_terminal(
    path: Path, answer: bytes, place: str = "foreground", **environment: str
) -> tuple[bytes, int]:
    """What a process that shows the picture at `path` sends to its terminal, 300 pixels wide, and
    its exit code; it gets `answer` to its question."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 300, 200))
    settings = termios.tcgetattr(theirs)
    command = [sys.executable, "-c", SHOW, os.ttyname(theirs), str(path), place]
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    sent = b""
    with subprocess.Popen(command, env=clean | environment, start_new_session=True) as run:
        while b"drawn\r\n" not in sent:
            if not select.select([ours], [], [], 10)[0]:
                run.kill()
                break
            sent += os.read(ours, 65536)
            if sent.endswith(b"\x1b[c"):
                os.write(ours, answer)
    assert termios.tcgetattr(theirs) == settings
    os.close(ours)
    os.close(theirs)
    return sent, run.returncode


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "a.png").write_bytes(png_of(picture(600)))
    return tmp_path / "a.png"


def test_a_terminal_is_asked_for_sixels(file: Path) -> None:
    sent, code = in_terminal(file, b"\x1b[?62;4;22c", TERM="xterm")
    asked, drawing = sent[:3], sent[3:-9]
    assert (asked, sent[-9:], code) == (b"\x1b[c", b"\r\ndrawn\r\n", 0)
    assert drawn(drawing).shape == (24, 300, 3)


@pytest.mark.parametrize("answer", [b"\x1b[?62;22c", b"\x1b[?64;14;24c", b"", b"nonsense"])
def test_without_sixels_nothing_is_drawn(file: Path, answer: bytes) -> None:
    assert in_terminal(file, answer, TERM="xterm") == (b"\x1b[cnot drawn\r\n", 0)


@pytest.mark.parametrize("environment", [{"TMUX": "a"}, {"STY": "a"}, {"TERM": "tmux-256color"}])
def test_a_multiplexer_is_not_asked(file: Path, environment: Mapping[str, str]) -> None:
    assert in_terminal(file, b"", **environment) == (b"not drawn\r\n", 0)


@pytest.mark.parametrize("environment", [{}, {"TERM": ""}, {"TERM": "dumb"}])
def test_what_shows_control_strings_as_text_is_sent_none(
    file: Path, environment: Mapping[str, str]
) -> None:
    assert in_terminal(file, b"", **environment) == (b"not drawn\r\n", 0)


def test_in_the_background_the_terminal_is_not_asked(file: Path) -> None:
    """It would stop the process."""
    assert in_terminal(file, b"", "background", TERM="xterm") == (b"not drawn\r\n", 0)


def test_a_terminal_that_is_known_is_sent_the_picture_at_once(file: Path) -> None:
    sent, code = in_terminal(file, b"", TERM="xterm-kitty")
    assert (sent, code) == (kitty(file.read_bytes(), Size(80, 300)) + b"\r\ndrawn\r\n", 0)
