"""Frame sequences: their luma, times, gaps, damage, and what their files say."""

import io
import re
import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from sequences import EDGE_CODE, RATE, TIMECODE, TRANSFER, make_sequence, with_industry_headers

from vidcolor.errors import InputError, UnsupportedError
from vidcolor.frame_sequence import FrameSequence
from vidcolor.input.frames import Frame
from vidcolor.input.photographs import Photograph
from vidcolor.input.reader import Reader

NTSC = Fraction(24000, 1001)


def frames_of(path: Path, rate: Fraction = Fraction(24), **span) -> tuple[Reader, list[Frame]]:
    with Reader(FrameSequence(path, rate), **span) as reader:
        return reader, [item for item in reader if isinstance(item, Frame)]


@pytest.mark.parametrize(
    ("name", "pixels", "depth"),
    [
        ("%06d.dpx", "gray", 8), ("%06d.dpx", "gbrp10le", 10), ("%06d.dpx", "gbrp12le", 12),
        ("%06d.dpx", "gray16le", 16), ("%06d.dpx", "rgb48le", 16),
        ("scan_%04d.tif", "gray", 8), ("scan_%04d.tif", "gray16le", 16),
        ("scan_%04d.tif", "rgb48le", 16),
        ("%d.png", "gray", 8), ("%d.png", "gray16be", 16), ("%d.png", "rgb48be", 16),
    ],
)  # fmt: skip
def test_luma_and_times_of_every_kind(tmp_path, name, pixels, depth):
    codes = make_sequence(tmp_path / "reel", name, pixels=pixels, depth=depth)
    for path in (tmp_path / "reel", tmp_path / "reel" / name):
        reader, frames = frames_of(path, NTSC)
        assert reader.picture.depth == depth
        assert reader.picture.full_range
        assert all(np.array_equal(f.luma, c) for f, c in zip(frames, codes, strict=True))
        assert [reader.seconds(frame) for frame in frames] == [n / NTSC for n in range(8)]
        assert abs(reader.duration - 8 / NTSC) <= Fraction(1, 10**6)
        assert (reader.warnings, reader.left_out) == ([], [])
        rgb = [f"stored as RGB: becomes luma of {depth} bits, full range (BT.709)"]
        assert reader.notes == (rgb if pixels.startswith(("rgb", "gbr")) else [])


def test_numbers_count_not_the_order_of_names(tmp_path):
    codes = make_sequence(tmp_path / "reel", "f%d.tif", numbers=range(7, 15))
    _, frames = frames_of(tmp_path / "reel")
    assert all(np.array_equal(f.luma, c) for f, c in zip(frames, codes, strict=True))


def test_the_number_that_differs_counts(tmp_path):
    make_sequence(tmp_path / "reel", "reel2_%04d_4k.dpx", numbers=range(1001, 1005))
    assert len(frames_of(tmp_path / "reel")[1]) == 4


def test_a_pattern_takes_its_files_alone(tmp_path):
    make_sequence(tmp_path, "a_%03d.dpx", numbers=range(998, 1003))
    make_sequence(tmp_path, "b_%03d.dpx", numbers=range(3))
    (tmp_path / "a_7.dpx").touch()
    (tmp_path / "a_0999.dpx").touch()
    assert len(frames_of(tmp_path / "a_%03d.dpx")[1]) == 5


@pytest.mark.parametrize("start", [0, 3, 7])
def test_a_span_is_those_frames(tmp_path, start):
    codes = make_sequence(tmp_path / "reel")
    _, frames = frames_of(
        tmp_path / "reel", start=Fraction(start, 24), duration=Fraction(2, 24), run_up=2, run_out=1
    )
    first = max(0, start - 2)
    assert [frame.pts + start for frame in frames] == list(range(first, min(8, start + 3)))
    for frame in frames:
        assert np.array_equal(frame.luma, codes[frame.pts + start])
        assert frame.outside == (frame.pts not in (0, 1))


def test_a_gap_keeps_the_times_and_is_named(tmp_path):
    make_sequence(tmp_path / "reel")
    for number in (86402, 86403, 86405):
        (tmp_path / f"reel/{number:06}.dpx").unlink()
    reader, frames = frames_of(tmp_path / "reel")
    assert [(f.pts, f.duration) for f in frames] == [(0, 1), (1, 3), (4, 2), (6, 1), (7, 1)]
    assert reader.warnings == [
        "3 frames are missing, from 086401.dpx to 086404.dpx, 086404.dpx to 086406.dpx: "
        "the frame before is shown for longer"
    ]


@pytest.mark.parametrize("name", ["%06d.dpx", "%06d.tif", "%06d.png"])
@pytest.mark.parametrize("damaged", [(0,), (3,), (6,), (7,), (5, 6, 7), (2, 5)])
def test_damage_takes_no_other_frame_along(tmp_path, name, damaged):
    pixels = "gray16be" if name.endswith("png") else "gray16le"
    codes = make_sequence(tmp_path / "reel", name, pixels=pixels)
    for index in damaged:
        path = tmp_path / "reel" / (name % (86400 + index))
        path.write_bytes(path.read_bytes()[: 200 if index % 2 else 0])
    reader, frames = frames_of(tmp_path / "reel")
    assert [frame.pts for frame in frames] == [n for n in range(8) if n not in damaged]
    assert all(np.array_equal(frame.luma, codes[frame.pts]) for frame in frames)
    count = f"{len(damaged)} damaged packet{'s' * (len(damaged) > 1)}"
    first = f"the first at {damaged[0] / 24:.3f} s"
    assert reader.warnings == [f"{count} could not be decoded, {first}"]


def test_other_files_in_a_folder_are_named(tmp_path):
    make_sequence(tmp_path / "reel")
    for name in ("sound.wav", "reel.md5", ".DS_Store"):
        (tmp_path / "reel" / name).touch()
    assert frames_of(tmp_path / "reel")[0].notes == [
        "beside the frames, and no part of the film: reel.md5, sound.wav"
    ]
    assert frames_of(tmp_path / "reel/%06d.dpx")[0].notes == []


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ("other_%d.dpx", "holds files of several kinds, such as 086400.dpx and other_1.dpx"),
        ("%06d.tif", "name those of the film by a pattern, such as .*reel/%06d.dpx"),
        ("%d.dpx", "two frames have the same number"),
        ("%06d0.dpx", "more are missing than are there"),
    ],
)
def test_what_is_no_one_film_is_refused(tmp_path, second, words):
    make_sequence(tmp_path / "reel")
    numbers = range(86400, 86402) if second.startswith("%") else range(1, 3)
    make_sequence(tmp_path / "reel", second, numbers=numbers)
    with pytest.raises(InputError, match=words):
        frames_of(tmp_path / "reel")


def test_folders_and_patterns_without_frames_are_refused(tmp_path):
    (tmp_path / "film.mkv").touch()
    with pytest.raises(InputError, match="holds no frames"):
        frames_of(tmp_path)
    with pytest.raises(InputError, match=r"%06d\.dpx: no file has such a name"):
        frames_of(tmp_path / "%06d.dpx")
    with pytest.raises(InputError, match="nowhere: can't be read: No such file"):
        frames_of(tmp_path / "nowhere/%06d.dpx")
    (tmp_path / "1.exr").touch()
    with pytest.raises(UnsupportedError, match=r"frame sequences are \.dpx, "):
        frames_of(tmp_path / "%d.exr")


def test_a_change_of_size_or_depth_is_refused(tmp_path):
    make_sequence(tmp_path / "size", numbers=range(3))
    make_sequence(tmp_path / "size", numbers=range(3, 4), size=(32, 32))
    with pytest.raises(UnsupportedError, match=r"size from 64x48 to 32x32 at 0\.125 s"):
        frames_of(tmp_path / "size")
    make_sequence(tmp_path / "depth", numbers=range(3))
    make_sequence(tmp_path / "depth", numbers=range(3, 4), pixels="gbrp10le", depth=10)
    with pytest.raises(UnsupportedError, match="luma from 16 bits full range to 10 bits"):
        frames_of(tmp_path / "depth")


def _edit(folder: Path, place: int, field: bytes) -> None:
    for path in folder.iterdir():
        content = bytearray(path.read_bytes())
        content[place : place + len(field)] = field
        path.write_bytes(content)


@pytest.mark.parametrize(("code", "kind"), [(1, "printing density"), (3, "logarithmic")])
def test_logarithmic_dpx_is_refused(tmp_path, code, kind):
    make_sequence(tmp_path / "reel", numbers=range(2))
    _edit(tmp_path / "reel", TRANSFER, bytes([code]))
    with pytest.raises(UnsupportedError, match=rf"000000\.dpx: its header says {kind}: .*convert"):
        frames_of(tmp_path / "reel")


def test_linear_dpx_is_refused_unless_ffmpeg_only_wrote_so(tmp_path):
    make_sequence(tmp_path / "reel", numbers=range(2))
    _edit(tmp_path / "reel", TRANSFER, b"\2")
    assert len(frames_of(tmp_path / "reel")[1]) == 2
    _edit(tmp_path / "reel", 160, b"a scanner\0")
    with pytest.raises(UnsupportedError, match="linear film"):
        frames_of(tmp_path / "reel")


@pytest.mark.parametrize(
    ("stored", "timecode"),
    [
        (b"\x01\x02\x03\x04", "01:02:03:04"),
        (b"\x10\x59\x58\x69", "10:59:58;29"),  # the drop-frame flag of SMPTE ST 12-1
        (b"\xff\xff\xff\xff", None),
    ],
)
def test_what_the_header_of_dpx_says(tmp_path, stored, timecode):
    make_sequence(tmp_path / "reel", numbers=range(2))
    fields = {TIMECODE: stored, RATE: struct.pack(">f", 18), EDGE_CODE: b"0123456789ABCDEF"}
    for path in (tmp_path / "reel").iterdir():
        path.write_bytes(with_industry_headers(path.read_bytes(), fields))
    reader, frames = frames_of(tmp_path / "reel")
    assert len(frames) == 2
    assert reader.metadata == ({} if timecode is None else {"timecode": timecode})
    still = [] if timecode is None else [f"that all frames bear the same timecode, {timecode}"]
    assert reader.left_out == [*still, "film edge code"]
    assert reader.notes == ["its files say 18 frames/s: 24 was asked"]


def _coded(folder: Path, timecodes: list[str]) -> None:
    """Write a DPX sequence with a timecode in each file, "" for none."""
    make_sequence(folder, numbers=range(len(timecodes)))
    for path, timecode in zip(sorted(folder.iterdir()), timecodes, strict=True):
        stored = bytes.fromhex(timecode.replace(":", "")) or b"\xff" * 4
        path.write_bytes(with_industry_headers(path.read_bytes(), {TIMECODE: stored}))


def test_a_timecode_that_jumps_is_named(tmp_path):
    steady = ["01:00:00:22", "01:00:00:23", "01:00:01:00", "01:00:01:01"]
    _coded(tmp_path / "steady", steady)
    (tmp_path / "steady/000001.dpx").unlink()
    assert frames_of(tmp_path / "steady")[0].left_out == []
    _coded(tmp_path / "jump", [*steady, "02:00:00:00", "02:00:00:01"])
    reader, _ = frames_of(tmp_path / "jump")
    assert reader.metadata == {"timecode": "01:00:00:22"}
    assert reader.left_out == ["the timecode's jump to 02:00:00:00 at 0.167 s"]
    _coded(tmp_path / "holes", ["", *steady[:2], "", "", "01:00:00:00"])
    assert frames_of(tmp_path / "holes")[0].left_out == [
        "the timecode's jump to 01:00:00:22 at 0.042 s, and 2 more"
    ]


def test_a_timecode_that_stands_still_is_no_row_of_jumps(tmp_path):
    _coded(tmp_path / "still", ["01:00:00:22"] * 4)
    reader, _ = frames_of(tmp_path / "still")
    assert reader.metadata == {"timecode": "01:00:00:22"}
    assert reader.left_out == ["that all frames bear the same timecode, 01:00:00:22"]
    _coded(tmp_path / "stops", [*["01:00:00:22"] * 3, "01:00:01:01"])
    assert frames_of(tmp_path / "stops")[0].left_out == [
        "the timecode's jump to 01:00:00:22 at 0.042 s, and 2 more"
    ]


def test_a_span_has_the_timecode_of_its_first_frame(tmp_path):
    codes = ["01:00:00:00", "01:00:00:01", "02:00:00:00", "02:00:00:01", "03:00:00:00"]
    _coded(tmp_path / "reel", codes)
    span = {"start": Fraction(3, 24), "run_up": 3, "run_out": 1}
    reader, _ = frames_of(tmp_path / "reel", duration=Fraction(1, 24), **span)
    assert (reader.metadata, reader.left_out) == ({"timecode": "02:00:00:01"}, [])
    reader, _ = frames_of(tmp_path / "reel", **span)
    assert reader.left_out == ["the timecode's jump to 03:00:00:00 at 0.167 s"]


def test_what_only_later_files_say_is_named(tmp_path):
    make_sequence(tmp_path / "reel", numbers=range(3))
    path = tmp_path / "reel/000001.dpx"
    path.write_bytes(with_industry_headers(path.read_bytes(), {EDGE_CODE: b"0123456789ABCDEF"}))
    assert frames_of(tmp_path / "reel")[0].left_out == ["film edge code, from 0.042 s on"]


@pytest.mark.parametrize("turn", range(8))
def test_a_turned_dpx_is_a_turned_film(tmp_path, turn):
    codes = make_sequence(tmp_path / "reel", numbers=range(2))
    order = ">" if (tmp_path / "reel/000000.dpx").read_bytes()[:4] == b"SDPX" else "<"
    _edit(tmp_path / "reel", 768, struct.pack(order + "H", turn))
    reader, frames = frames_of(tmp_path / "reel")
    upright = Photograph(tmp_path / "reel/000001.dpx").page().rgb[..., 0]
    assert np.array_equal(reader.picture.upright(frames[1].luma), upright)
    assert np.array_equal(frames[1].luma, codes[1])
    assert reader.left_out == []
    assert {frame.marks.display_matrix for frame in frames} == {reader.picture.display_matrix}


def test_one_turned_frame_says_so(tmp_path):
    make_sequence(tmp_path / "reel", numbers=range(2))
    path = tmp_path / "reel/000001.dpx"
    content = bytearray(path.read_bytes())
    content[768:770] = struct.pack((">" if content[:4] == b"SDPX" else "<") + "H", 3)
    path.write_bytes(content)
    reader, (first, second) = frames_of(tmp_path / "reel")
    assert first.marks.display_matrix is reader.picture.display_matrix is None
    assert second.marks.display_matrix[:5] == (-65536, 0, 0, 0, -65536)


@pytest.mark.parametrize(
    ("pixels", "depth", "said", "limited"),
    [
        ("gray16le", 16, (4096, 60160), True),
        ("gbrp10le", 10, (64, 940), True),
        ("gray", 8, (16, 235), True),
        ("gbrp10le", 10, (64, 960), False),
    ],
)
def test_the_limited_range_of_dpx(tmp_path, pixels, depth, said, limited):
    codes = make_sequence(tmp_path / "reel", numbers=range(2), pixels=pixels, depth=depth)
    order = ">" if (tmp_path / "reel/000000.dpx").read_bytes()[:4] == b"SDPX" else "<"
    for place, code in zip((784, 792), said, strict=True):
        _edit(tmp_path / "reel", place, struct.pack(order + "I", code))
    reader, frames = frames_of(tmp_path / "reel")
    assert reader.picture.full_range != limited
    assert all(np.array_equal(f.luma, c) for f, c in zip(frames, codes, strict=True))
    odd = [] if limited else [f"that codes {said[0]} and {said[1]} are black and white"]
    assert reader.left_out == odd


def test_alpha_is_left_out_from_where_it_hides_something(tmp_path):
    opaque = Image.new("RGBA", (32, 32), (9, 9, 9, 255))
    for number in range(4):
        if number == 2:
            opaque.putpixel((3, 4), (9, 9, 9, 254))
        opaque.save(tmp_path / f"{number}.png")
        if number == 1:
            assert frames_of(tmp_path)[0].left_out == []
    assert frames_of(tmp_path)[0].left_out == ["alpha channel, from 0.083 s on"]
    assert frames_of(tmp_path, duration=Fraction(2, 24), run_out=2)[0].left_out == []


def _saved(picture: Image.Image, kind: str, **options) -> bytes:
    content = io.BytesIO()
    picture.save(content, kind, **options)
    return content.getvalue()


@pytest.mark.parametrize("kind", ["png", "tiff"])
def test_what_png_and_tiff_say_is_named(tmp_path, kind):
    texts = PngInfo()
    texts.add_text("Comment", "a scan")
    picture = Image.new("L", (32, 32), 99)
    options = {
        "png": {"pnginfo": texts},
        "tiff": {"tiffinfo": {315: "a person"}, "save_all": True, "append_images": [picture]},
    }[kind]
    for number in range(2):
        content = _saved(picture, kind, dpi=(600, 600), icc_profile=b"a profile", **options)
        (tmp_path / f"{number}.{kind}").write_bytes(content)
    reader, frames = frames_of(tmp_path)
    assert len(frames) == 2
    assert sorted(reader.left_out) == sorted(
        ["ICC profile", "resolution of 600 dpi"]
        + (["texts"] if kind == "png" else ["artist", "further pages"])
    )


def test_white_is_zero(tmp_path):
    codes = make_sequence(tmp_path / "reel", "%d.tif", numbers=range(2))
    for path in (tmp_path / "reel").iterdir():  # PhotometricInterpretation, a short: 1 becomes 0
        content = path.read_bytes()
        entry = struct.pack("<HHII", 262, 3, 1, 1)
        assert content.count(entry) == 1
        path.write_bytes(content.replace(entry, struct.pack("<HHII", 262, 3, 1, 0)))
    _, frames = frames_of(tmp_path / "reel")
    assert all(np.array_equal(f.luma, 65535 - c) for f, c in zip(frames, codes, strict=True))


@pytest.mark.parametrize(
    ("path", "stem", "parent"),
    [
        ("a/reel.v2", "reel.v2", "a"),
        ("a/reel/%06d.dpx", "reel", "a/reel"),
        ("a/reel/scan_%d.png", "scan", "a/reel"),
    ],
)
def test_names(path, stem, parent):
    sequence = FrameSequence(path, Fraction(24))
    assert (sequence.stem, str(sequence.parent), sequence.suffix) == (stem, parent, "")
    assert re.fullmatch(r"(Posix|Windows)Path", type(sequence.parent).__name__)
