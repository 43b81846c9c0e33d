"""Codec headers that come again in the middle of a copied stream."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from click.testing import CliRunner

from vidcolor.cli.main import cli

QUICK = ["--device", "cpu", "--working-size", "64"]


def _write(path: Path) -> None:
    """Write 2 s of Flash Video with AAC."""
    with av.open(str(path), "w", format="flv") as film:
        video, sound = film.add_stream("flv1", 25), film.add_stream("aac", 48000)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        sound.layout = "mono"
        for index in range(50):
            gray = np.full((96, 96), 128, np.uint8)
            gray[:64] = np.arange(96) + index
            frame = av.VideoFrame.from_ndarray(gray, "yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            film.mux(video.encode(frame))
            tone = np.sin(np.arange(1920) / 9).astype(np.float32)[None]
            beep = av.AudioFrame.from_ndarray(tone, "fltp", layout="mono")
            beep.sample_rate, beep.pts = 48000, index * 1920
            film.mux(sound.encode(beep))
        film.mux(sound.encode(None))
        film.mux(video.encode(None))


def _with_second_header(content: bytes, last_byte: int) -> bytes:
    """Return Flash Video whose AAC header comes again after 25 pictures, with another last byte.

    Tags: type (1), size (3), time (4), stream (3), data, and the length of it all (4). Adobe,
    "Flash Video File Format Specification", version 10.1, annex E.4.
    """
    made, place, pictures, header = bytearray(content[:13]), 13, 0, b""
    while place < len(content):
        end = place + 15 + int.from_bytes(content[place + 1 : place + 4], "big")
        tag = content[place:end]
        made += tag
        if tag[0] == 8 and tag[12] == 0:
            header = tag
        pictures += tag[0] == 9
        if tag[0] == 9 and pictures == 25:
            made += header[:4] + tag[4:8] + header[8:-5] + bytes([last_byte]) + header[-4:]
        place = end
    return bytes(made)


def _sound(path: Path) -> np.ndarray:
    with av.open(str(path)) as film:
        return np.concatenate([frame.to_ndarray()[0] for frame in film.decode(audio=0)])


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov"])
@pytest.mark.parametrize("changed", [False, True])
def test_a_header_that_comes_again_spoils_no_file(
    tmp_path: Path, suffix: str, changed: bool
) -> None:
    source, output = tmp_path / "film.flv", tmp_path / f"out{suffix}"
    _write(source)
    with av.open(str(source)) as film:
        header = film.streams.audio[0].codec_context.extradata
    source.write_bytes(_with_second_header(source.read_bytes(), header[-1] ^ changed))
    run = CliRunner().invoke(cli, ["colorize", str(source), "-o", str(output), *QUICK, "--verify"])
    assert run.exit_code == 0, run.output
    assert ("its codec's header changes at 1.0 s" in run.stderr) is changed
    with av.open(str(output)) as film:
        assert [stream.type for stream in film.streams] == ["video", "audio"]
        assert film.streams.audio[0].codec_context.extradata == header
    before, after = _sound(source), _sound(output)
    assert np.array_equal(after[: len(before)], before)
