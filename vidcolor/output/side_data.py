"""Side data of copied packets: what becomes of each of FFmpeg's kinds of it."""

from collections.abc import Iterator

import av

from vidcolor.input.streams import has_addition

_MATROSKA = frozenset({"matroska", "webm"})
_NOWHERE: frozenset[str] = frozenset()
_HARMLESS = {
    # A codec's header again, see `own_header`; another rate of sound, see `sound_changes`.
    "new_extradata", "param_change",
    # How much of a packet is filler of the encoder. Containers that tell it keep it; in others that
    # filler, a packet at each end at most, is heard.
    "skip_samples",
    # Of the whole track, so it stands in the track's header too.
    "replay_gain", "display_matrix", "stereo_3d", "audio_service_type", "spherical", "dovi_conf",
    "mastering_display_metadata", "content_light_level", "icc_profile", "frame_cropping",
    "ambient_viewing_environment", "3d_reference_displays",
    # Of the source's container or of its encoder alone.
    "mpegts_stream_id", "quality_stats", "cpb_properties", "h263_mb_info", "fallback_track",
    "rtcp_sr",
}  # fmt: skip
"""The kinds that are kept in another way, or of which a copy has no use."""
_KEPT = {
    "matroska_block_additional": ("what Matroska keeps beside a packet", _MATROSKA),
    "webvtt_identifier": ("names of captions", _MATROSKA),
    "webvtt_settings": ("positions of captions", _MATROSKA),
    "dynamic_hdr10_plus": ("HDR10+ metadata", _MATROSKA),
    "palette": ("a palette that changes", frozenset({"mov"})),
    "jp_dual_mono": ("which of two languages to play", _NOWHERE),
    "strings_metadata": ("tags that change midway", _NOWHERE),
    "metadata_update": ("tags that change midway", _NOWHERE),
    "subtitle_position": ("positions of captions", _NOWHERE),
    "a53_cc": ("captions", _NOWHERE),
    "afd": ("active format (AFD)", _NOWHERE),
    "s12m_timecode": ("timecode", _NOWHERE),
    "prft": ("times of recording", _NOWHERE),
    "encryption_init_info": ("what it takes to decrypt it", _NOWHERE),
    "encryption_info": ("what it takes to decrypt it", _NOWHERE),
    "iamf_mix_gain_param": ("how to mix it", _NOWHERE),
    "iamf_info_param": ("how to mix it", _NOWHERE),
    "iamf_recon_gain_info_param": ("how to mix it", _NOWHERE),
    "lcevc": ("an enhancement layer (LCEVC)", _NOWHERE),
}
"""Of the others how messages call them, and the containers that hold them."""


def lost(packet: av.Packet, container: str, is_first: bool) -> Iterator[str]:
    """Yield in words what of the side data of a packet is lost.

    Args:
        packet: of a track.
        container: FFmpeg's name of the container that it goes into.
        is_first: whether it is the track's first packet; with that of Ogg all tags come again.
    """
    for each in packet.iter_sidedata():
        if is_first and each.data_type in ("strings_metadata", "metadata_update"):
            continue
        if each.data_type not in _HARMLESS:
            if each.data_type == "matroska_block_additional" and not has_addition(packet):
                continue
            words, containers = _KEPT.get(each.data_type, (each.data_type, _NOWHERE))
            if container not in containers:
                yield words


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
