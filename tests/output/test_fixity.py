"""Attachments that describe the source bit for bit are copied, and said to be untrue."""

import av
import pytest
from clips import make_clip
from copying import FFV1, copy


def film_with(path, name):
    make_clip(path.with_name("plain.mkv"))
    with av.open(str(path.with_name("plain.mkv"))) as plain, av.open(str(path), "w") as film:
        stream = film.add_stream_from_template(plain.streams.video[0], opaque=True)
        film.add_attachment(name, "application/octet-stream", b"what the frames were")
        for packet in plain.demux(video=0):
            if packet.size:
                packet.stream = stream
                film.mux(packet)


@pytest.mark.parametrize(
    "name",
    ["RAWcooked reversibility data", "reel.mkv.rawcooked_reversibility_data", "reel.framemd5",
     "reel.mkv.md5", "reel.SHA256", "reel_framemd5.md5", "reel.sha-512", "reel.mkv.qctools.xml.gz",
     "reel.mediainfo.xml", "reel.framehash", "reel.md5.txt"],
)  # fmt: skip
def test_what_describes_the_bits_is_named(tmp_path, name):
    film_with(tmp_path / "a.mkv", name)
    writer = copy(tmp_path / "a.mkv", tmp_path / "b.mkv", FFV1)
    assert writer.notes == [
        f"attachment stream 1 (application/octet-stream): {name} is copied, but describes the "
        "source: it doesn't hold for this film"
    ]
    assert writer.losses == writer.left_out == []
    assert copy(tmp_path / "a.mkv", tmp_path / "c.mp4").notes == []


@pytest.mark.parametrize("name", ["cover.jpg", "notes.txt", "font.ttf", "hash.pdf", "md5"])
def test_other_attachments_are_not(tmp_path, name):
    film_with(tmp_path / "a.mkv", name)
    assert copy(tmp_path / "a.mkv", tmp_path / "b.mkv", FFV1).notes == []
