"""What a film keeps on its way through reader and writer, and what failures leave behind."""

import os
import re
import stat
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from av.stream import Disposition
from children import files_of_at_most
from clips import (
    MS,
    display_matrix_of,
    frame_of,
    luma_codes,
    make_clip,
    packets_of,
    planes_of,
    tags_of,
    times_of,
)
from copying import FAST, FFV1, chroma_codes, copy
from marked_films import aspect_of

from vidcolor.errors import OutputError, UnsupportedError, UsageError
from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader
from vidcolor.output.encoders import EncoderSettings
from vidcolor.output.writer import Writer, WriterOptions

UNEVEN = (0, 17, 33, 34, 100, 140, 180, 1180, 1190, 1230, 1270, 1300)
LOSSLESS = EncoderSettings("libx264", preset="ultrafast", options=(("qp", "0"),))
FAST_VP9 = EncoderSettings(preset="8")


@pytest.mark.parametrize("settings", [FFV1, LOSSLESS])
@pytest.mark.parametrize(
    ("pixels", "depth", "color_range", "size"),
    [
        ("yuv420p", 8, 1, (64, 48)),
        ("yuv420p", 8, 2, (64, 48)),
        ("yuv422p", 8, 0, (64, 48)),
        ("yuv444p", 8, 0, (64, 48)),
        ("yuv420p10le", 10, 1, (64, 48)),
        ("yuv422p10le", 10, 2, (64, 48)),
        ("yuva420p", 8, 0, (64, 48)),
        ("gray", 8, 0, (64, 48)),
        ("gray10le", 10, 0, (64, 48)),
        ("gbrp10le", 10, 0, (64, 48)),
        ("nv12", 8, 0, (64, 48)),
        ("rgb24", 8, 0, (64, 48)),
        ("uyvy422", 8, 0, (64, 48)),
        ("yuv420p", 8, 0, (61, 41)),
        ("yuv444p10le", 10, 0, (64, 41)),
        ("rgb24", 8, 0, (61, 41)),
    ],
)
def test_luma_and_chroma_arrive_bit_exact(tmp_path, settings, pixels, depth, color_range, size):
    raw = pixels in ("nv12", "rgb24", "uyvy422")
    source = tmp_path / ("a.nut" if raw else "a.mkv")
    shown = make_clip(
        source, codec="rawvideo" if raw else "ffv1", pixels=pixels, depth=depth, size=size,
        color_range=color_range, times=range(0, 200, 40),
    )  # fmt: skip
    writer = copy(source, tmp_path / "b.mkv", settings)
    odd = size[0] % 2 or size[1] % 2
    assert writer.notes == ([f"odd size {size[0]}x{size[1]}: written as 4:4:4"] if odd else [])
    written = planes_of(tmp_path / "b.mkv")
    assert len(written) == len(shown)
    for index, (luma, (y, u, v)) in enumerate(zip(shown, written, strict=True)):
        np.testing.assert_array_equal(y, luma)
        expected = chroma_codes(index, writer.chroma_shape, depth)
        np.testing.assert_array_equal(np.stack([u, v]), expected)
    full = color_range == 2 or pixels.startswith(("gray", "gbr", "rgb"))
    with av.open(str(tmp_path / "b.mkv")) as film:
        context = film.streams.video[0].codec_context
        assert (context.width, context.height) == size
        assert context.color_range == (2 if full else 1)
        assert (context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1)


def test_x264_shares_out_frames_not_slices(tmp_path):
    """As with FFmpeg's own command; slices cost quality, and their threads wait for each other."""
    make_clip(tmp_path / "a.mkv", size=(320, 240))
    copy(tmp_path / "a.mkv", tmp_path / "b.mkv", FAST)
    said = dict(re.findall(rb"(sliced_threads| threads)=(\d+)", (tmp_path / "b.mkv").read_bytes()))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert said == {b"sliced_threads": b"0", b" threads": str(cores).encode()}


def test_full_range_luma_of_jpeg_film_is_not_squeezed(tmp_path):
    make_clip(tmp_path / "a.mkv", codec="mjpeg", pixels="yuvj420p")
    truth = [y for y, _, _ in planes_of(tmp_path / "a.mkv")]
    copy(tmp_path / "a.mkv", tmp_path / "b.mp4", LOSSLESS)
    for (y, _, _), luma in zip(planes_of(tmp_path / "b.mp4"), truth, strict=True):
        np.testing.assert_array_equal(y, luma)


@pytest.mark.parametrize("depth", [12, 14, 16])
def test_deep_films_need_an_encoder_that_holds_them(tmp_path, depth):
    source = tmp_path / "a.mkv"
    shown = make_clip(source, pixels=f"yuv420p{depth}le", depth=depth)
    with pytest.raises(UnsupportedError, match="ffv1"):
        copy(source, tmp_path / "b.mkv")
    copy(source, tmp_path / "b.mkv", FFV1)
    assert all((y == luma).all() for (y, _, _), luma in zip(planes_of(tmp_path / "b.mkv"), shown,
                                                             strict=True))  # fmt: skip


@pytest.mark.parametrize(
    ("source", "target", "base"),
    [
        ("a.mkv", "b.mkv", MS),
        ("a.mp4", "b.mp4", Fraction(1, 90000)),
        ("a.mp4", "b.mov", Fraction(1, 30000)),
        ("a.mkv", "b.mp4", MS),
        ("a.ts", "b.mp4", Fraction(1, 90000)),
    ],
)
def test_times_are_exact_where_the_container_holds_them(tmp_path, source, target, base):
    uneven = [round(t * MS / base) + 7 for t in UNEVEN]
    make_clip(tmp_path / source, codec="libx264", times=uneven, time_base=base)
    copy(tmp_path / source, tmp_path / target, EncoderSettings())
    assert times_of(tmp_path / target) == times_of(tmp_path / source)


@pytest.mark.parametrize(("target", "settings"), [("b.mkv", FAST), ("b.webm", FAST_VP9)])
def test_times_are_within_a_tick_elsewhere(tmp_path, target, settings):
    base = Fraction(1001, 30000)
    make_clip(tmp_path / "a.mp4", codec="libx264", times=range(20), time_base=base)
    copy(tmp_path / "a.mp4", tmp_path / target, settings)
    moved = [b - a for a, b in zip(times_of(tmp_path / "a.mp4"), times_of(tmp_path / target),
                                   strict=True)]  # fmt: skip
    assert max(moved) - min(moved) <= MS


def test_the_last_frame_keeps_its_duration(tmp_path):
    make_clip(tmp_path / "a.mkv", times=range(0, 400, 100))
    with (
        Reader(tmp_path / "a.mkv") as reader,
        Writer(tmp_path / "b.mp4", reader, FAST, comment="") as writer,
    ):
        for frame in reader:
            held = replace(frame, duration=5000) if frame.pts == 300 else frame
            writer.write(held, chroma_codes(0, writer.chroma_shape, 8))
    with av.open(str(tmp_path / "b.mp4")) as film:
        assert film.duration == 5.3 * av.time_base


@pytest.mark.parametrize("target", ["b.mkv", "b.mp4", "b.mov"])
@pytest.mark.parametrize("encoder", ["libx264", "libx265", "libvpx-vp9"])
def test_a_film_is_as_long_as_its_frames_are_shown(tmp_path, target, encoder):
    if (target, encoder) == ("b.mov", "libvpx-vp9"):
        pytest.skip(".mov can't hold it")
    make_clip(tmp_path / "a.mkv", times=[*range(0, 400, 40), 1400])
    with Reader(tmp_path / "a.mkv") as reader:
        (*_, last) = (item for item in reader if isinstance(item, Frame))
    copy(tmp_path / "a.mkv", tmp_path / target, EncoderSettings(encoder))
    with av.open(str(tmp_path / target)) as film:
        assert film.duration == (last.pts + last.duration) * 1000


def test_sound_without_durations_is_copied_whole(tmp_path):
    make_clip(tmp_path / "a.nut", audio="libopus")
    copy(tmp_path / "a.nut", tmp_path / "b.mp4")
    before, after = (packets_of(tmp_path / name, "audio") for name in ("a.nut", "b.mp4"))
    assert [data for _, _, data in after] == [data for _, _, data in before]


@pytest.mark.parametrize(
    ("source", "target", "codec", "settings"),
    [
        ("a.mkv", "b.mkv", "aac", FAST),
        ("a.mp4", "b.mp4", "aac", FAST),
        ("a.mp4", "b.mkv", "aac", FAST),
        ("a.mkv", "b.mp4", "libopus", FAST),
        ("a.webm", "b.webm", "libopus", FAST_VP9),
        ("a.mkv", "b.mov", "ac3", FAST),
    ],
)
def test_sound_is_copied_in_sync(tmp_path, source, target, codec, settings):
    video = "libvpx-vp9" if source.endswith("webm") else "libx264"
    make_clip(tmp_path / source, codec=video, times=range(0, 2000, 100), audio=codec,
              options={"cpu-used": "8"} if video == "libvpx-vp9" else {})  # fmt: skip
    writer = copy(tmp_path / source, tmp_path / target, settings)
    assert writer.left_out == []
    before, after = (packets_of(tmp_path / name, "audio") for name in (source, target))
    assert [data for _, _, data in after] == [data for _, _, data in before]
    assert len(before) > 20
    offset = times_of(tmp_path / target)[0] - times_of(tmp_path / source)[0]
    drift = [b - a - offset for (_, a, _), (_, b, _) in zip(before, after, strict=True)]
    assert max(map(abs, drift)) <= MS


def test_late_sound_keeps_its_delay_in_mp4(tmp_path):
    late = Fraction(2003, 48000)
    base = Fraction(1, 90000)
    video = range(0, 43200, 3600)
    make_clip(tmp_path / "a.ts", codec="libx264", times=video, time_base=base,
              audio="libmp3lame", audio_start=late)  # fmt: skip
    copy(tmp_path / "a.ts", tmp_path / "b.mp4")
    lag = [packets_of(path, "audio")[0][1] - times_of(path)[0]
           for path in (tmp_path / "a.ts", tmp_path / "b.mp4")]  # fmt: skip
    assert abs(lag[1] - lag[0]) <= 2 * base


def test_sound_of_a_broadcast_recording_fits_mp4(tmp_path):
    make_clip(tmp_path / "a.ts", codec="libx264", times=range(0, 1000, 40), audio="aac")
    copy(tmp_path / "a.ts", tmp_path / "b.mp4")
    with av.open(str(tmp_path / "b.mp4")) as film:
        assert sum(frame.samples for frame in film.decode(audio=0)) > 40000


def test_subtitles_chapters_attachments_and_metadata_are_kept(tmp_path):
    captions = [(40, 200, "one"), (240, 440, "two")]
    make_clip(tmp_path / "a.mkv", subtitles=captions, chapters=[(0, 200, "A"), (200, 480, "B")],
              attachment=b"a note", metadata={"title": "T", "comment": "old"})  # fmt: skip
    writer = copy(tmp_path / "a.mkv", tmp_path / "b.mkv")
    assert writer.left_out == []
    assert packets_of(tmp_path / "b.mkv", "subtitle") == packets_of(tmp_path / "a.mkv", "subtitle")
    with av.open(str(tmp_path / "b.mkv")) as film:
        found = [(c["start"] * c["time_base"], c["metadata"]["title"]) for c in film.chapters()]
        assert found == [(0, "A"), (Fraction(1, 5), "B")]
        (note,) = film.streams.attachments
        assert (note.data, note.mimetype, note.metadata["filename"]) == (
            b"a note", "text/plain", "note.txt",
        )  # fmt: skip
    assert tags_of(tmp_path / "b.mkv")["title"] == "T"
    assert tags_of(tmp_path / "b.mkv")["comment"] == "old; made here"


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".m4v", ".mov", ".webm"])
def test_every_container_tells_how_it_was_made(tmp_path, suffix):
    make_clip(tmp_path / "a.mkv", metadata={"title": "T"})
    settings = FAST_VP9 if suffix == ".webm" else FAST
    copy(tmp_path / "a.mkv", tmp_path / f"b{suffix}", settings)
    assert tags_of(tmp_path / f"b{suffix}")["comment"] == "made here"
    assert tags_of(tmp_path / f"b{suffix}")["title"] == "T"


def test_a_film_without_its_alpha_does_not_claim_one(tmp_path):
    make_clip(tmp_path / "a.webm", codec="libvpx-vp9", pixels="yuva420p", options={"cpu-used": "8"})
    with Reader(tmp_path / "a.webm") as reader:
        assert reader.left_out == ["alpha channel"]
    copy(tmp_path / "a.webm", tmp_path / "b.webm", FAST_VP9)
    with Reader(tmp_path / "b.webm") as reader:
        assert reader.left_out == []


def test_language_and_disposition_are_kept(tmp_path):
    make_clip(tmp_path / "a.mkv", audio="aac")
    retagged = tmp_path / "c.mkv"
    with av.open(str(tmp_path / "a.mkv")) as source, av.open(str(retagged), "w") as film:
        copies = {s: film.add_stream_from_template(s, opaque=True) for s in source.streams}
        for stream in copies.values():
            stream.metadata["language"] = "fra"
            stream.disposition = Disposition.hearing_impaired
        for packet in source.demux():
            if packet.size:
                packet.stream = copies[packet.stream]
                film.mux(packet)
    copy(retagged, tmp_path / "b.mkv")
    with av.open(str(tmp_path / "b.mkv")) as film:
        for stream in film.streams:
            assert stream.language == "fra"
            assert stream.disposition & Disposition.hearing_impaired


def _described(path, language, title, disposition):
    """A film each of whose streams bears these marks."""
    make_clip(path.with_suffix(".0.mkv"), audio="ac3", codec="libx264",
              subtitles=[(40, 80, "x")])  # fmt: skip
    with av.open(str(path.with_suffix(".0.mkv"))) as source, av.open(str(path), "w") as film:
        copies = {}
        for stream in source.streams:
            copies[stream] = film.add_stream_from_template(stream, opaque=True)
            copies[stream].metadata.update(language=language, title=title)
            copies[stream].disposition = disposition
        for packet in source.demux():
            if packet.size:
                packet.stream = copies[packet.stream]
                film.mux(packet)


def _marks_of(path):
    with av.open(str(path)) as film:
        return [
            (s.type, s.language, s.metadata.get("title") or s.metadata.get("name"), s.disposition)
            for s in film.streams
        ]


@pytest.mark.parametrize("through", ["b.mkv", "b.mp4"])
def test_what_streams_say_of_themselves_is_kept(tmp_path, through):
    said = Disposition.default | Disposition.dub | Disposition.comment | Disposition.forced
    _described(tmp_path / "a.mkv", "fre", "The title", said)
    for source, target in (("a.mkv", through), (through, "c.mp4"), ("c.mp4", "d.mkv")):
        assert copy(tmp_path / source, tmp_path / target).losses == []
        assert _marks_of(tmp_path / target) == [
            (kind, "fre", "The title", said) for kind in ("video", "audio", "subtitle")
        ]
    with av.open(str(tmp_path / "d.mkv")) as film:
        assert {s.metadata["title"] for s in film.streams} == {"The title"}


def test_what_streams_can_t_say_in_a_mov_is_named(tmp_path):
    forced = Disposition.default | Disposition.forced
    for language, written in (("fre", "fra"), ("swe", "sve"), ("mao", None)):
        _described(tmp_path / "a.mkv", language, "The title", forced)
        losses = copy(tmp_path / "a.mkv", tmp_path / "b.mov", overwrite=True).losses
        assert _marks_of(tmp_path / "b.mov") == [
            (kind, written, "The title", Disposition.default)
            for kind in ("video", "audio", "subtitle")
        ]
        assert "audio stream 1 (ac3): forced: lost, .mov has no word for it" in losses
        nameless = "audio stream 1 (ac3): language mao: lost, .mov has no word for it"
        assert (nameless in losses) == (written is None)


def test_tags_that_a_container_can_t_hold_are_named(tmp_path):
    make_clip(tmp_path / "a.mkv", codec="libx264", metadata={"title": "T", "GRADING": "none"})
    with av.open(str(tmp_path / "a.mkv")) as source, av.open(str(tmp_path / "b.mkv"), "w") as film:
        stream = film.add_stream_from_template(source.streams[0], opaque=True)
        stream.metadata["REEL"] = "4"
        film.metadata.update(source.metadata)
        for packet in source.demux():
            if packet.size:
                packet.stream = stream
                film.mux(packet)
    assert copy(tmp_path / "b.mkv", tmp_path / "c.mkv").losses == []
    for suffix in (".mp4", ".mov"):
        assert copy(tmp_path / "b.mkv", tmp_path / f"c{suffix}").losses == [
            f"video stream 0 (h264, 64x48): tag REEL: lost, {suffix} has no word for it",
            f"tag GRADING: lost, {suffix} has no word for it",
        ]


def test_marks_that_a_webm_can_t_hold_are_named(tmp_path):
    _described(tmp_path / "a.mkv", "fre", "The title", Disposition.forced | Disposition.comment)
    losses = copy(tmp_path / "a.mkv", tmp_path / "b.webm", FAST_VP9).losses
    assert losses == [
        "video stream 0 (h264, 64x48): comment: lost, .webm has no word for it",
        "subtitle stream 2 (subrip): comment: lost, .webm has no word for it",
    ]
    assert {said for *_, said in _marks_of(tmp_path / "b.webm")} == {Disposition.forced}


def test_streams_the_container_can_t_hold_are_named(tmp_path):
    make_clip(tmp_path / "a.mkv", audio="aac", subtitles=[(0, 100, "one")], attachment=b"x")
    assert copy(tmp_path / "a.mkv", tmp_path / "b.mp4").left_out == [
        "attachment stream 3 (text/plain): .mp4 can't hold it",
    ]
    assert (
        "audio stream 1 (aac): .webm can't hold it"
        in copy(tmp_path / "a.mkv", tmp_path / "b.webm", FAST_VP9).left_out
    )


CAPTIONS = [(0, 80, "<i>one</i> more"), (120, 240, "two\nand &"), (240, 440, "<b><u>three</u></b>")]


def captions_of(path):
    """(start, end, payload) in ms of every caption of the film."""
    with av.open(str(path)) as film:
        return [
            (p.pts * p.time_base / MS, (p.pts + p.duration) * p.time_base / MS, bytes(p))
            for p in film.demux(subtitles=0)
            if p.size and bytes(p) != b"\0\0"
        ]


@pytest.mark.parametrize(
    ("target", "codec", "settings"),
    [
        ("b.mp4", "mov_text", FAST),
        ("b.mov", "mov_text", FAST),
        ("b.webm", "webvtt", FAST_VP9),
    ],
)
def test_subtitles_are_converted_and_back(tmp_path, target, codec, settings):
    make_clip(tmp_path / "a.mkv", subtitles=CAPTIONS)
    writer = copy(tmp_path / "a.mkv", tmp_path / target, settings)
    assert writer.left_out == writer.losses == []
    assert writer.notes == [f"subtitle stream 1 (subrip): converted to {codec}"]
    with av.open(str(tmp_path / target)) as film:
        (stream,) = film.streams.subtitles
        assert stream.codec_context.name == codec
        shown = [caption.dialogue for packet in film.demux(stream) for caption in packet.decode()]
    assert re.fullmatch(rb"\{\\i1\}one\{\\(i0|r)\} more", next(text for text in shown if text))
    times = [(start, end) for start, end, _ in captions_of(tmp_path / target)]
    assert times == [(start, end) for start, end, _ in CAPTIONS]
    back = copy(tmp_path / target, tmp_path / "c.mkv")
    if codec == "mov_text":
        assert back.notes == ["subtitle stream 1 (mov_text): converted to subrip"]
        expected = [(start, end, text.encode()) for start, end, text in CAPTIONS]
        assert captions_of(tmp_path / "c.mkv") == expected
    else:
        assert back.notes == []
        assert captions_of(tmp_path / "c.mkv") == captions_of(tmp_path / target)


def test_overlapping_captions_are_shown_together_in_mp4(tmp_path):
    captions = [(40, 280, "A"), (120, 200, "B"), (200, 400, "C"), (400, 440, "D")]
    make_clip(tmp_path / "a.mkv", subtitles=captions)
    assert copy(tmp_path / "a.mkv", tmp_path / "b.mp4").losses == []
    assert captions_of(tmp_path / "b.mp4") == [
        (40, 120, b"\0\1A"), (120, 200, b"\0\3A\nB"), (200, 280, b"\0\3A\nC"),
        (280, 400, b"\0\1C"), (400, 440, b"\0\1D"),
    ]  # fmt: skip


def test_timed_text_is_copied_between_mp4_and_mov(tmp_path):
    make_clip(tmp_path / "a.mkv", subtitles=CAPTIONS)
    for source, target in (("a.mkv", "b.mp4"), ("b.mp4", "c.mov"), ("c.mov", "d.mp4")):
        writer = copy(tmp_path / source, tmp_path / target)
    assert writer.notes == []
    assert captions_of(tmp_path / "d.mp4") == captions_of(tmp_path / "b.mp4")
    with av.open(str(tmp_path / "c.mov")) as film:
        assert film.streams.subtitles[0].codec_context.codec_tag == "tx3g"


def test_subtitles_far_apart_keep_their_times_in_mp4(tmp_path):
    captions = [(0, 1000, "a"), (70_000, 71_000, "b"), (100_000, 101_000, "z")]
    make_clip(tmp_path / "a.mkv", times=range(0, 120_000, 1000), audio="aac", subtitles=captions)
    copy(tmp_path / "a.mkv", tmp_path / "b.mp4")
    assert captions_of(tmp_path / "b.mp4") == [
        (start, end, b"\0\1" + text.encode()) for start, end, text in captions
    ]


def test_a_span_cuts_converted_subtitles(tmp_path):
    make_clip(
        tmp_path / "a.mkv", times=range(0, 12000, 200), gop=5,
        subtitles=[(2000, 7500, "astride"), (8000, 8500, "in"), (9500, 9900, "after")],
    )  # fmt: skip
    copy(tmp_path / "a.mkv", tmp_path / "b.mp4", start=Fraction(7), duration=Fraction(2), run_up=4)
    assert captions_of(tmp_path / "b.mp4") == [(0, 500, b"\0\7astride"), (1000, 1500, b"\0\2in")]


def test_what_a_conversion_loses_is_named(tmp_path):
    captions = [(0, 80, '<font color="red">x</font>'), (120, 200, r"{\an8}y")]
    make_clip(tmp_path / "a.mkv", subtitles=captions)
    writer = copy(tmp_path / "a.mkv", tmp_path / "b.mp4")
    name, lost = "subtitle stream 1 (subrip)", "fonts, sizes, colours and positions"
    assert writer.losses == [f"{name}: lost in the conversion: {lost}"]


def picture_in(codec, size=(32, 16)):
    """A picture in `codec`, as bytes."""
    pixels = {"mjpeg": "yuvj420p", "png": "gray"}[codec]
    context = av.CodecContext.create(codec, "w")
    context.width, context.height, context.pix_fmt = *size, pixels
    context.time_base = Fraction(1, 25)
    frame = frame_of(luma_codes(3, size), pixels)
    frame.pts = 0
    return b"".join(map(bytes, context.encode(frame) + context.encode(None)))


def covers_of(path):
    with Reader(path) as reader:
        return [(c.codec, c.size, c.content, c.metadata.get("filename")) for c in reader.covers]


def test_cover_art_is_kept_where_there_is_a_place_for_it(tmp_path):
    covers = {"mjpeg": picture_in("mjpeg"), "png": picture_in("png")}
    make_clip(tmp_path / "v.mkv", codec="libx264", times=range(0, 12000, 200), gop=5, audio="aac")
    with av.open(str(tmp_path / "v.mkv")) as source, av.open(str(tmp_path / "a.mkv"), "w") as film:
        copies = [film.add_stream_from_template(s, opaque=True) for s in source.streams]
        film.add_attachment("front.jpg", "image/jpeg", covers["mjpeg"])
        film.add_attachment("back.png", "image/png", covers["png"])
        for packet in source.demux():
            if packet.size:
                packet.stream = copies[packet.stream_index]
                film.mux(packet)
    for source, target, names in (
        ("a.mkv", "b.mkv", ("front.jpg", "back.png")),
        ("b.mkv", "c.mp4", (None, None)),
        ("c.mp4", "d.m4v", (None, None)),
        ("d.m4v", "e.mkv", ("cover.jpg", "cover.png")),
    ):
        assert copy(tmp_path / source, tmp_path / target).left_out == []
        assert covers_of(tmp_path / target) == [
            ("mjpeg", (32, 16), covers["mjpeg"], names[0]),
            ("png", (32, 16), covers["png"], names[1]),
        ]
        before, after = (packets_of(tmp_path / name, "audio") for name in (source, target))
        assert [data for _, _, data in after] == [data for _, _, data in before]
    copy(tmp_path / "a.mkv", tmp_path / "f.mkv", start=Fraction(7), duration=Fraction(1), run_up=4)
    assert covers_of(tmp_path / "f.mkv") == covers_of(tmp_path / "a.mkv")
    assert copy(tmp_path / "a.mkv", tmp_path / "g.mov").left_out == [
        "cover art 2 (mjpeg, 32x16): .mov can't hold it",
        "cover art 3 (png, 32x16): .mov can't hold it",
    ]


@pytest.mark.parametrize("through", ["b.mkv", "b.mp4", "b.mov"])
def test_a_timecode_is_kept(tmp_path, through):
    make_clip(tmp_path / "a.mov", codec="libx264", metadata={"timecode": "01:00:00:00"})
    for source, target in (("a.mov", through), (through, "c.mov")):
        writer = copy(tmp_path / source, tmp_path / target)
        assert writer.left_out == writer.losses == []
        with Reader(tmp_path / target) as reader:
            assert reader.left_out == []
    with av.open(str(tmp_path / "c.mov")) as film:
        assert [s.metadata["timecode"] for s in film.streams] == ["01:00:00:00"] * 2


@pytest.mark.parametrize("frames", [1, 2, 12])
@pytest.mark.parametrize("target", ["b.mkv", "b.mp4", "b.mov"])
def test_further_video_is_copied_with_its_times(tmp_path, target, frames):
    _two_films(tmp_path / "a.mkv", frames)
    writer = copy(tmp_path / "a.mkv", tmp_path / target, keep_video=True)
    assert writer.left_out == []
    with av.open(str(tmp_path / "a.mkv")) as before, av.open(str(tmp_path / target)) as after:
        a, b = (list(film.decode(video=1)) for film in (before, after))
        assert [f.pts * f.time_base for f in b] == [f.pts * f.time_base for f in a]
        assert all((x.to_ndarray() == y.to_ndarray()).all() for x, y in zip(a, b, strict=True))
        assert {f.rotation for f in b} == {90}
        assert len(b) == frames
        assert after.streams.video[1].language == "fra"


def _two_films(path, frames):
    """A film with a second, turned one whose `frames` are reordered."""
    make_clip(path.with_suffix(".1.mkv"))
    make_clip(
        path.with_suffix(".2.mkv"), codec="libx264", size=(32, 32), rotation=90,
        times=range(0, 40 * frames, 40), options={"x264-params": "b-adapt=0:bframes=2"},
    )  # fmt: skip
    with (
        av.open(str(path.with_suffix(".1.mkv"))) as first,
        av.open(str(path.with_suffix(".2.mkv"))) as second,
        av.open(str(path), "w") as film,
    ):
        copies = [film.add_stream_from_template(f.streams[0], opaque=True) for f in (first, second)]
        copies[1].metadata["language"] = "fra"
        for source, stream in zip((first, second), copies, strict=True):
            for packet in source.demux():
                if packet.size:
                    packet.stream = stream
                    film.mux(packet)


def test_languages_without_a_code_of_three_letters_are_named(tmp_path):
    _described(tmp_path / "a.mkv", "pt-BR", "The title", Disposition.default)
    assert copy(tmp_path / "a.mkv", tmp_path / "b.mkv").losses == []
    assert {language for _, language, _, _ in _marks_of(tmp_path / "b.mkv")} == {"pt-BR"}
    assert len(copy(tmp_path / "a.mkv", tmp_path / "b.mp4").losses) == 3


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, -90, 180])
@pytest.mark.parametrize(
    ("target", "settings"), [("b.mkv", FAST), ("b.mp4", FAST), ("b.webm", FAST_VP9)]
)
def test_turned_and_mirrored_film_stays_so(tmp_path, target, settings, rotation, mirrored):
    make_clip(tmp_path / "a.mp4", codec="libx264", rotation=rotation, mirrored=mirrored)
    copy(tmp_path / "a.mp4", tmp_path / target, settings)
    matrix = display_matrix_of(tmp_path / "a.mp4")
    assert bool(matrix) == bool(rotation or mirrored)
    assert display_matrix_of(tmp_path / target) == matrix


@pytest.mark.parametrize("target", ["b.mkv", "b.mp4", "b.mov"])
def test_pixel_aspect_is_kept(tmp_path, target):
    make_clip(tmp_path / "a.mp4", codec="libx264", aspect=Fraction(16, 11))
    assert copy(tmp_path / "a.mp4", tmp_path / target).losses == []
    with av.open(str(tmp_path / target)) as film:
        assert film.streams.video[0].sample_aspect_ratio == Fraction(16, 11)


@pytest.mark.parametrize("pixels", ["yuv420p", "gray", "yuv420p9le"])
def test_fewer_bits_are_shifted_for_an_encoder_that_knows_more(tmp_path, pixels):
    depth = 9 if "9" in pixels else 8
    codes = make_clip(tmp_path / "a.mkv", pixels=pixels, depth=depth, color_range=1)
    writer = copy(tmp_path / "a.mkv", tmp_path / "b.mov", EncoderSettings("v410"))
    times = 1 << (10 - depth)
    assert writer.notes == [f"{depth} bits: written as 10 with v410, every code times {times}"]
    assert writer.losses == []
    with av.open(str(tmp_path / "b.mov")) as film:
        planar = [frame.reformat(format="yuv444p10le") for frame in film.decode(video=0)]
    lumas = [np.frombuffer(memoryview(f.planes[0]), np.uint16).reshape(48, -1) for f in planar]
    assert all(
        np.array_equal(made[:, :64], code.astype(int) * times)
        for made, code in zip(lumas, codes, strict=True)
    )


def test_full_range_that_can_t_be_told_is_refused(tmp_path):
    make_clip(tmp_path / "a.mkv", pixels="yuv420p10le", depth=10, color_range=2)
    with pytest.raises(UnsupportedError, match=r"prores_ks in \.mov can't say .* full range"):
        copy(tmp_path / "a.mkv", tmp_path / "b.mov", EncoderSettings("prores_ks"))


@pytest.mark.parametrize("aspect", [Fraction(16, 11), Fraction(118, 81), Fraction(352, 413)])
def test_ffv1_keeps_the_pixel_aspect_in_its_frames(tmp_path, aspect):
    make_clip(tmp_path / "a.mp4", codec="libx264", aspect=aspect)
    assert copy(tmp_path / "a.mp4", tmp_path / "b.mkv", FFV1).losses == []
    with av.open(str(tmp_path / "b.mkv")) as film:
        told = {aspect_of(frame) for frame in film.decode(video=0)}
    assert told == {aspect.limit_denominator(100)}
    with Reader(tmp_path / "b.mkv") as reader:
        assert reader.picture.sample_aspect_ratio == aspect
    assert copy(tmp_path / "b.mkv", tmp_path / "c.mkv", FFV1).losses == []


@pytest.mark.parametrize(
    ("target", "settings"),
    [("b.webm", FAST_VP9), ("b.mkv", EncoderSettings("ffv1", options=(("level", "1"),)))],
)
def test_a_pixel_aspect_that_is_lost_is_named(tmp_path, target, settings):
    make_clip(tmp_path / "a.mp4", codec="libx264", aspect=Fraction(16, 11))
    (loss,) = copy(tmp_path / "a.mp4", tmp_path / target, settings).losses
    assert loss.startswith("pixel aspect 16/11")


def test_a_span_begins_at_zero_in_the_file(tmp_path):
    make_clip(tmp_path / "a.mkv", times=range(0, 12000, 200), gop=5, audio="pcm_s16le",
              subtitles=[(2000, 7500, "astride")])  # fmt: skip
    copy(tmp_path / "a.mkv", tmp_path / "b.mkv", start=Fraction(7), duration=Fraction(2), run_up=4)
    assert times_of(tmp_path / "b.mkv") == [Fraction(i, 5) for i in range(10)]
    truth = [(t - 7, data) for _, t, data in packets_of(tmp_path / "a.mkv", "audio") if 7 <= t < 9]
    assert [(t, data) for _, t, data in packets_of(tmp_path / "b.mkv", "audio")] == truth
    assert packets_of(tmp_path / "b.mkv", "subtitle") == [(0, 0, b"astride")]


def test_a_slow_film_with_one_late_subtitle_is_written(tmp_path):
    slow = range(0, 120_000, 1000)
    make_clip(tmp_path / "a.mkv", times=slow, audio="libopus", subtitles=[(100_000, 101_000, "z")])
    copy(tmp_path / "a.mkv", tmp_path / "b.mkv")
    assert times_of(tmp_path / "b.mkv") == [t * MS for t in slow]
    for kind in ("audio", "subtitle"):
        assert packets_of(tmp_path / "b.mkv", kind) == packets_of(tmp_path / "a.mkv", kind)


def test_an_existing_output_is_kept_unless_asked(tmp_path):
    make_clip(tmp_path / "a.mkv")
    (tmp_path / "b.mkv").write_text("precious")
    with pytest.raises(UsageError, match="--overwrite"):
        copy(tmp_path / "a.mkv", tmp_path / "b.mkv")
    assert (tmp_path / "b.mkv").read_text() == "precious"
    copy(tmp_path / "a.mkv", tmp_path / "b.mkv", overwrite=True)
    assert len(times_of(tmp_path / "b.mkv")) == 12
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mkv", "b.mkv"]


def test_the_input_is_never_overwritten(tmp_path):
    make_clip(tmp_path / "a.mkv")
    before = (tmp_path / "a.mkv").read_bytes()
    (tmp_path / "link.mkv").symlink_to(tmp_path / "a.mkv")
    (tmp_path / "hard.mkv").hardlink_to(tmp_path / "a.mkv")
    for name in ("a.mkv", "link.mkv", "hard.mkv"):
        with pytest.raises(UsageError, match="input"):
            copy(tmp_path / "a.mkv", tmp_path / name, overwrite=True)
    assert (tmp_path / "a.mkv").read_bytes() == before


@pytest.mark.parametrize("name", ["missing/b.mkv", "folder.mkv", "fifo.mkv"])
def test_targets_that_can_t_be_written(tmp_path, name):
    make_clip(tmp_path / "a.mkv")
    (tmp_path / "folder.mkv").mkdir()
    os.mkfifo(tmp_path / "fifo.mkv")
    with pytest.raises(OutputError) as refusal:
        copy(tmp_path / "a.mkv", tmp_path / name, overwrite=True)
    assert str(refusal.value).startswith(str(tmp_path / name))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mkv", "fifo.mkv", "folder.mkv"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tmp_path):
    make_clip(tmp_path / "a.mkv")
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(OutputError, match="permission"):
        copy(tmp_path / "a.mkv", tmp_path / "closed" / "b.mkv")


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        (EncoderSettings(options=(("no-such", "1"),)), UsageError, ["libx264", "no-such"]),
        (EncoderSettings(options=(("profile", "no-such"),)), OutputError, ["libx264", "no-such"]),
        (EncoderSettings("ffv1", crf=3), UsageError, ["ffv1"]),
    ],
)
def test_a_bad_encoder_fails_before_work_and_leaves_nothing(tmp_path, settings, error, words):
    make_clip(tmp_path / "a.mkv")
    with Reader(tmp_path / "a.mkv") as reader, pytest.raises(error) as refusal:
        Writer(tmp_path / "b.mkv", reader, settings, comment="")
    assert all(word in str(refusal.value) for word in words)
    assert [p.name for p in tmp_path.iterdir()] == ["a.mkv"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_exception_leaves_nothing_behind(tmp_path, error):
    make_clip(tmp_path / "a.mkv")
    (tmp_path / "b.mkv").write_text("precious")
    with (
        pytest.raises(error),
        Reader(tmp_path / "a.mkv") as reader,
        Writer(
            tmp_path / "b.mkv", reader, FFV1, comment="", options=WriterOptions(overwrite=True)
        ) as writer,
    ):
        frame = next(item for item in reader if isinstance(item, Frame))
        writer.write(frame, chroma_codes(0, writer.chroma_shape, 8))
        assert len(list(tmp_path.iterdir())) == 3
        raise error
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mkv", "b.mkv"]
    assert (tmp_path / "b.mkv").read_text() == "precious"


def test_another_picture_beside_the_same_sound(tmp_path):
    make_clip(tmp_path / "a.mkv", audio="flac", rotation=90, color_range=1)
    luma, chroma = luma_codes(0, (100, 30), 10), chroma_codes(0, (15, 50), 10)
    with Reader(tmp_path / "a.mkv") as reader:
        picture = replace(
            reader.picture, width=100, height=30, depth=10, full_range=True, display_matrix=None
        )
        with Writer(tmp_path / "b.mkv", reader, FFV1, comment="", picture=picture) as writer:
            for item in reader:
                if isinstance(item, Frame):
                    writer.write(replace(item, luma=luma), chroma)
                else:
                    writer.copy(item)
    (y, u, v), *_ = planes_of(tmp_path / "b.mkv")
    np.testing.assert_array_equal(y, luma)
    np.testing.assert_array_equal(np.stack([u, v]), chroma)
    with av.open(str(tmp_path / "b.mkv")) as film:
        assert film.streams.video[0].codec_context.color_range == 2
    assert display_matrix_of(tmp_path / "b.mkv") == []
    assert times_of(tmp_path / "b.mkv") == times_of(tmp_path / "a.mkv")
    assert packets_of(tmp_path / "b.mkv", "audio") == packets_of(tmp_path / "a.mkv", "audio")


@pytest.mark.parametrize("shape", [(2, 24, 31), (2, 48, 64), (1, 24, 32)])
def test_chroma_of_another_shape_is_an_error(tmp_path, shape):
    make_clip(tmp_path / "a.mkv")
    with (
        Reader(tmp_path / "a.mkv") as reader,
        pytest.raises((ValueError, IndexError)),
        Writer(tmp_path / "b.mkv", reader, FFV1, comment="") as writer,
    ):
        frame = next(item for item in reader if isinstance(item, Frame))
        writer.write(frame, np.zeros(shape, np.uint8))
    assert not (tmp_path / "b.mkv").exists()


@pytest.mark.parametrize("share", [0.0, 0.5, 0.95])
def test_a_disk_that_fills_up(tmp_path, share):
    make_clip(tmp_path / "a.mkv")
    copy(tmp_path / "a.mkv", tmp_path / "b.mkv", FFV1)
    limit = int(share * (tmp_path / "b.mkv").stat().st_size)
    (tmp_path / "b.mkv").unlink()
    with pytest.raises(OutputError) as error, files_of_at_most(limit):
        copy(tmp_path / "a.mkv", tmp_path / "b.mkv", FFV1)
    assert str(error.value).startswith(f"{tmp_path / 'b.mkv'}: too large for its file system")
    assert "\n" not in str(error.value)
    assert [p.name for p in tmp_path.iterdir()] == ["a.mkv"]


def test_names_up_to_the_limit_and_normal_permissions(tmp_path):
    make_clip(tmp_path / "a.mkv")
    target = tmp_path / ("é: %d " + "n" * 244 + ".mkv")
    assert len(target.name.encode()) == 255
    mask = os.umask(0o027)
    try:
        copy(tmp_path / "a.mkv", target)
    finally:
        os.umask(mask)
    assert len(times_of(target)) == 12
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
@pytest.mark.parametrize("times", [range(40), (0, 400, 404, 800)])
def test_frames_closer_than_a_container_s_tick_are_named(tmp_path, suffix, times):
    """At 10,000 a second, and where only some are so."""
    make_clip(tmp_path / "a.mp4", codec="mpeg4", times=times, time_base=Fraction(1, 10_000))
    writer = copy(tmp_path / "a.mp4", tmp_path / f"b{suffix}")
    found = times_of(tmp_path / f"b{suffix}")
    assert len(found) == len(times)
    line = "times: of frames less than 1 ms apart some become the same"
    assert writer.losses == ([line] if suffix == ".mkv" else [])
    assert (len(set(found)) < len(times)) == (suffix == ".mkv")
