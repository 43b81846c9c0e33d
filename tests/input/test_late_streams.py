"""Streams that first appear midway, in films whose program table changes."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from click.testing import CliRunner
from copying import copy
from situation_films import PART, make_late_sound

from vidcolor.cli.main import cli
from vidcolor.input import opening
from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader

QUICK = ["--device", "cpu", "--working-size", "64"]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a film with sound in its middle third: at opening FFmpeg looks at both ends."""
    path = tmp_path_factory.mktemp("late") / "late.ts"
    make_late_sound(path)
    with av.open(str(path)) as opened:
        assert [stream.type for stream in opened.streams] == ["video"], "sound must come late"
    return path


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no film be looked into so far that this one's sound is found: that takes 50 MB."""
    monkeypatch.setattr(opening, "_THOROUGH", {})


def test_the_film_is_whole_and_the_late_stream_is_named(film: Path) -> None:
    with Reader(film) as reader:
        assert reader.left_out == []
        frames = [item for item in reader if isinstance(item, Frame)]
        assert len(frames) == 3 * PART
        assert reader.left_out == ["audio stream 1 (mp2), which begins midway"]
        assert reader.warnings == []


@pytest.mark.parametrize(("start", "late"), [("0", []), ("4.5", ["audio stream 1 (mp2)"])])
def test_of_a_part_it_is_named_if_it_lies_there(film: Path, start: str, late: list[str]) -> None:
    with Reader(film, start=Fraction(start), duration=Fraction(1, 2)) as reader:
        assert sum(isinstance(item, Frame) for item in reader) in (12, 13)
        assert [line.removesuffix(", which begins midway") for line in reader.left_out] == late


def test_colorize_looks_far_enough_to_copy_it(film: Path, tmp_path: Path) -> None:
    writer = copy(film, tmp_path / "out.mkv", thorough=True)
    assert writer.left_out == writer.losses == []
    with av.open(str(tmp_path / "out.mkv")) as made:
        sound = [packet for packet in made.demux(audio=0) if packet.size]
    assert len(sound) == -(-PART * 1920 // 1152)
    begin = Fraction(sound[0].pts) * sound[0].time_base
    assert abs(begin - Fraction(PART + 2, 25)) < Fraction(1, 10)


def _write_vob(path: Path) -> None:
    """Write 12 s of a DVD with one subtitle, after 8 s."""
    bitmap = bytes.fromhex("001000080000ffff") + bytes(8)
    with av.open(str(path), "w", format="vob") as film:
        video, captions = film.add_stream("mpeg2video", 25), film.add_mux_stream("dvd_subtitle")
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        video.bit_rate = 2_000_000
        random = np.random.default_rng(0)
        for index in range(300):
            codes = random.integers(16, 235, (96, 96), np.uint8)
            frame = av.VideoFrame.from_ndarray(codes, "yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            film.mux(video.encode(frame))
            if index == 200:
                packet = av.Packet(bitmap)
                packet.stream, packet.time_base = captions, Fraction(1, 25)
                packet.pts = packet.dts = index
                packet.duration = 25
                film.mux(packet)
        film.mux(video.encode(None))


def _write_flv(path: Path) -> None:
    """Write Flash Video whose sound begins after more than 5 MB."""
    with av.open(str(path), "w", format="flv") as film:
        video, sound = film.add_stream("flv1", 25), film.add_stream("libmp3lame", 44100)
        video.width, video.height, video.pix_fmt = 480, 360, "yuv420p"
        video.bit_rate = 90_000_000
        random = np.random.default_rng(0)
        codes = random.integers(16, 235, (540, 480), np.uint8)
        for index in range(50):
            frame = av.VideoFrame.from_ndarray(np.roll(codes, index * 7, 0), "yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            film.mux(video.encode(frame))
        film.mux(video.encode(None))
        for start in range(2 * 44100, 3 * 44100, 1152):
            beep = av.AudioFrame("s16p", "stereo", 1152)
            beep.sample_rate, beep.pts = 44100, start
            film.mux(sound.encode(beep))
        film.mux(sound.encode(None))


@pytest.mark.parametrize(
    ("write", "kind"), [(_write_vob, "subtitle"), (_write_flv, "audio")], ids=["vob", "flv"]
)
def test_streams_are_found_behind_the_first_seconds(
    tmp_path: Path, write: Callable[[Path], None], kind: str
) -> None:
    write(tmp_path / "a.film")
    with Reader(tmp_path / "a.film") as reader:
        assert reader.copied == []
    with Reader(tmp_path / "a.film", thorough=True) as reader:
        assert [stream.type for stream in reader.copied] == [kind]
        assert any(not isinstance(item, Frame) for item in reader)
        assert reader.left_out == []


@pytest.mark.usefixtures("hurried")
def test_colorize_says_so_and_strict_refuses(film: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mkv"
    run = CliRunner().invoke(cli, ["colorize", str(film), "-o", str(output), *QUICK, "--verify"])
    assert run.exit_code == 0, run.output
    assert "left out: audio stream 1 (mp2), which begins midway" in run.stderr
    output.unlink()
    run = CliRunner().invoke(cli, ["colorize", str(film), "-o", str(output), *QUICK, "--strict"])
    assert "which begins midway" in str(run.exception)
    assert not output.exists()


@pytest.mark.parametrize(
    "command",
    [
        ["preview", "--frames", "2", *QUICK],
        ["confidence", "--frames", "2", *QUICK],
        ["palette", *QUICK],
        ["tune", "--over", "saturation=0.5,1", *QUICK],
        ["measure"],
        ["info"],
    ],
)
def test_every_command_reads_such_a_film(film: Path, tmp_path: Path, command: list[str]) -> None:
    output = [] if command[0] in ("measure", "info") else ["-o", str(tmp_path / "sheet.png")]
    run = CliRunner().invoke(cli, [command[0], str(film), *output, *command[1:]])
    assert run.exit_code == 0, run.output


@pytest.mark.usefixtures("hurried")
def test_compare_reads_such_films(film: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke(
        cli, ["compare", str(film), str(film), "-o", str(tmp_path / "both.mkv")]
    )
    assert run.exit_code == 0, run.output
    assert "which begins midway" in run.stderr
