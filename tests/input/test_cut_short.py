"""Films that are cut short, in containers that don't say how long they are."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader

_CLUSTER = bytes.fromhex("1f43b675")


def _write(
    path: Path,
    container: str,
    codec: str,
    serials: int | None = None,
    movflags: str = "faststart",
) -> None:
    """Write 2 s of a picture that packs badly; with sound if `serials` numbers Ogg's streams."""
    random = np.random.default_rng(0)
    options = {
        "matroska": {"live": "1"},
        "ogg": {"serial_offset": f"{serials or 0}"},
    }.get(container, {"movflags": movflags} if container in ("mp4", "mov", "3gp") else {})
    with av.open(str(path), "w", format=container, container_options=options) as film:
        video = film.add_stream(codec, 25)
        video.width, video.height = (176, 144) if codec == "h263" else (96, 64)
        video.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        sound = film.add_stream("libopus", 48000) if serials is not None else None
        for index in range(50):
            shape = video.height * 3 // 2, video.width
            codes = random.integers(16, 235, shape, np.uint8)
            frame = av.VideoFrame.from_ndarray(codes, video.pix_fmt)
            frame.pts, frame.time_base = index, Fraction(1, 25)
            film.mux(video.encode(frame))
            if sound:
                beep = av.AudioFrame("s16", "stereo", 1920)
                beep.sample_rate, beep.pts = 48000, index * 1920
                film.mux(sound.encode(beep))
        film.mux(video.encode(None))
        if sound:
            film.mux(sound.encode(None))


def _with_unknown_sizes(content: bytes) -> bytes:
    """Return a Matroska film whose clusters don't tell their sizes (RFC 8794, section 6.2)."""
    front, *clusters = content.split(_CLUSTER)
    lengths = [9 - cluster[0].bit_length() for cluster in clusters]
    sizes = [((1 << 7 * n + 1) - 1).to_bytes(n) for n in lengths]
    made = [size + c[n:] for size, c, n in zip(sizes, clusters, lengths, strict=True)]
    return _CLUSTER.join([front, *made])


def _warnings(path: Path) -> list[str]:
    with Reader(path) as reader:
        assert list(reader)
        return reader.warnings


@pytest.mark.parametrize(
    ("container", "codec"),
    [
        ("flv", "flv1"), ("ogg", "libvpx"), ("asf", "wmv2"), ("matroska", "mpeg4"),
        ("nut", "mpeg4"), ("mp4", "mpeg4"), ("3gp", "h263"), ("mov", "mjpeg"),
    ],
)  # fmt: skip
def test_a_film_that_is_cut_short_is_named(tmp_path: Path, container: str, codec: str) -> None:
    film = tmp_path / "a.film"
    _write(film, container, codec)
    content = film.read_bytes()
    if container == "flv":  # one that was never ended does not tell its length
        content = content.replace(b"duration", b"somewhat")
    if container == "matroska":
        content = _with_unknown_sizes(content)
    film.write_bytes(content)
    assert _warnings(film) == []
    film.write_bytes(content[: len(content) * 3 // 5])
    line = _warnings(film)[-1]
    assert line.startswith("the file is damaged at 1.") and line.endswith(": reading ended there")


@pytest.mark.parametrize(
    ("container", "codec", "size"),
    [
        ("yuv4mpegpipe", "rawvideo", (96, 64)),
        ("dv", "dvvideo", (720, 576)),
        ("mjpeg", "mjpeg", (96, 64)),
        ("ivf", "libvpx", (96, 64)),
        ("avi", "mjpeg", (96, 64)),
        ("avi", "ffv1", (96, 64)),
        ("matroska", "ffv1", (96, 64)),
        ("mov", "mjpeg", (96, 64)),
        ("mxf", "mpeg2video", (96, 64)),
        ("flv", "flv1", (96, 64)),
    ],
)
def test_a_film_that_lacks_half_a_frame_is_named(
    tmp_path: Path, container: str, codec: str, size: tuple[int, int]
) -> None:
    film = tmp_path / "a.film"
    random = np.random.default_rng(0)
    options = {"movflags": "faststart"} if container == "mov" else {}
    with av.open(str(film), "w", format=container, options=options) as file:
        video = file.add_stream(codec, 25)
        video.width, video.height = size
        video.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for index in range(10):
            codes = random.integers(16, 235, (size[1] * 3 // 2, size[0]), np.uint8)
            frame = av.VideoFrame.from_ndarray(codes, "yuv420p").reformat(format=video.pix_fmt)
            frame.pts, frame.time_base = index, Fraction(1, 25)
            file.mux(video.encode(frame))
        file.mux(video.encode(None))
    with av.open(str(film)) as file:
        last = [bytes(packet) for packet in file.demux(video=0) if packet.size][-1]
    assert _warnings(film) == []
    stored = film.read_bytes()
    film.write_bytes(stored[: stored.rindex(last) + len(last) // 2])
    *others, line = _warnings(film)
    assert line.startswith("the file is damaged at 0.") and line.endswith(": reading ended there")
    if codec == "libvpx":  # which decodes half a frame without a word
        assert others == ["1 frame came damaged out of the decoder"]


def test_what_lies_behind_a_film_is_no_part_of_it(tmp_path: Path) -> None:
    film = tmp_path / "a.mkv"
    _write(film, "matroska", "mpeg4")
    with av.open(str(film)) as source, av.open(str(tmp_path / "b.mkv"), "w") as copy:
        stream = copy.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                copy.mux(packet)
    content = (tmp_path / "b.mkv").read_bytes()
    film.write_bytes(content + b"TAG" + bytes(range(1, 126)))
    assert _warnings(film) == []
    film.write_bytes(content[:-9])
    assert _warnings(film)[-1].endswith(": reading ended there")


@pytest.mark.parametrize("container", ["nut", "mp4", "3gp"])
def test_the_last_frames_are_missed_too(tmp_path: Path, container: str) -> None:
    """What is missing is less than what a length told in the file could be wrong by."""
    film = tmp_path / "a.film"
    _write(film, container, "h263" if container == "3gp" else "mpeg4")
    content = film.read_bytes()
    for lacking in (1, len(content) // 100):
        film.write_bytes(content[: len(content) - lacking])
        assert _warnings(film)[-1].startswith("the file is damaged at ")


@pytest.mark.parametrize("fragmented", [False, True])
def test_a_box_that_ends_behind_the_file_lacks_nothing_if_its_samples_are_there(
    tmp_path: Path, fragmented: bool
) -> None:
    film = tmp_path / "a.mp4"
    flags = "frag_keyframe+empty_moov+skip_trailer" if fragmented else "faststart"
    _write(film, "mp4", "mpeg4", movflags=flags)
    content = film.read_bytes()
    place = content.rindex(b"mdat") - 4
    size = len(content) - place
    assert int.from_bytes(content[place : place + 4]) == size
    for more in (1, 5000):
        film.write_bytes(content[:place] + (size + more).to_bytes(4) + content[place + 4 :])
        assert _warnings(film) == []
    film.write_bytes(content[:-1])
    assert _warnings(film)[-1].endswith(": reading ended there")


def test_a_nut_without_an_index_is_whole_if_its_last_frame_is(tmp_path: Path) -> None:
    """FFmpeg writes none into a pipe."""
    film = tmp_path / "a.nut"
    _write(film, "nut", "mpeg4")
    content = film.read_bytes()
    index = content.index(bytes.fromhex("4e58dd672f23e64e"))
    film.write_bytes(content[:index])
    assert _warnings(film) == []
    film.write_bytes(content[: index - 1])
    assert _warnings(film)[-1].endswith(": reading ended there")


# Not H.264: what its decoder's threads meet in the last frame comes out only now and then.
_PLAIN_STREAMS = [
    ("obu", "libsvtav1"), ("mpeg2video", "mpeg2video"), ("m4v", "mpeg4"),
    ("mpegts", "mpeg2video"), ("mpeg", "mpeg1video"), ("swf", "flv1"),
]  # fmt: skip


@pytest.mark.parametrize(("container", "codec"), _PLAIN_STREAMS)
def test_a_plain_stream_that_is_cut_short_is_named(
    tmp_path: Path, container: str, codec: str
) -> None:
    """Of most, the decoder misses a part of the last frame."""
    film = tmp_path / "a.film"
    _write(film, container, codec)
    content = film.read_bytes()
    assert _warnings(film) == []
    film.write_bytes(content[: len(content) - len(content) // 50 // 2])
    assert any("damaged" in line for line in _warnings(film))


def test_av1_with_lengths_lacks_its_last_byte(tmp_path: Path) -> None:
    film = tmp_path / "a.film"
    _write(film, "obu", "libsvtav1")
    units = _units(film.read_bytes())
    annexed = b"".join(
        _leb128(len(unit)) + unit
        for unit in (_leb128(len(frame)) + frame for frame in map(_annexed, units))
    )
    film.write_bytes(annexed)
    with av.open(str(film)) as file:
        assert file.format.name == "av1"
    assert _warnings(film) == []
    film.write_bytes(annexed[:-1])
    assert _warnings(film)[-1].endswith(": reading ended there")


def _units(stream: bytes) -> list[list[tuple[int, bytes]]]:
    """Return the temporal units of plain AV1: the header's first byte and content of each OBU."""
    units: list[list[tuple[int, bytes]]] = []
    place = 0
    while place < len(stream):
        header, size, shift = stream[place], 0, 0
        assert header & 6 == 2
        while True:
            place += 1
            size |= (stream[place] & 0x7F) << shift
            shift += 7
            if not stream[place] & 0x80:
                break
        if header >> 3 == 2:
            units.append([])
        units[-1].append((header, stream[place + 1 : place + 1 + size]))
        place += 1 + size
    return units


def _annexed(unit: list[tuple[int, bytes]]) -> bytes:
    """Return OBUs without sizes of their own, each behind its length, as one frame unit."""
    return b"".join(
        _leb128(1 + len(content)) + bytes([header & ~2]) + content for header, content in unit
    )


def _leb128(number: int) -> bytes:
    made = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        made.append(low | 0x80 * bool(number))
        if not number:
            return bytes(made)


def test_a_recording_of_media_center_tells_its_sectors(tmp_path: Path) -> None:
    film = tmp_path / "a.wtv"
    _write(film, "wtv", "mpeg2video")
    content = bytearray(film.read_bytes())
    assert _warnings(film) == []
    content[92:96] = (len(content) // 4096 + 1).to_bytes(4, "little")
    film.write_bytes(content)
    assert _warnings(film)[-1].endswith(": reading ended there")


def test_of_two_films_in_one_ogg_the_first_is_read_and_the_rest_named(tmp_path: Path) -> None:
    _write(tmp_path / "a.ogg", "ogg", "libvpx", serials=0)
    _write(tmp_path / "b.ogg", "ogg", "libvpx", serials=9)
    parts = [(tmp_path / name).read_bytes() for name in ("a.ogg", "b.ogg")]
    (tmp_path / "b.ogg").write_bytes(b"".join(parts))
    with Reader(tmp_path / "b.ogg") as reader:
        assert sum(isinstance(item, Frame) for item in reader) == 50
        (line,) = reader.warnings
        assert line.startswith("the file is damaged at ")
