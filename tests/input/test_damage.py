"""Packets of the picture that can't be decoded take no others along, and are all told."""

from pathlib import Path

import pytest
from clips import make_clip, packets_of

from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader

CODECS = [
    ("png", "rgb24", "a.mov"),
    ("mjpeg", "yuvj420p", "a.mov"),
    ("jpeg2000", "yuv420p", "a.mov"),
    ("prores_ks", "yuv422p10le", "a.mov"),
    ("libx264", "yuv420p", "a.mp4"),
]


def _frames(path: Path) -> tuple[list[int], list[str]]:
    """The numbers of a film's frames, at 25 a second, and the warnings."""
    with Reader(path) as reader:
        numbers = [round(reader.seconds(item) * 25) for item in reader if isinstance(item, Frame)]
        return numbers, reader.warnings


@pytest.mark.parametrize(("codec", "pixels", "name"), CODECS)
@pytest.mark.parametrize("victims", [(5,), (9,), (10,), (11,), (9, 11)])
def test_damage_takes_no_other_frame_along(
    tmp_path: Path, codec: str, pixels: str, name: str, victims: tuple[int, ...]
) -> None:
    """Also where the decoder's threads still hold frames as the film ends."""
    path = tmp_path / name
    make_clip(path, codec=codec, pixels=pixels, depth=10 if "10" in pixels else 8, gop=1)
    content = path.read_bytes()
    packets = packets_of(path, "video")
    for victim in victims:
        payload = packets[victim][2]
        assert content.count(payload) == 1
        content = content.replace(payload, bytes(len(payload)))
    path.write_bytes(content)
    numbers, warnings = _frames(path)
    assert numbers == [number for number in range(12) if number not in victims]
    several = "s" * (len(victims) > 1)
    assert warnings == [
        f"{len(victims)} damaged packet{several} could not be decoded, "
        f"the first at {victims[0] / 25:.3f} s"
    ]


def test_the_end_is_decoded_again_with_its_reordered_frames(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    make_clip(path, codec="libx264", times=range(0, 4000, 40), gop=50, size=(320, 240))
    content, packets = path.read_bytes(), packets_of(path, "video")
    payload = packets[-1][2]
    path.write_bytes(content.replace(payload, bytes(len(payload))))
    numbers, warnings = _frames(path)
    assert len(numbers) == 99
    assert numbers == sorted(set(numbers))
    assert warnings[0].startswith("1 damaged packet could not be decoded, the first at ")
