"""What is refused for its colour tags, and what an output is tagged with."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import make_clip

from vidcolor.errors import UnsupportedError
from vidcolor.input.color_tags import ContainerTags, sdr_transfer
from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader
from vidcolor.output.encoders import EncoderSettings
from vidcolor.output.writer import Writer

SDR = (1, 4, 5, 6, 7, 11, 12, 13, 14, 15)
NOT_SDR = {
    8: "linear", 9: "logarithmic", 10: "logarithmic", 16: "PQ", 17: "SMPTE 428", 18: "HLG",
    256: "V-Log",
}  # fmt: skip
UNTAGGED = ContainerTags(2, 2)
CONTENT_LIGHT = "log-level=none:max-cll=1000,400"


def tagged(transfer: int = 2, matrix: int = 2) -> av.VideoFrame:
    frame = av.VideoFrame(16, 16, "yuv420p10le")
    frame.color_trc, frame.colorspace = transfer, matrix
    return frame


@pytest.mark.parametrize(("transfer", "name"), NOT_SDR.items())
def test_a_transfer_that_is_not_sdr_is_refused_by_name(transfer: int, name: str) -> None:
    with pytest.raises(UnsupportedError, match=rf"^{name}.*convert it to SDR"):
        sdr_transfer(tagged(transfer), UNTAGGED, ())


@pytest.mark.parametrize("transfer", [1, 2, 14, 16])
@pytest.mark.parametrize("matrix", [11, 14, 15, 16, 17])
def test_a_matrix_with_other_greys_is_refused(transfer: int, matrix: int) -> None:
    with pytest.raises(UnsupportedError, match="convert it to SDR"):
        sdr_transfer(tagged(transfer, matrix), UNTAGGED, ())


@pytest.mark.parametrize("matrix", [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 12, 13])
def test_any_other_matrix_is_taken(matrix: int) -> None:
    assert sdr_transfer(tagged(14, matrix), UNTAGGED, ()) == 14


@pytest.mark.parametrize("transfer", SDR)
def test_an_sdr_transfer_is_told(transfer: int) -> None:
    assert sdr_transfer(tagged(transfer), UNTAGGED, ()) == transfer


@pytest.mark.parametrize("transfer", [0, 2, 3, 19, 255])
def test_no_transfer_is_bt709(transfer: int) -> None:
    assert sdr_transfer(tagged(transfer), UNTAGGED, ()) == 1


@pytest.mark.parametrize("tags", [{"transfer": 16}, {"matrix": 14}])
def test_a_film_is_refused_by_its_name(tmp_path: Path, tags: dict[str, int]) -> None:
    path = tmp_path / "a.mkv"
    make_clip(path, pixels="yuv420p10le", depth=10, times=(0, 40), **tags)
    with pytest.raises(UnsupportedError, match=f"^{path}: .*convert it to SDR"):
        Reader(path)


def silent_film(path: Path, transfer: int, matrix: int = 6) -> None:
    """HEVC that says nothing of its colours, in a container that does."""
    plain = path.with_stem("plain")
    quiet = {"x265-params": "log-level=none"}
    make_clip(plain, codec="libx265", options=quiet)
    with av.open(str(plain)) as source, av.open(str(path), "w") as film:
        stream = film.add_stream_from_template(source.streams.video[0])
        stream.codec_context.color_trc = transfer
        stream.codec_context.colorspace = matrix
        stream.codec_context.color_primaries = 1
        for packet in source.demux():
            if packet.size:
                packet.stream = stream
                film.mux(packet)


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_the_containers_word_counts_where_the_film_says_nothing(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    silent_film(path, 16)
    with pytest.raises(UnsupportedError, match="PQ"):
        Reader(path)
    silent_film(path, 1, matrix=14)
    with pytest.raises(UnsupportedError, match="ICtCp"):
        Reader(path)
    silent_film(path, 5)
    with Reader(path) as reader:
        assert reader.picture.transfer == 5


def test_the_films_word_goes_before_the_containers() -> None:
    assert sdr_transfer(tagged(6, 9), ContainerTags(16, 14), ()) == 6


def test_hdr_metadata_needs_a_transfer(tmp_path: Path) -> None:
    """BT.2020 masters whose transfer got lost on the way are not taken for SDR."""
    for transfer in (2, 1):
        make_clip(
            tmp_path / f"{transfer}.mkv", codec="libx265", pixels="yuv420p10le", depth=10,
            matrix=9, transfer=transfer, options={"x265-params": CONTENT_LIGHT},
        )  # fmt: skip
    with pytest.raises(UnsupportedError, match="HDR metadata but no transfer tag"):
        Reader(tmp_path / "2.mkv")
    with Reader(tmp_path / "1.mkv") as reader:
        assert reader.picture.transfer == 1


def test_a_film_that_turns_hdr_midway_is_refused_there(tmp_path: Path) -> None:
    content = b""
    for index, transfer in enumerate([1, 16]):
        times = range(10 * index, 10 * index + 10)
        make_clip(tmp_path / "a.ts", codec="libx264", pixels="yuv420p10le", depth=10,
                  transfer=transfer, times=times, time_base=Fraction(1, 25))  # fmt: skip
        content += (tmp_path / "a.ts").read_bytes()
    (tmp_path / "a.ts").write_bytes(content)
    frames = 0
    with (
        Reader(tmp_path / "a.ts") as reader,
        pytest.raises(UnsupportedError, match=r"at \d\.\d{3} s: PQ"),
    ):
        for _ in reader:
            frames += 1
    assert frames == 10


OUTPUTS = [
    ("b.mkv", "ffv1"), ("b.mkv", "libx264"), ("b.mp4", "libx264"), ("b.mov", "libx264"),
    ("b.mp4", "libx265"), ("b.mp4", "libsvtav1"), ("b.webm", "libvpx-vp9"), ("b.mov", "prores_ks"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "encoder"), OUTPUTS)
@pytest.mark.parametrize(("transfer", "kept"), [(2, 1), (5, 5), (13, 13)])
def test_the_output_is_bt709_with_the_sources_transfer(
    tmp_path: Path, name: str, encoder: str, transfer: int, kept: int
) -> None:
    deep = encoder == "prores_ks"
    make_clip(
        tmp_path / "a.mkv", pixels="yuv422p10le" if deep else "yuv420p", depth=10 if deep else 8,
        size=(64, 64), matrix=6, transfer=transfer,
    )  # fmt: skip
    with (
        Reader(tmp_path / "a.mkv") as reader,
        Writer(tmp_path / name, reader, EncoderSettings(encoder), comment="") as writer,
    ):
        for frame in reader:
            assert isinstance(frame, Frame)
            neutral = np.full((2, *writer.chroma_shape), 512 if deep else 128, frame.luma.dtype)
            writer.write(frame, neutral)
    with av.open(str(tmp_path / name)) as film:
        frame = next(film.decode(video=0))
        assert (frame.colorspace, frame.color_primaries, frame.color_trc) == (1, 1, kept)
