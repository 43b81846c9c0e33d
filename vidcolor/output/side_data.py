"""Side data of copied packets: codec headers that come again in the middle of a stream."""

import av


def own_header(packet: av.Packet) -> bytes | None:
    """Return the codec header that comes with `packet`; None if it has none."""
    if not packet.has_sidedata("new_extradata"):
        return None
    return bytes(packet.get_sidedata("new_extradata"))


def without_header(packet: av.Packet) -> av.Packet:
    """Return a copy of `packet` without the codec header that comes with it.

    FFmpeg's Matroska muxer writes such a header over the first one, whatever its length, and so
    spoils the file. PyAV can't take side data away, so all else is put into a new packet.
    """
    plain = av.Packet(packet.size)
    plain.update(bytes(packet))
    plain.stream, plain.time_base = packet.stream, packet.time_base
    plain.pts, plain.dts, plain.duration = packet.pts, packet.dts, packet.duration
    plain.is_keyframe = packet.is_keyframe
    for each in packet.iter_sidedata():
        if each.data_type != "new_extradata":
            plain.set_sidedata(each)
    return plain
