"""Hostile files: what they may ask for, and what became of mutants that once did harm."""

import struct
import subprocess
import sys
import zlib
from fractions import Fraction
from pathlib import Path

import av
import pytest
from clips import make_clip
from copying import copy

from vidcolor.errors import InputError, UnsupportedError, UsageError
from vidcolor.input.reader import Reader

RATE = {"times": range(12), "time_base": Fraction(1, 25)}


@pytest.mark.parametrize("mutants", [80, pytest.param(600, marks=pytest.mark.long)])
def test_mutants_do_no_harm(mutants: int) -> None:
    """`python tests/support/fuzz.py --mutants 2000` tries more."""
    script = Path(__file__).parents[1] / "support/fuzz.py"
    command = [sys.executable, script, "--mutants", str(mutants), "--seed", "4"]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.startswith(f"{mutants} mutants: ")


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mkv", "ffv1"), ("a.mkv", "libx264"), ("a.mp4", "mpeg4"), ("a.avi", "mjpeg")],
)
def test_a_picture_beyond_the_limit_is_refused_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, codec: str
) -> None:
    pixels = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    make_clip(tmp_path / name, codec=codec, pixels=pixels, times=(0, 40))
    monkeypatch.setenv("VIDCOLOR_MAX_PIXELS", str(64 * 48 - 1))
    with pytest.raises(InputError, match=r"3071 pixels .*VIDCOLOR_MAX_PIXELS"):
        Reader(tmp_path / name)
    monkeypatch.setenv("VIDCOLOR_MAX_PIXELS", "100000")
    Reader(tmp_path / name).close()


def test_frames_that_grow_beyond_the_limit_are_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream says another size than the container."""
    for size in ((64, 48), (640, 480)):
        make_clip(tmp_path / f"{size[0]}.ts", codec="mpeg2video", size=size, **RATE)
    (tmp_path / "a.ts").write_bytes(
        (tmp_path / "64.ts").read_bytes() + (tmp_path / "640.ts").read_bytes()
    )
    monkeypatch.setenv("VIDCOLOR_MAX_PIXELS", "10000")
    with Reader(tmp_path / "a.ts") as reader:
        list(reader)
        assert any("could not be decoded" in line for line in reader.warnings)


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".avi", ".ts"])
def test_streams_beyond_the_limit_are_refused_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    with av.open(str(path), "w") as made:
        streams = [made.add_stream("mpeg2video", rate=25, width=32, height=32) for _ in range(8)]
        for stream in streams:
            stream.pix_fmt = "yuv420p"
        for stream in streams:
            made.mux([*stream.encode(av.VideoFrame(32, 32, "yuv420p")), *stream.encode()])
    monkeypatch.setenv("VIDCOLOR_MAX_STREAMS", "5")
    with pytest.raises(UnsupportedError, match=r"more than 5 streams \(VIDCOLOR_MAX_STREAMS"):
        Reader(path)
    monkeypatch.setenv("VIDCOLOR_MAX_STREAMS", "8")
    Reader(path).close()


@pytest.mark.parametrize("text", ["many", "0", "-1", "", "1e9", "9999999999"])
def test_limits_set_to_nonsense(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    make_clip(tmp_path / "a.mkv", times=(0, 40))
    for variable in ("VIDCOLOR_MAX_PIXELS", "VIDCOLOR_MAX_STREAMS"):
        with monkeypatch.context() as context:
            context.setenv(variable, text)
            with pytest.raises(UsageError, match=f"{variable} is '{text}'"):
                Reader(tmp_path / "a.mkv")


@pytest.mark.parametrize(
    ("size", "words"), [((20000, 20000), "268435456 pixels"), ((2, 2), "photo")]
)
def test_a_photograph_beyond_the_limit(tmp_path: Path, size: tuple[int, int], words: str) -> None:
    """Only its header is large."""
    header = struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0)
    chunks = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    ]
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    command = [sys.executable, "-m", "vidcolor", "info", tmp_path / "a.png"]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 1
    assert words in run.stderr.splitlines()[-1]


def test_video_of_codecs_that_nobody_knows(tmp_path: Path) -> None:
    """The second stream's codec is garbled, then the first one's too."""
    path = tmp_path / "a.mkv"
    make_clip(path, codec="mjpeg", pixels="yuvj420p", second_video=True)
    _garble(path, b"V_FFV1", b"V_XXXX")
    with Reader(path) as reader:
        assert reader.left_out == ["video stream 1 (unknown codec)"]
    _garble(path, b"V_MJPEG", b"V_XXXXX")
    with pytest.raises(UnsupportedError, match=r"no decoder for its picture \(unknown codec\)"):
        Reader(path)


def test_a_quicktime_codec_that_nobody_knows(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mov", codec="prores_ks", pixels="yuv422p10le", depth=10)
    _garble(tmp_path / "a.mov", b"apch", b"zzzz")
    with pytest.raises(UnsupportedError, match=r"no decoder for its picture \(unknown codec\)"):
        Reader(tmp_path / "a.mov")


@pytest.mark.parametrize(
    ("codec", "garbled"), [(b"A_FLAC", b"A_XXXX"), (b"S_TEXT/UTF8", b"S_TEXT/XXXX")]
)
def test_sound_and_text_of_codecs_that_nobody_knows(
    tmp_path: Path, codec: bytes, garbled: bytes
) -> None:
    make_clip(tmp_path / "a.mkv", audio="flac", subtitles=[(40, 200, "hello")])
    _garble(tmp_path / "a.mkv", codec, garbled)
    (line,) = copy(tmp_path / "a.mkv", tmp_path / "b.mkv").left_out
    assert line.endswith("(unknown codec): .mkv can't hold it")


@pytest.mark.parametrize(
    ("codec", "fate"),
    [
        ("flac", "converted to pcm_s16le, samples unchanged"),
        ("libopus", ".mov can't hold it"),
    ],
)
def test_sound_that_mov_refuses_late_is_converted_or_left_out_and_named(
    tmp_path: Path, codec: str, fate: str
) -> None:
    make_clip(tmp_path / "a.mkv", audio=codec)
    writer = copy(tmp_path / "a.mkv", tmp_path / "b.mov")
    (line,) = writer.left_out + writer.notes
    assert line.endswith(fate)
    assert copy(tmp_path / "a.mkv", tmp_path / "b.mp4").left_out == []


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".ts", ".flv", ".avi"])
@pytest.mark.parametrize("size", [1, 16, 64])
def test_a_file_that_is_only_a_beginning(tmp_path: Path, suffix: str, size: int) -> None:
    path = tmp_path / f"a{suffix}"
    make_clip(path, codec="mpeg4" if suffix != ".flv" else "libx264", times=(0, 40))
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(InputError, match=r"not a film|check that a player opens it|no frame"):
        Reader(path)


def _garble(path: Path, codec: bytes, garbled: bytes) -> None:
    content = path.read_bytes()
    assert codec in content
    path.write_bytes(content.replace(codec, garbled))
