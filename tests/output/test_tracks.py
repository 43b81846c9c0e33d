"""Tests of `vidcolor.output.tracks`: what comes along of a film's further tracks."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import packets_of
from copying import copy

RATE = 16000


def add_sound(path: Path, codec: str, *, layout: str = "mono", container: str = "nut") -> None:
    """Write a film of 12 frames with sound of `codec` to `path`."""
    with av.open(str(path), "w", format=container) as film:
        video = film.add_stream("mpeg4", rate=25, width=32, height=16)
        sound = film.add_stream(codec, rate=48000 if codec in ("s302m", "pcm_bluray") else RATE)
        assert isinstance(video, av.VideoStream)
        assert isinstance(sound, av.AudioStream)
        sound.layout = layout
        sound.bit_rate = 64000
        if codec == "s302m":
            sound.codec_context.options = {"strict": "experimental"}
        film.start_encoding()
        for index in range(12):
            frame = av.VideoFrame(32, 16, "yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            film.mux(video.encode(frame))
        film.mux(video.encode())
        resampler = av.AudioResampler(sound.format, layout, sound.rate, sound.frame_size or 1024)
        count = sound.rate // 2
        channels = len(sound.layout.channels)
        wave = np.sin(np.arange(count) * 0.05) * 20000 + np.arange(channels)[:, None] * 100
        block = av.AudioFrame.from_ndarray(
            wave.T.reshape(1, -1).astype(np.int16), format="s16", layout=layout
        )
        block.sample_rate, block.pts = sound.rate, 0
        block.time_base = Fraction(1, sound.rate)
        for made in [*resampler.resample(block), *resampler.resample(None), None]:
            film.mux(sound.encode(made))


def samples_of(path: Path) -> np.ndarray:
    """Return the sound of a film, (samples, channels)."""
    with av.open(str(path)) as film:
        frames = list(film.decode(audio=0))
    return np.concatenate(
        [
            f.to_ndarray().reshape(-1, f.layout.nb_channels)
            if f.format.is_packed
            else f.to_ndarray().T
            for f in frames
        ]
    )


@pytest.mark.parametrize(
    ("codec", "container"),
    [
        ("pcm_alaw", "avi"),
        ("pcm_mulaw", "mov"),
        ("adpcm_ms", "avi"),
        ("adpcm_ima_wav", "avi"),
        ("wmav2", "asf"),
        ("g722", "avi"),
    ],
)
def test_sound_that_matroska_names_as_windows_does_is_copied(
    tmp_path: Path, codec: str, container: str
) -> None:
    source, target = tmp_path / "a.film", tmp_path / "b.mkv"
    add_sound(source, codec, container=container)
    writer = copy(source, target)
    assert writer.left_out == writer.losses == writer.notes == []
    assert packets_of(target, "audio")
    assert [p for *_, p in packets_of(target, "audio")] == [
        p for *_, p in packets_of(source, "audio")
    ]
    assert np.array_equal(samples_of(target), samples_of(source))


def test_sound_that_neither_copying_nor_windows_helps_is_named(tmp_path: Path) -> None:
    add_sound(tmp_path / "a.film", "adpcm_ms", container="avi")
    writer = copy(tmp_path / "a.film", tmp_path / "b.mp4")
    assert writer.left_out == ["audio stream 1 (adpcm_ms): .mp4 can't hold it"]
    assert writer.copies == {}
