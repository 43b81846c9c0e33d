"""What frames say of themselves: kept frame by frame, or named with its time."""

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.bitstream import BitStreamFilterContext
from clips import luma_codes, make_clip, planes_of, times_of
from field_pictures import stream
from marked_films import (
    afd_message,
    aspect_of,
    captions_message,
    make_aspects,
    make_scans,
    make_unmarked,
    make_with_messages,
    scans_of,
    side_data_of,
    triplets,
)

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.errors import OutputError
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.film import colorize_file

FFV1 = EncoderSettings("ffv1")
X264 = EncoderSettings("libx264", preset="fast", options=(("qp", "0"), ("bf", "2")))
X265 = EncoderSettings(
    "libx265", preset="ultrafast", options=(("x265-params", "lossless=1:pools=none"),)
)
PRORES = EncoderSettings("prores_ks")
TELECINED = ["tff"] * 2 + ["prog"] * 3
FLIPPING = ["tff"] * 6 + ["bff"] * 5 + ["prog"] * 4 + ["tff"] * 3


@pytest.fixture
def colorizer(checkpoint: Checkpoint) -> Colorizer:
    """Batches of 5, so that the last one of a film is not full."""
    return Colorizer(checkpoint, precision="fp32", batch_size=5)


@pytest.mark.parametrize("scans", [TELECINED * 3, FLIPPING, ["prog"] * 5 + ["bff"] * 12])
@pytest.mark.parametrize(
    ("output", "encoder"), [("b.mkv", FFV1), ("b.mkv", X264), ("b.mp4", X264), ("b.mov", X264)]
)
def test_each_frame_keeps_its_scan(
    tmp_path: Path, colorizer: Colorizer, scans: list[str], output: str, encoder: EncoderSettings
) -> None:
    lumas = make_scans(tmp_path / "a.mkv", scans)
    assert scans_of(tmp_path / "a.mkv") == scans
    result = colorize_file(
        tmp_path / "a.mkv", tmp_path / output, colorizer, encoder=encoder, strict=True, verify=True
    )
    assert result.notes[-1].endswith("luma identical")
    assert scans_of(tmp_path / output) == scans
    for planes, luma in zip(planes_of(tmp_path / output), lumas, strict=True):
        assert np.array_equal(planes[0], luma)


def test_a_scan_that_an_encoder_can_t_write_is_named(tmp_path: Path, colorizer: Colorizer) -> None:
    """ProRes knows the order of each frame's fields, but no progressive frame among them."""
    make_scans(tmp_path / "a.mkv", FLIPPING, depth=10)
    result = colorize_file(tmp_path / "a.mkv", tmp_path / "b.mov", colorizer, encoder=PRORES)
    assert result.notes == ("progressive frames at 0.440 s: written as interlaced",)
    assert scans_of(tmp_path / "b.mov") == [s.replace("prog", "tff") for s in FLIPPING]
    with pytest.raises(OutputError, match=r"progressive frames at 0\.\d+ s: written"):
        colorize_file(
            tmp_path / "a.mkv", tmp_path / "c.mov", colorizer, encoder=PRORES, strict=True
        )
    assert not (tmp_path / "c.mov").exists()


def test_interlaced_frames_that_no_sample_shows_are_named(
    tmp_path: Path, colorizer: Colorizer
) -> None:
    """Key frames are progressive, and the one that is not lies between two of them."""
    film = tmp_path / "a.mkv"
    with av.open(str(film), "w") as output:
        video = output.add_stream("mpeg2video", rate=25, width=64, height=64)
        video.codec_context.pix_fmt = "yuv420p"
        for packet in _mpeg2_with_one_interlaced_frame(video):
            output.mux(packet)
    scans = scans_of(film)
    assert scans.count("prog") == 179
    result = colorize_file(film, tmp_path / "b.mkv", colorizer, encoder=X264)
    at = scans.index("tff") / 25
    assert f"interlaced frames at {at:.3f} s: written as progressive" in result.notes
    with pytest.raises(OutputError, match="interlaced frames at"):
        colorize_file(film, tmp_path / "c.mkv", colorizer, encoder=X264, strict=True)
    assert not (tmp_path / "c.mkv").exists()


def _mpeg2_with_one_interlaced_frame(video: av.VideoStream) -> Iterator[av.Packet]:
    """Encode 180 frames of which one is interlaced, by the extensions of H.262 that say so."""
    packets = []
    for index in range(180):
        frame = av.VideoFrame.from_ndarray(np.full((96, 64), 40 + index, np.uint8), "yuv420p")
        frame.pts, frame.time_base = index, Fraction(1, 25)
        packets += video.encode(frame)
    for index, packet in enumerate([*packets, *video.encode()]):
        content = bytearray(packet)
        sequence = content.find(b"\0\0\1\xb5\x14")
        if sequence >= 0:
            content[sequence + 5] &= ~0x08  # progressive_sequence
        if index == 100:
            (picture,) = re.finditer(rb"\x00\x00\x01\xb5[\x80-\x8f]", content)
            content[picture.end() + 2] |= 0x80  # top_field_first
            content[picture.end() + 3] &= 0x7F  # progressive_frame
        made = av.Packet(bytes(content))
        made.pts, made.dts, made.time_base = packet.pts, packet.dts, packet.time_base
        made.stream, made.duration, made.is_keyframe = video, packet.duration, packet.is_keyframe
        yield made


@pytest.mark.parametrize("top_first", [True, False])
@pytest.mark.parametrize("name", ["a.h264", "a.ts"])
def test_frames_of_field_pictures_last_as_long_as_both_fields(
    tmp_path: Path, colorizer: Colorizer, name: str, top_first: bool
) -> None:
    lumas = [luma_codes(index, (64, 64)) for index in range(10)]
    fields = [field for pair in stream(lumas, top_first) for field in pair]
    if name == "a.h264":
        (tmp_path / name).write_bytes(b"".join(fields))
    else:
        with av.open(str(tmp_path / name), "w") as film:
            video = film.add_mux_stream("h264", width=64, height=64)
            for index, field in enumerate(fields):
                packet = av.Packet(field)
                packet.pts = packet.dts = index
                packet.stream, packet.time_base, packet.duration = video, Fraction(1, 50), 1
                packet.is_keyframe = index % 2 == 0
                film.mux(packet)
    colorize_file(tmp_path / name, tmp_path / "b.mp4", colorizer, encoder=X264, strict=True)
    assert set(scans_of(tmp_path / "b.mp4")) == {"tff" if top_first else "bff"}
    assert times_of(tmp_path / "b.mp4") == [Fraction(index, 25) for index in range(10)]
    for planes, luma in zip(planes_of(tmp_path / "b.mp4"), lumas, strict=True):
        assert np.array_equal(planes[0], luma)
    with av.open(str(tmp_path / "b.mp4")) as film:
        assert film.duration == 0.4 * av.time_base


@pytest.mark.parametrize(("order", "scan"), [(2, "tff"), (3, "bff"), (4, "tff"), (5, "bff")])
@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [
        ("a.mkv", "rawvideo", "yuv420p"),
        ("a.mkv", "ffv1", "yuv420p"),
        ("a.mov", "mjpeg", "yuvj420p"),
        ("a.mov", "v210", "yuv422p10le"),
    ],
)
def test_the_container_s_field_order_counts_where_frames_say_nothing(
    tmp_path: Path,
    colorizer: Colorizer,
    name: str,
    codec: str,
    pixels: str,
    order: int,
    scan: str,
) -> None:
    source = tmp_path / name
    make_unmarked(source, codec, pixels, order)
    for output, encoder in (("b.mkv", FFV1), ("c.mkv", X264)):
        colorize_file(source, tmp_path / output, colorizer, encoder=encoder, strict=True)
        assert set(scans_of(tmp_path / output)) == {scan}
        with av.open(str(tmp_path / output)) as film:
            assert film.streams.video[0].codec_context.field_order in {
                "tff": (2, 4), "bff": (3, 5)
            }[scan]  # fmt: skip


def test_its_fields_are_coloured_apart(tmp_path: Path, colorizer: Colorizer) -> None:
    make_unmarked(tmp_path / "a.mkv", "ffv1", "yuv420p", 2)
    make_scans(tmp_path / "b.mkv", ["tff"] * 4)
    for name in "ab":
        colorize_file(tmp_path / f"{name}.mkv", tmp_path / f"{name}2.mkv", colorizer, encoder=FFV1)
    both = planes_of(tmp_path / "a2.mkv"), planes_of(tmp_path / "b2.mkv")
    for apart, marked in zip(*both, strict=True):
        assert all(map(np.array_equal, apart, marked))


def test_what_a_codec_says_of_each_frame_goes_before_its_container(
    tmp_path: Path, colorizer: Colorizer
) -> None:
    """MPEG-2 marks each frame; a container that says otherwise is wrong."""
    make_unmarked(tmp_path / "a.mkv", "mpeg2video", "yuv420p", 2)
    with av.open(str(tmp_path / "a.mkv")) as film:
        said = film.streams.video[0].codec_context.field_order
    colorize_file(tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer, encoder=FFV1)
    assert set(scans_of(tmp_path / "b.mkv")) == {"prog"}, said


def test_a_pixel_aspect_that_changes_is_scaled_to_the_first(
    tmp_path: Path, colorizer: Colorizer
) -> None:
    """A circle stays one: as wide as high when it is shown, before and after the change."""
    parts = []
    for index, aspect in enumerate([Fraction(16, 15), Fraction(64, 45)]):
        part = tmp_path / f"{index}.ts"
        make_clip(
            part,
            codec="libx264",
            size=(180, 144),
            options={"qp": "0", "preset": "ultrafast"},
            aspect=aspect,
            times=range(20 * index, 20 * index + 20),
            time_base=Fraction(1, 25),
            pictures=[_circle(aspect)] * 20,
        )
        parts.append(part.read_bytes())
    (tmp_path / "a.ts").write_bytes(b"".join(parts))
    result = colorize_file(tmp_path / "a.ts", tmp_path / "b.mp4", colorizer, encoder=X264)
    assert result.notes[0] == "pixel aspect 64/45 at 0.800 s: scaled to 16/15"
    lumas = [planes[0] for planes in planes_of(tmp_path / "b.mp4")]
    assert len(lumas) == 40
    assert np.array_equal(lumas[19], _circle(Fraction(16, 15)))
    for luma in (lumas[0], lumas[19], lumas[20], lumas[39]):
        rows, columns = np.nonzero(luma > 120)
        wide, high = np.ptp(columns) + 1, np.ptp(rows) + 1
        assert abs(wide * Fraction(16, 15) / high - 1) < 0.03
    assert lumas[20][:16].max() == 16  # black above the picture, which is now less high
    with pytest.raises(OutputError, match="pixel aspect 64/45 at"):
        colorize_file(tmp_path / "a.ts", tmp_path / "c.mp4", colorizer, strict=True)
    part = {"start": Fraction(1), "duration": Fraction(1, 5)}
    colorize_file(tmp_path / "a.ts", tmp_path / "d.mp4", colorizer, encoder=X264, **part)
    for planes, whole in zip(planes_of(tmp_path / "d.mp4"), lumas[25:], strict=False):
        assert np.array_equal(planes[0], whole)


@pytest.mark.parametrize("audience", [{}, {"strict": True}, {"two_pass": True}, {"verify": True}])
def test_ffv1_keeps_a_pixel_aspect_that_changes(
    tmp_path: Path, colorizer: Colorizer, audience: dict[str, bool]
) -> None:
    aspects = [Fraction(16, 15)] * 3 + [Fraction(64, 45)] * 2 + [Fraction(1)]
    codes = make_aspects(tmp_path / "a.mkv", aspects)
    ffv1 = EncoderSettings("ffv1")
    result = colorize_file(
        tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer, encoder=ffv1, **audience
    )
    assert not any("aspect" in note for note in result.notes)
    lumas = [planes[0] for planes in planes_of(tmp_path / "b.mkv")]
    assert all(np.array_equal(luma, code) for luma, code in zip(lumas, codes, strict=True))
    with av.open(str(tmp_path / "b.mkv")) as film:
        assert [aspect_of(frame) for frame in film.decode(video=0)] == aspects


def test_a_part_of_it_and_other_files_are_scaled(tmp_path: Path, colorizer: Colorizer) -> None:
    make_aspects(tmp_path / "a.mkv", [Fraction(16, 15)] * 3 + [Fraction(64, 45)] * 3)
    for name, part in (("b.mkv", {"start": Fraction(1, 25)}), ("c.mp4", {})):
        result = colorize_file(
            tmp_path / "a.mkv", tmp_path / name, colorizer, encoder=EncoderSettings("ffv1"), **part
        )
        assert any("scaled to 16/15" in note for note in result.notes), name


@pytest.mark.parametrize(
    ("marks", "note"),
    [
        ({"transfer": 5}, "transfer 5 of H.273 at 0.800 s: tagged 1, as before"),
        ({"rotation": 90}, "another rotation or mirroring at 0.800 s: written as at the beginning"),
    ],
)
def test_what_the_output_can_say_only_once_is_named_where_it_changes(
    tmp_path: Path, colorizer: Colorizer, marks: dict[str, int], note: str
) -> None:
    content = b""
    for index, changed in enumerate([{}, marks]):
        part = tmp_path / f"{index}.ts"
        turn = changed.pop("rotation", 0)
        times, base = range(20 * index, 20 * index + 20), Fraction(1, 25)
        make_clip(
            part,
            codec="libx264",
            options={"preset": "ultrafast"},
            gop=20,
            times=times,
            time_base=base,
            **{"transfer": 1} | changed,
        )
        content += _turned(part, turn)
    (tmp_path / "a.ts").write_bytes(content)
    result = colorize_file(tmp_path / "a.ts", tmp_path / "b.mp4", colorizer)
    assert note in result.notes
    with pytest.raises(OutputError, match=note[:20]):
        colorize_file(tmp_path / "a.ts", tmp_path / "c.mp4", colorizer, strict=True)


def _turned(film: Path, degrees: int) -> bytes:
    """Return a film whose stream says that it is to be turned; its bytes."""
    turned = film.with_name(f"{degrees}-{film.name}")
    with av.open(str(film)) as source, av.open(str(turned), "w") as output:
        video = source.streams.video[0]
        copy = output.add_stream_from_template(video)
        orientation = BitStreamFilterContext(
            f"h264_metadata=display_orientation=insert:rotate={degrees}", video
        )
        packets = source.demux(video)
        for packet in (made for each in packets for made in orientation.filter(each)):
            packet.stream = copy
            output.mux(packet)
    return turned.read_bytes()


def _circle(aspect: Fraction) -> np.ndarray:
    """Return (144, 180) luma of a disc that is round in pixels of this aspect."""
    rows, columns = np.mgrid[:144, :180]
    distance = np.hypot(rows - 71.5, (columns - 89.5) * float(aspect))
    return np.where(distance < 50, 200, 60).astype(np.uint8)


@pytest.mark.parametrize("codec", ["mpeg2video", "libx264", "libx265"])
@pytest.mark.parametrize(
    ("output", "encoder"), [("b.mkv", X264), ("b.mp4", X264), ("b.mkv", X265), ("b.mov", X265)]
)
def test_captions_and_afd_stay_with_their_frames(
    tmp_path: Path, colorizer: Colorizer, codec: str, output: str, encoder: EncoderSettings
) -> None:
    source = tmp_path / ("a.ts" if codec == "mpeg2video" else "a.mkv")
    said = [
        [(4, captions_message(triplets(index, 20))), (4, afd_message(8 + index % 3))]
        for index in range(12)
    ]
    make_with_messages(source, codec, said)
    expected = [[triplets(index, 20)] for index in range(12)]
    assert side_data_of(source, "A53_CC") == expected
    result = colorize_file(source, tmp_path / output, colorizer, encoder=encoder, strict=True)
    assert result.frames == 12
    assert side_data_of(tmp_path / output, "A53_CC") == expected
    assert side_data_of(tmp_path / output, "AFD") == [[bytes([8 + i % 3])] for i in range(12)]


def test_captions_that_an_encoder_can_t_hold_are_named(
    tmp_path: Path, colorizer: Colorizer
) -> None:
    said = [[(4, captions_message(triplets(index, 20)))] if index else [] for index in range(12)]
    make_with_messages(tmp_path / "a.ts", "mpeg2video", said)
    result = colorize_file(tmp_path / "a.ts", tmp_path / "b.mkv", colorizer, encoder=FFV1)
    assert result.notes == ("captions in the picture's stream: lost with ffv1",)
    with pytest.raises(OutputError, match="captions in the picture's stream: lost with ffv1"):
        colorize_file(tmp_path / "a.ts", tmp_path / "c.mkv", colorizer, encoder=FFV1, strict=True)


def test_other_user_data_stays_but_not_what_the_encoder_said_of_itself(
    tmp_path: Path, colorizer: Colorizer
) -> None:
    mine = bytes(range(1, 17)) + b"reel 4\1\1"
    said = [[(5, mine)] if index % 2 else [] for index in range(12)]
    make_with_messages(tmp_path / "a.mkv", "libx264", said)
    of_x264 = side_data_of(tmp_path / "a.mkv", "SEI_UNREGISTERED")[0]
    assert b"x264 - core" in of_x264[0]
    colorize_file(tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer, encoder=X265, strict=True)
    found = side_data_of(tmp_path / "b.mkv", "SEI_UNREGISTERED")
    assert not any(data in of_x264 for each in found for data in each)
    assert [each.count(mine) for each in found] == [0, 1] * 6


@pytest.mark.parametrize(("output", "encoder"), [("b.mkv", X264), ("b.mp4", X264), ("b.mkv", X265)])
def test_timecode_stays_with_its_frames(
    tmp_path: Path, colorizer: Colorizer, output: str, encoder: EncoderSettings
) -> None:
    """In the film it is a time code message of H.265, E.2.27: here 10:59:50:13 and on."""
    times = [divmod(13 + index, 25) for index in range(20)]
    said = [[(136, _time_code(10, 59, 50 + more, frames))] for more, frames in times]
    make_with_messages(tmp_path / "a.mkv", "libx265", said)
    colorize_file(tmp_path / "a.mkv", tmp_path / output, colorizer, encoder=encoder, strict=True)
    found = side_data_of(tmp_path / output, "S12M_TIMECODE")
    # As SMPTE 12M has it: hours, minutes, seconds and frames, in decimal digits of 4 bits.
    assert [each[0][4:8].hex(":") for each in found] == [
        f"10:59:{50 + more}:{frames:02}" for more, frames in times
    ]


def _time_code(hours: int, minutes: int, seconds: int, frames: int) -> bytes:
    bits = f"011{0:06b}100{frames:09b}{seconds:06b}{minutes:06b}{hours:05b}{0:05b}1"
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")
