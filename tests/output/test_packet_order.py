"""Sound whose times jump back, as in recordings that were joined."""

from fractions import Fraction
from pathlib import Path

import av
import pytest
from copying import copy

from vidcolor.input.reader import Reader


def _write(path: Path, begin: int) -> None:
    """Write 1 s of a broadcast with sound that begins at `begin`, in 1/100 s."""
    with av.open(str(path), "w", format="mpegts") as film:
        video, sound = film.add_stream("mpeg2video", 25), film.add_stream("mp2", 48000)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        sound.layout = "mono"
        for index in range(25):
            frame = av.VideoFrame(96, 64, "yuv420p")
            frame.pts, frame.time_base = begin + 4 * index, Fraction(1, 100)
            film.mux(video.encode(frame))
            beep = av.AudioFrame("s16", "mono", 1920)
            beep.sample_rate, beep.pts = 48000, begin * 480 + index * 1920
            film.mux(sound.encode(beep))
        film.mux(video.encode(None))
        film.mux(sound.encode(None))


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
@pytest.mark.parametrize(("begin", "jumps"), [(100, False), (96, False), (60, True)])
def test_sound_that_jumps_back_is_named(
    tmp_path: Path, suffix: str, begin: int, jumps: bool
) -> None:
    for name, time in (("a.ts", 0), ("b.ts", begin)):
        _write(tmp_path / name, time)
    joined = b"".join((tmp_path / name).read_bytes() for name in ("a.ts", "b.ts"))
    (tmp_path / "c.ts").write_bytes(joined)
    with Reader(tmp_path / "c.ts") as reader:
        assert list(reader)
        damaged = [line for line in reader.warnings if "did not advance" not in line]
        assert not damaged  # a joint is none
    losses = [
        line
        for line in copy(tmp_path / "c.ts", tmp_path / f"c{suffix}").losses
        if line.startswith("audio")
    ]
    assert bool(losses) is jumps
    if jumps:
        start = "audio stream 1 (mp2): its times jump back by 0.4 s at "
        assert losses[0].startswith(start) and losses[0].endswith("moved behind those before")
