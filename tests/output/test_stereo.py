"""Films whose container tells how the pictures for two eyes lie in its frames."""

from fractions import Fraction
from pathlib import Path

import av
import pytest
from copying import FAST, FFV1, copy

from vidcolor.output.encoders import EncoderSettings

VP9 = EncoderSettings("libvpx-vp9")


@pytest.mark.parametrize(
    ("target", "settings"), [("b.mkv", FAST), ("b.mkv", FFV1), ("b.webm", VP9), ("b.mp4", FAST)]
)
def test_the_arrangement_that_matroska_tells_is_kept_or_named_once(
    tmp_path: Path, target: str, settings: EncoderSettings
) -> None:
    with av.open(str(tmp_path / "a.mkv"), "w") as film:
        video = film.add_stream("ffv1", 25, width=96, height=64)
        video.metadata["stereo_mode"] = "top_bottom"
        for index in range(3):
            frame = av.VideoFrame(96, 64, "yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            film.mux(video.encode(frame))
        film.mux(video.encode(None))
    writer = copy(tmp_path / "a.mkv", tmp_path / target, settings)
    with av.open(str(tmp_path / target)) as film:
        attached = {each.type.name for each in next(film.decode(video=0)).side_data}
    if target == "b.mp4":
        (line,) = writer.losses
        assert "tag stereo_mode: lost" in line and "STEREO3D" not in attached
    else:
        assert not writer.losses and "STEREO3D" in attached
