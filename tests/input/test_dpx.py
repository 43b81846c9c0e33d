"""A single DPX file as a photograph: its samples, and what its header says."""

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import SIZE, luma_codes
from sequences import (
    EDGE_CODE,
    RATE,
    TIMECODE,
    TRANSFER,
    make_sequence,
    picture_file,
    with_industry_headers,
)

from vidcolor.errors import UnsupportedError
from vidcolor.frame_sequence import FrameSequence
from vidcolor.input.photographs import Page, Photograph
from vidcolor.input.reader import Reader

CODES = luma_codes(0, SIZE, 16)
PLAIN = picture_file(CODES, "dpx", "gray16le", 16)


def page(path: Path, content: bytes) -> Page:
    (path / "a.dpx").write_bytes(content)
    return Photograph(path / "a.dpx").page()


def edited(fields: dict[int, bytes], content: bytes = PLAIN) -> bytes:
    changed = bytearray(content)
    for place, field in fields.items():
        changed[place : place + len(field)] = field
    return bytes(changed)


@pytest.mark.parametrize(
    ("pixels", "depth"), [("gray", 8), ("gbrp10le", 10), ("gbrp12le", 12), ("rgb48le", 16)]
)
def test_codes_of_every_depth(tmp_path, pixels, depth):
    codes = luma_codes(0, SIZE, depth)
    read = page(tmp_path, picture_file(codes, "dpx", pixels, depth))
    wide = 255 if depth == 8 else 65535
    assert np.array_equal(read.rgb[..., 0], np.rint(codes * (wide / ((1 << depth) - 1))))
    assert (np.ptp(read.rgb, axis=2) == 0).all()


@pytest.mark.parametrize("pixels", ["rgba", "rgba64le"])
def test_alpha_is_kept(tmp_path, pixels):
    codes = CODES if pixels == "rgba64le" else (CODES >> 8).astype(np.uint8)
    four = np.dstack([codes, codes, codes, codes[::-1]])
    context = av.CodecContext.create("dpx", "w")
    context.width, context.height = SIZE
    context.pix_fmt, context.time_base = pixels, Fraction(1, 24)
    frame = av.VideoFrame.from_ndarray(four, format=pixels)
    content = b"".join(map(bytes, [*context.encode(frame), *context.encode(None)]))
    read = page(tmp_path, content)
    assert np.array_equal(read.rgb, four[..., :3])
    assert np.array_equal(read.alpha, codes[::-1])


@pytest.mark.parametrize(("code", "kind"), [(1, "printing density"), (3, "logarithmic")])
def test_logarithmic_ones_are_refused(tmp_path, code, kind):
    with pytest.raises(UnsupportedError, match=rf"a\.dpx: its header says {kind}: .*convert"):
        page(tmp_path, edited({TRANSFER: bytes([code])}))


def test_linear_ones_are_refused_unless_ffmpeg_only_wrote_so(tmp_path):
    linear = edited({TRANSFER: b"\2"})
    assert np.array_equal(page(tmp_path, linear).rgb[..., 0], CODES)
    with pytest.raises(UnsupportedError, match="linear film"):
        page(tmp_path, edited({160: b"a scanner\0"}, linear))


SAID = {
    260: b"Nosferatu\0",
    460: b"(c) an archive\0",
    1432: b"reel2_0001.dpx\0",
    1532: b"2026:01:02:03:04:05\0",
    1556: b"a scanner\0",
    1588: b"SN 12\0",
    1680: b"35mm\0",
    1732: b"key frame\0",
    1764: b"take 3\0",
    EDGE_CODE: b"0123456789ABCDEF",
}
NAMES = [
    *("project", "copyright", "source file", "date", "input device", "serial number"),
    *("film edge code", "film format", "frame identification", "slate"),
]


def test_what_the_header_says_is_named(tmp_path):
    more = {TIMECODE: b"\x01\x02\x03\x04", RATE: struct.pack(">f", 18), 1924: b"\0\0\0\7"}
    industry = with_industry_headers(PLAIN, SAID | more)
    assert sorted(page(tmp_path, industry).left_out) == sorted(
        [
            *NAMES,
            "user bits of the timecode",
            "timecode 01:02:03:04",
            "rate of 18 frames/s",
        ]
    )
    assert page(tmp_path, PLAIN).left_out == ()
    assert page(tmp_path, with_industry_headers(PLAIN, {})).left_out == ()


def test_the_header_of_a_sequence_is_named(tmp_path):
    make_sequence(tmp_path / "reel", numbers=range(2))
    for path in (tmp_path / "reel").iterdir():
        path.write_bytes(with_industry_headers(path.read_bytes(), SAID))
    with Reader(FrameSequence(tmp_path / "reel", 24)) as reader:
        assert reader.left_out == NAMES


def test_geometry_and_range(tmp_path):
    order = ">" if PLAIN[:4] == b"SDPX" else "<"

    def number(*values: int) -> bytes:
        return struct.pack(f"{order}{len(values)}I", *values)

    for turn, upright in (
        (1, CODES[:, ::-1]),
        (2, CODES[::-1]),
        (3, CODES[::-1, ::-1]),
        (4, CODES.T),
        (5, np.rot90(CODES, -1)),
        (6, np.rot90(CODES, 1)),
        (7, CODES.T[::-1, ::-1]),
    ):
        read = page(tmp_path, edited({768: struct.pack(order + "H", turn)}))
        assert np.array_equal(read.rgb[..., 0], upright), turn
    assert page(tmp_path, edited({1628: number(2, 1)})).left_out == ("pixel aspect 2",)
    narrow = page(tmp_path, edited({784: number(4096), 792: number(60160)}))
    assert narrow.left_out == ()
    assert narrow.notes == ("codes 4096 to 60160: spread over the whole range",)
    wide = np.rint((CODES - 4096.0) * (65535 / (60160 - 4096))).clip(0, 65535)
    assert np.array_equal(narrow.rgb[..., 0], wide)
    whole = edited({784: number(0), 792: number(65535)})
    assert page(tmp_path, whole).left_out == ()
