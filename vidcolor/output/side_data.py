"""Copied packets with other content or side data: codec headers that come again midway."""

import av


def own_header(packet: av.Packet) -> bytes | None:
    """Return the codec header that comes with `packet`; None if it has none."""
    if not packet.has_sidedata("new_extradata"):
        return None
    return bytes(packet.get_sidedata("new_extradata"))


def without_header(packet: av.Packet) -> av.Packet:
    """Return a copy of `packet` without the codec header that comes with it.

    FFmpeg's Matroska muxer writes such a header over the first one, whatever its length, and so
    spoils the file.
    """
    return with_content(packet, bytes(packet), without="new_extradata")


def with_content(packet: av.Packet, content: bytes, without: str = "") -> av.Packet:
    """Return a packet that holds `content`, and all else as `packet` has it.

    without: a kind of side data that is left out, which PyAV can't take away.
    """
    made = av.Packet(len(content))
    made.update(content)
    made.stream, made.time_base = packet.stream, packet.time_base
    made.pts, made.dts, made.duration = packet.pts, packet.dts, packet.duration
    made.is_keyframe = packet.is_keyframe
    for each in packet.iter_sidedata():
        if each.data_type != without:
            made.set_sidedata(each)
    return made
