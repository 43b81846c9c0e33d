"""What a reader delivers: every frame, in order, at its own time, and the packets beside it."""

import io
import os
import re
import weakref
from fractions import Fraction

import av
import numpy as np
import pytest
from clips import MS, SIZE, make_clip, packets_of

from vidcolor.color.tint import Look
from vidcolor.errors import InputError, UnsupportedError, UsageError
from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader

# Gaps of 1 ms to 1 s, as a phone or a screen recorder makes them.
UNEVEN = (0, 17, 33, 34, 100, 140, 180, 1180, 1190, 1230, 1270, 1300)


def read(path, **span):
    """The reader, its frames and its packets as (stream index, seconds, payload)."""
    with Reader(path, **span) as reader:
        frames, packets = [], []
        for item in reader:
            if isinstance(item, Frame):
                frames.append(item)
            else:
                packets.append((item.stream.index, item.pts * item.time_base, bytes(item)))
    return reader, frames, packets


@pytest.mark.parametrize(
    ("name", "codec", "pixels", "depth"),
    [
        ("a.mkv", "ffv1", "yuv420p", 8),
        ("a.mkv", "ffv1", "yuv422p", 8),
        ("a.mkv", "ffv1", "yuv444p10le", 10),
        ("a.mkv", "ffv1", "yuva420p", 8),
        ("a.mkv", "ffv1", "gray", 8),
        ("a.mkv", "ffv1", "gray10le", 10),
        ("a.mkv", "ffv1", "gbrp10le", 10),
        ("a.mkv", "ffv1", "yuv420p16le", 16),
        ("a.nut", "rawvideo", "nv12", 8),
        ("a.nut", "rawvideo", "uyvy422", 8),
        ("a.nut", "rawvideo", "rgb24", 8),
        ("a.nut", "rawvideo", "yuv420p10be", 10),
    ],
)
def test_luma_is_bit_exact(tmp_path, name, codec, pixels, depth):
    shown = make_clip(tmp_path / name, codec=codec, pixels=pixels, depth=depth)
    reader, frames, _ = read(tmp_path / name)
    assert (reader.picture.width, reader.picture.height) == SIZE
    assert (reader.picture.depth, reader.picture.pixel_format) == (depth, pixels)
    assert len(frames) == len(shown)
    for frame, luma in zip(frames, shown, strict=True):
        np.testing.assert_array_equal(frame.luma, luma)
    assert reader.warnings == []


@pytest.mark.parametrize("codec", ["ffv1", "libx264"])
def test_uneven_times_are_the_source_s(tmp_path, codec):
    make_clip(tmp_path / "a.mkv", codec=codec, times=UNEVEN)
    reader, frames, _ = read(tmp_path / "a.mkv")
    assert reader.picture.time_base == MS
    assert [frame.pts for frame in frames] == list(UNEVEN)


@pytest.mark.parametrize("name", ["a.mp4", "a.ts", "a.flv"])
def test_times_above_zero_are_kept(tmp_path, name):
    base = Fraction(1, 90000)
    times = [90000 + 3600 * i for i in range(12)]
    make_clip(tmp_path / name, codec="libx264", times=times, time_base=base)
    with av.open(str(tmp_path / name)) as film:
        truth = [frame.pts * frame.time_base for frame in film.decode(video=0)]
    reader, frames, _ = read(tmp_path / name)
    got = [frame.pts * reader.picture.time_base for frame in frames]
    assert got == truth
    assert got[0] > Fraction(1, 2)


def test_avi_with_reordered_frames_advances_evenly(tmp_path):
    make_clip(
        tmp_path / "a.avi", codec="libx264", times=range(12), time_base=Fraction(1, 25),
        options={"x264-params": "b-adapt=0:bframes=2"},
    )  # fmt: skip
    reader, frames, _ = read(tmp_path / "a.avi")
    steps = np.diff([frame.pts for frame in frames])
    assert len(frames) == 12
    assert set(steps * reader.picture.time_base) == {Fraction(1, 25)}
    assert reader.warnings == []


def test_a_stream_without_times_gets_them_from_its_rate(tmp_path):
    make_clip(tmp_path / "a.h264", codec="libx264", times=range(12), time_base=Fraction(1, 25))
    reader, frames, _ = read(tmp_path / "a.h264")
    times = [frame.pts * reader.picture.time_base for frame in frames]
    assert times == [Fraction(i, 25) for i in range(12)]


def test_packets_beside_the_picture_are_delivered_whole(tmp_path):
    path = tmp_path / "a.mkv"
    make_clip(path, audio="aac", subtitles=[(40, 200, "one"), (240, 400, "two")])
    with Reader(path) as reader:
        assert [stream.type for stream in reader.copied] == ["audio", "subtitle"]
    _, _, packets = read(path)
    sound, captions = (packets_of(path, kind) for kind in ("audio", "subtitle"))
    assert [p[1:] for p in packets if p[0] == 1] == [p[1:] for p in sound]
    assert [p[1:] for p in packets if p[0] == 2] == [p[1:] for p in captions]
    assert len(sound) > 5


def test_the_last_frames_arrive_where_video_is_not_the_first_stream(tmp_path):
    path = tmp_path / "a.mkv"
    make_clip(tmp_path / "v.mkv", codec="libx264", audio="aac")
    with av.open(str(tmp_path / "v.mkv")) as source, av.open(str(path), "w") as film:
        video, sound = source.streams.video[0], source.streams.audio[0]
        copies = {sound: film.add_stream_from_template(sound)}
        copies[video] = film.add_stream_from_template(video, opaque=True)
        for packet in source.demux(video, sound):
            if packet.size:
                packet.stream = copies[packet.stream]
                film.mux(packet)
    with Reader(path) as reader:
        assert reader.video.index == 1
    reader, frames, _ = read(path)
    assert len(frames) == 12
    assert reader.warnings == []


def test_the_picture_is_described(tmp_path):
    path = tmp_path / "a.mp4"
    make_clip(path, codec="libx264", rotation=90, aspect=Fraction(16, 11), color_range=2)
    picture = read(path)[0].picture
    assert picture.rotation == 90
    assert picture.sample_aspect_ratio == Fraction(16, 11)
    assert picture.full_range
    assert not read(_clip(tmp_path))[0].picture.full_range


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, -90, 180])
def test_the_turn_of_a_mirrored_film_is_that_before_it_is_mirrored(tmp_path, rotation, mirrored):
    path = tmp_path / "a.mp4"
    make_clip(path, codec="libx264", times=[0], rotation=rotation, mirrored=mirrored)
    with Reader(path) as reader:
        assert reader.picture.rotation % 360 == rotation % 360


def test_what_is_left_out_is_named(tmp_path):
    path = tmp_path / "a.mkv"
    make_clip(path, pixels="yuva420p", second_video=True)
    reader, frames, _ = read(path)
    assert reader.left_out == ["alpha channel", "video stream 1 (ffv1, 32x16)"]
    assert frames[0].luma.shape == (48, 64)


def test_further_video_is_copied_if_asked(tmp_path):
    path = tmp_path / "a.mkv"
    make_clip(path, second_video=True, audio="aac")
    reader, frames, packets = read(path, keep_video=True)
    assert reader.left_out == []
    further = [(t, data) for index, t, data in packets_of(path, "video") if index == 1]
    assert [(t, data) for index, t, data in packets if index == 2] == further
    assert len(frames) == len(further) == 12
    with pytest.raises(UsageError, match="not both"):
        Reader(path, keep_video=True, start=Fraction(1))


def test_colour_is_reported_frame_by_frame(tmp_path):
    assert {frame.look for frame in read(_clip(tmp_path))[1]} == {Look.GREY}
    assert {frame.look for frame in read(_clip(tmp_path, colored=True))[1]} == {Look.COLORED}


def test_chapters_metadata_and_duration(tmp_path):
    path = _clip(tmp_path, chapters=[(0, 200, "one"), (200, 480, "two")], metadata={"title": "T"})
    reader = read(path)[0]
    assert [c["metadata"]["title"] for c in reader.chapters] == ["one", "two"]
    assert {k.lower(): v for k, v in reader.metadata.items()}["title"] == "T"
    assert reader.duration == Fraction(480, 1000)


def test_damage_is_passed_over_and_counted(tmp_path):
    path = tmp_path / "a.mkv"
    make_clip(path, codec="mjpeg", pixels="yuvj420p")
    sizes = packets_of(path, "video")
    content = bytearray(path.read_bytes())
    victim = content.index(sizes[5][2])
    content[victim : victim + len(sizes[5][2])] = bytes(len(sizes[5][2]))
    path.write_bytes(content)
    reader, frames, _ = read(path)
    assert [frame.pts for frame in frames] == [t for t in range(0, 480, 40) if t != 200]
    assert reader.warnings == ["1 damaged packet could not be decoded, the first at 0.200 s"]


@pytest.mark.parametrize("slices", [1, 4])
@pytest.mark.parametrize("victims", [(0,), (5, 9)])
def test_a_flipped_bit_in_ffv1_is_damage(tmp_path, slices, victims):
    """FFmpeg hides it by the frame before and says nothing but in its log."""
    path = _ffv1(tmp_path, level=3, slices=slices, slicecrc=1)
    assert read(path)[0].warnings == []
    content = bytearray(path.read_bytes())
    for packet in (packets_of(path, "video")[index][2] for index in victims):
        content[content.index(packet) + len(packet) // 3] ^= 4
    path.write_bytes(content)
    reader, frames, _ = read(path)
    assert len(frames) == 12
    several = "s" * (len(victims) > 1)
    assert reader.warnings == [f"{len(victims)} frame{several} came damaged out of the decoder"]


@pytest.mark.parametrize("options", [{"level": 1}, {"level": 3, "slicecrc": 0}])
def test_ffv1_without_checksums_is_not_taken_for_damaged(tmp_path, options):
    assert read(_ffv1(tmp_path, **options))[0].warnings == []


def _ffv1(folder, **options):
    path = folder / "a.mkv"
    noise = np.random.default_rng(0).integers(16, 235, (12, 96, 128), np.uint8)
    texts = {name: str(value) for name, value in options.items()}
    make_clip(path, size=(128, 96), pictures=list(noise), options=texts)
    return path


def test_a_file_cut_short_delivers_what_is_there(tmp_path):
    path = _clip(tmp_path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    _, frames, _ = read(path)
    assert [frame.pts for frame in frames] == list(range(0, 480, 40))[: len(frames)]
    assert 3 <= len(frames) <= 8


@pytest.mark.parametrize("name", ["a.mkv", "a.webm", "a.mp4", "a.flv", "a.mxf"])
def test_a_file_that_ends_before_its_end_says_so(tmp_path, name):
    path = tmp_path / name
    codec = {".webm": "libvpx-vp9", ".mxf": "mpeg2video"}.get(path.suffix, "libx264")
    options = {"cpu-used": "8"} if name == "a.webm" else {}
    make_clip(path, codec=codec, times=range(75), time_base=Fraction(1, 25), options=options)
    if name == "a.mp4":
        _move_index_to_front(path)
    assert read(path)[0].warnings == []
    assert read(path, start=Fraction(1))[0].warnings == []
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    for span in ({}, {"start": Fraction(1, 2)}):
        reader, frames, _ = read(path, **span)
        assert 5 < len(frames) < 60
        assert re.fullmatch(
            r"the file is damaged at [01]\.\d s: reading ended there", *reader.warnings
        )
    assert read(path, duration=Fraction(1, 2))[0].warnings == []


def test_an_avi_that_ends_before_its_end_says_so(tmp_path):
    """Its header counts the frames."""
    path = tmp_path / "a.avi"
    noise = np.random.default_rng(0).integers(16, 235, (40, 48, 64), np.uint8)
    make_clip(path, codec="mpeg4", times=range(40), time_base=Fraction(1, 25), pictures=list(noise))
    assert read(path)[0].warnings == []
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    reader, frames, _ = read(path)
    assert 10 < len(frames) < 30
    assert re.fullmatch(r"the file is damaged at .+: reading ended there", reader.warnings[-1])


@pytest.mark.parametrize(("name", "live"), [("a.mkv", True), ("a.mkv", False), ("a.flv", False)])
def test_a_film_of_unsaid_length_is_whole_until_it_is_cut(tmp_path, name, live):
    """As written to a pipe: FFmpeg guesses its length from its size, and far too long."""
    path = tmp_path / name
    noise = np.random.default_rng(0).integers(16, 235, (75, 48, 64), np.uint8)
    make_clip(
        tmp_path / "whole.mkv", codec="libx264", times=range(75), time_base=Fraction(1, 25),
        pictures=list(noise), audio="pcm_s16le" if name == "a.mkv" else None,
    )  # fmt: skip
    _as_a_pipe_gets_it(tmp_path / "whole.mkv", path, live=live)
    for span in ({}, {"start": Fraction(1)}):
        reader, frames, _ = read(path, **span)
        assert len(frames) == (50 if span else 75)
        assert reader.warnings == []
        if name == "a.mkv":
            assert reader.duration is None
    if name == "a.mkv":
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
        warnings = read(path)[0].warnings
        assert re.fullmatch(r"the file is damaged at [12]\.\d s: reading ended there", *warnings)


def _as_a_pipe_gets_it(source, target, live):
    """Copy a film's packets to where the muxer can't go back; live: as a capture is streamed."""
    with (
        target.open("wb") as file,
        av.open(str(source)) as film,
        av.open(
            _Pipe(file), "w",
            format={".mkv": "matroska", ".flv": "flv"}[target.suffix],
            container_options={"live": "1"} if live else {},
        ) as copy,
    ):  # fmt: skip
        streams = [copy.add_stream_from_template(stream) for stream in film.streams]
        for packet in film.demux():
            if packet.size:
                packet.stream = streams[packet.stream_index]
                copy.mux(packet)


class _Pipe:
    """A file that can only be written, from its beginning to its end."""

    def __init__(self, file):
        self.write = file.write


def _move_index_to_front(path):
    content = path.read_bytes()
    path.unlink()
    with (
        av.open(io.BytesIO(content)) as source,
        av.open(str(path), "w", options={"movflags": "faststart"}) as film,
    ):
        copies = [film.add_stream_from_template(s, opaque=True) for s in source.streams]
        for packet in source.demux():
            if packet.size:
                packet.stream = copies[packet.stream_index]
                film.mux(packet)


def test_times_that_stand_still_move_on(tmp_path):
    path = tmp_path / "a.nut"
    make_clip(path, codec="mjpeg", pixels="yuvj420p", times=[0, 40, 41, 120])
    copy = tmp_path / "b.mkv"
    with av.open(str(path)) as source, av.open(str(copy), "w") as film:
        video = source.streams.video[0]
        stream = film.add_stream_from_template(video, opaque=True)
        for packet in source.demux(video):
            if packet.size:
                packet.stream = stream
                if packet.pts * packet.time_base == Fraction(41, 1000):
                    packet.pts = packet.dts = round(Fraction(40, 1000) / packet.time_base)
                film.mux(packet)
    reader, frames, _ = read(copy)
    assert [frame.pts for frame in frames] == [0, 40, 41, 120]
    line = "1 frame had a time that did not advance: moved on by a tick, the first at 0.041 s"
    assert reader.warnings == [line]


def test_a_change_of_size_is_refused_with_its_time(tmp_path):
    parts = []
    for index, size in enumerate([(64, 48), (32, 32)]):
        part = tmp_path / f"{index}.ts"
        times = range(12 * index, 12 * index + 12)
        make_clip(part, codec="mpeg2video", size=size, times=times, time_base=Fraction(1, 25))
        parts.append(part.read_bytes())
    (tmp_path / "a.ts").write_bytes(b"".join(parts))
    with Reader(tmp_path / "a.ts") as reader, pytest.raises(UnsupportedError) as refusal:
        list(reader)
    assert "64x48 to 32x32 at" in str(refusal.value)


def test_files_that_are_no_films(tmp_path):
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.txt").write_text("no film\n" * 200)
    (tmp_path / "text.mp4").write_text("no film\n" * 200)
    make_clip(tmp_path / "whole.mp4", codec="libx264")
    (tmp_path / "cut.mp4").write_bytes((tmp_path / "whole.mp4").read_bytes()[:900])
    with av.open(str(tmp_path / "sound.mkv"), "w") as film:
        stream = film.add_stream("pcm_s16le", rate=48000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 960), np.int16), "s16", "mono")
        sound.sample_rate = 48000
        film.mux(stream.encode(sound))
    cases = {
        tmp_path: "folder",
        tmp_path / "missing.mp4": "no such file",
        tmp_path / "empty.mp4": "empty",
        tmp_path / "text.txt": "text file",
        tmp_path / "text.mp4": "not a film",
        tmp_path / "cut.mp4": "incomplete",
        tmp_path / "sound.mkv": "only sound",
    }
    for path, problem in cases.items():
        with pytest.raises(InputError, match=problem) as refusal:
            Reader(path)
        assert str(refusal.value).startswith(f"{path}: ")
        assert "\n" not in str(refusal.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path):
    path = _clip(tmp_path)
    path.chmod(0)
    with pytest.raises(InputError, match="permission"):
        Reader(path)


def test_a_stream_that_decodes_to_nothing(tmp_path):
    path = _clip(tmp_path)
    payloads = {packet[2] for packet in packets_of(path, "video")}
    content = path.read_bytes()
    for payload in payloads:
        content = content.replace(payload, b"\xff" * len(payload))
    path.write_bytes(content)
    with pytest.raises(InputError, match="no frame could be decoded"):
        Reader(path)


def test_an_encrypted_film_is_refused(tmp_path):
    path = tmp_path / "a.mp4"
    key = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "00" * 16,
           "encryption_kid": "11" * 16}  # fmt: skip
    make_clip(tmp_path / "v.mp4", codec="libx264")
    with (
        av.open(str(tmp_path / "v.mp4")) as source,
        av.open(str(path), "w", container_options=key) as film,
    ):
        video = source.streams.video[0]
        stream = film.add_stream_from_template(video, opaque=True)
        for packet in source.demux(video):
            if packet.size:
                packet.stream = stream
                film.mux(packet)
    with pytest.raises(InputError, match="encrypted"):
        Reader(path)


# A film of 12 s with a key frame each second; its frames tell their number by their luma.
LONG = range(0, 12000, 200)


@pytest.mark.parametrize("name", ["a.mkv", "a.mp4", "a.ts", "a.h264", "a.avi"])
@pytest.mark.parametrize(
    ("start", "duration", "run_up"),
    [(0, 1, 0), (0, 1, 4), ("0.4", 1, 4), (7, "0.9", 0), (7, 1, 12), ("6.9", 2, 5), (9, None, 40)],
)
def test_a_span_holds_exactly_its_frames(tmp_path, name, start, duration, run_up):
    path = tmp_path / name
    base = Fraction(1, 5) if name.endswith(("h264", "avi")) else MS
    times = [round(t * MS / base) for t in LONG]
    make_clip(path, codec="libx264", times=times, time_base=base, gop=5,
              options={"qp": "0", "bf": "0"})  # fmt: skip
    _, whole, _ = read(path)
    start, duration = Fraction(start), duration and Fraction(duration)
    reader, frames, _ = read(path, start=start, duration=duration, run_up=run_up)
    first = whole[0].pts
    base = reader.picture.time_base
    inside = [
        i for i, frame in enumerate(whole)
        if start <= (frame.pts - first) * base
        and (duration is None or (frame.pts - first) * base < start + duration)
    ]  # fmt: skip
    expected = list(range(max(0, inside[0] - run_up), inside[-1] + 1))
    assert len(frames) == len(expected)
    zero = whole[inside[0]].pts
    for frame, index in zip(frames, expected, strict=True):
        np.testing.assert_array_equal(frame.luma, whole[index].luma)
        assert frame.pts == whole[index].pts - zero
        assert frame.outside == (index < inside[0])


@pytest.mark.parametrize("start", [None, Fraction(7)])
def test_no_frame_is_kept_behind_the_one_read_last(tmp_path, start):
    """Not those of the run-up either, which would take memory until the span is over."""
    path = tmp_path / "a.mkv"
    make_clip(path, times=LONG, gop=5)
    with Reader(path, start=start, run_up=20 if start else 0) as reader:
        lumas = []
        for item in reader:
            if isinstance(item, Frame):
                assert all(luma() is None for luma in lumas[:-1])
                lumas.append(weakref.ref(item.luma))
    assert len(lumas) > 20


def test_a_span_moves_sound_subtitles_and_chapters(tmp_path):
    path = tmp_path / "a.mkv"
    make_clip(
        path, times=LONG, gop=5, audio="aac",
        subtitles=[(1000, 1500, "over"), (2000, 7500, "astride"), (7600, 8400, "in"),
                   (9500, 9900, "after")],
        chapters=[(0, 6000, "one"), (6000, 8000, "two"), (8000, 12000, "three")],
    )  # fmt: skip
    reader, frames, packets = read(path, start=Fraction(7), duration=Fraction(2), run_up=3)
    assert [f.pts for f in frames if not f.outside] == list(range(0, 2000, 200))
    sound = [(t, data) for index, t, data in packets if index == 1]
    inside = [(t - 7, data) for _, t, data in packets_of(path, "audio") if 7 <= t < 9]
    assert sound == inside
    captions = [(float(t), data) for index, t, data in packets if index == 2]
    assert captions == [(0, b"astride"), (0.6, b"in")]
    found = [(c["metadata"]["title"], c["start"] * c["time_base"], c["end"] * c["time_base"])
             for c in reader.chapters]  # fmt: skip
    assert found == [("two", 0, 1), ("three", 1, 2)]
    assert reader.duration == 2


def test_a_subtitle_astride_the_start_is_cut(tmp_path):
    path = tmp_path / "a.mkv"
    make_clip(path, times=LONG, gop=5, subtitles=[(2000, 7500, "astride")])
    with Reader(path, start=Fraction(7)) as reader:
        captions = [item for item in reader if not isinstance(item, Frame)]
    assert [(p.pts, p.duration) for p in captions] == [(0, 500)]


def test_a_span_counts_from_the_earliest_stream(tmp_path):
    path = tmp_path / "a.mp4"
    make_clip(path, codec="libx264", times=[500 + t for t in LONG], audio="aac")
    with av.open(str(path)) as film:
        origin = Fraction(film.start_time, av.time_base)
        times = [frame.pts * frame.time_base - origin for frame in film.decode(video=0)]
    _, frames, _ = read(path, start=Fraction(1), duration=Fraction(1))
    assert len(frames) == sum(1 <= t < 2 for t in times)
    assert times[0] > Fraction(2, 5)


@pytest.mark.parametrize(
    ("span", "message"),
    [
        ({"start": Fraction(13)}, "12.000 s long"),
        ({"start": Fraction(-1)}, "0 or more"),
        ({"duration": Fraction(0)}, "more than 0"),
        ({"start": Fraction(7) + MS, "duration": MS}, "no frame"),
    ],
)
def test_a_span_without_frames(tmp_path, span, message):
    path = tmp_path / "a.mkv"
    make_clip(path, times=LONG, gop=5)
    with pytest.raises(UsageError, match=message):
        Reader(path, **span)


def _clip(folder, **changes):
    path = folder / "clip.mkv"
    make_clip(path, **changes)
    return path
