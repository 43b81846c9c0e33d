"""Cover art: a picture in a file of its own or a stream, by the container."""

from collections.abc import Iterable

import av
from av.container.output import OutputContainer
from av.stream import Disposition, Stream

from vidcolor.input.source import Cover

# The file name and media type of cover art in a Matroska file, by its codec.
_COVERS = {"mjpeg": ("cover.jpg", "image/jpeg"), "png": ("cover.png", "image/png")}


def add_covers(
    file: OutputContainer, container: str, covers: Iterable[Cover]
) -> tuple[dict[int, Stream], list[av.Packet]]:
    """Add streams for cover art that the container can hold.

    Args:
        file: where to add them.
        container: FFmpeg's name of its container.
        covers: what there is.

    Returns:
        The streams, by the index of each cover's stream in the source; packets that fill them, to
        be muxed before all others.
    """
    streams: dict[int, Stream] = {}
    packets = []
    for cover in covers:
        if cover.codec in _COVERS and container == "matroska":
            name, kind = _COVERS[cover.codec]
            stream: Stream = file.add_attachment(name, kind, cover.content)
            stream.metadata["filename"] = cover.metadata.get("filename", name)
        elif cover.codec in _COVERS and container == "mp4":
            width, height = cover.size
            stream = file.add_mux_stream(cover.codec, width=width, height=height)
            stream.disposition = Disposition.attached_pic
            packet = av.Packet(cover.content)
            packet.stream = stream
            packet.pts = packet.dts = 0
            packets.append(packet)
        else:
            continue
        streams[cover.index] = stream
    return streams, packets
