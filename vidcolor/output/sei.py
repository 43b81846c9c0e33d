"""SEI messages: captions and the like that ride along in a picture's stream of H.264 or HEVC.

The names and layouts are those of ITU-T H.264 and H.265, annex D; captions and AFD are laid out as
in ATSC A/53 part 4.
"""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from vidcolor.input.pyav_gaps import FieldOrder

_PICTURE_TIMING, _REGISTERED, _UNREGISTERED, _TIME_CODE = 1, 4, 5, 136
_ATSC = b"\xb5\x00\x31"
_CAPTIONS_AT_ONCE = 31
"""Triplets of bytes that a message of captions holds at most."""
_START = re.compile(rb"\x00\x00\x01(.)", re.DOTALL)
# An H.264 message on its own that holds nothing but the picture's structure.
_STRUCTURE = re.compile(rb"\x00\x00\x01\x06\x01\x01(.)\x80", re.DOTALL)
# What encoders say of themselves and their settings: it holds for no other file.
_BY_X264 = bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef")
_BY_X265 = bytes.fromhex("2ca2de09b51747dbbb55a4fe7fc2fc4e")

CARRIED = {
    "h264": {"A53_CC", "AFD", "SEI_UNREGISTERED"},
    "hevc": {"A53_CC", "AFD", "SEI_UNREGISTERED", "S12M_TIMECODE"},
}
"""The kinds of side data, by PyAV's names, that `messages` holds for a codec."""


def content(attached: Mapping[str, tuple[bytes, ...]]) -> dict[str, tuple[bytes, ...]]:
    """Return those of the side data that belong to the film, not to the encoder that made it."""
    kept = dict(attached)
    said = kept.pop("SEI_UNREGISTERED", ())
    if others := tuple(data for data in said if not data.startswith((_BY_X264, _BY_X265))):
        kept["SEI_UNREGISTERED"] = others
    return kept


def messages(
    codec: str, attached: Mapping[str, tuple[bytes, ...]], rate: Fraction | None
) -> list[bytes]:
    """Return the side data of a frame as SEI messages, for those of its kinds that are `CARRIED`.

    Args:
        codec: "h264" or "hevc".
        attached: by PyAV's names.
        rate: frames a second; timecodes of films with more than 30 count pairs of frames.
    """
    made = []
    for captions in attached.get("A53_CC", ()):
        for first in range(0, len(captions), 3 * _CAPTIONS_AT_ONCE):
            some = captions[first : first + 3 * _CAPTIONS_AT_ONCE]
            head = bytes([3, 0xC0 | len(some) // 3, 0xFF])
            made.append(_message(_REGISTERED, _ATSC + b"GA94" + head + some + b"\xff"))
    for afd in attached.get("AFD", ()):
        active = bytes([0x41, 0xF0 | afd[0]])
        made.append(_message(_REGISTERED, _ATSC + b"DTG1" + active))
    made += [_message(_UNREGISTERED, data) for data in attached.get("SEI_UNREGISTERED", ())]
    if codec == "hevc" and (clocks := _clocks(attached, rate, "", frame_bits=9)):
        bits = f"{len(clocks):02b}" + "".join(f"1{clock}{0:05b}" for clock in clocks)
        made.append(_message(_TIME_CODE, _to_bytes(bits)))
    return made


def with_messages(packet: bytes, codec: str, made: Sequence[bytes]) -> bytes:
    """Return an encoder's packet with SEI messages in front of its picture."""
    if not made:
        return packet
    header = b"\x06" if codec == "h264" else b"\x4e\x01"
    unit = b"\x00\x00\x00\x01" + header + _escaped(b"".join(made) + b"\x80")
    for start in _START.finditer(packet):
        kind = start[1][0]
        is_slice = 1 <= kind & 31 <= 5 if codec == "h264" else kind >> 1 & 63 < 32
        if is_slice:
            at = start.start() - (packet[start.start() - 1 : start.start()] == b"\x00")
            return packet[:at] + unit + packet[at:]
    return packet


def with_structure(
    packet: bytes,
    order: FieldOrder | None,
    attached: Mapping[str, tuple[bytes, ...]],
    rate: Fraction | None,
) -> bytes:
    """Return a packet of H.264 whose picture timing says what its frame is, and its timecode.

    Args:
        packet: holds a picture timing of nothing but the picture's structure; else it is returned
            as it is.
        order: which field is shown first; None: the frame is progressive.
        attached, rate: as for `messages`.
    """
    structure = {None: 0, FieldOrder.TOP: 3, FieldOrder.BOTTOM: 4}[order]
    room = 1 if order is None else 2
    scan = "00" if order is None else "01"
    clocks = _clocks(attached, rate, scan, frame_bits=8)[:room]
    bits = f"{structure:04b}" + "".join(f"1{clock}{0:024b}" for clock in clocks)
    bits += "0" * (room - len(clocks))
    unit = b"\x00\x00\x01\x06" + _escaped(_message(_PICTURE_TIMING, _to_bytes(bits)) + b"\x80")
    return _STRUCTURE.sub(lambda _: unit, packet, count=1)


def _clocks(
    attached: Mapping[str, tuple[bytes, ...]], rate: Fraction | None, scan: str, frame_bits: int
) -> list[str]:
    """Return the timecodes of a frame as bits of full clock timestamps, up to their offset.

    scan: what H.264 has in front, "00" for progressive and "01" for interlaced. frame_bits: for the
    number of frames.
    FFmpeg has up to three of them, as SMPTE 12M writes them, in 32 bits each behind their count.
    """
    clocks = []
    for data in attached.get("S12M_TIMECODE", ()):
        count, *codes = np.frombuffer(data, np.uint32).tolist()
        for code in codes[:count]:
            frames, seconds, minutes, hours = (
                10 * (code >> shift + 4 & tens) + (code >> shift & 15)
                for shift, tens in ((24, 3), (16, 7), (8, 7), (0, 3))
            )
            if rate is not None and rate > 30:
                frames = 2 * frames + (code >> (7 if rate == 50 else 23) & 1)
            dropped = code >> 30 & 1
            counting = 4 if dropped else 0
            clocks.append(
                f"{scan}0{counting:05b}10{dropped}{frames:0{frame_bits}b}"
                f"{seconds:06b}{minutes:06b}{hours:05b}"
            )
    return clocks


def _message(kind: int, payload: bytes) -> bytes:
    return (
        b"".join(
            b"\xff" * (number // 255) + bytes([number % 255]) for number in (kind, len(payload))
        )
        + payload
    )


def _to_bytes(bits: str) -> bytes:
    """Pack bits; a last byte that is not full ends in a 1 and zeros."""
    if len(bits) % 8:
        bits += "1"
        bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _escaped(unit: bytes) -> bytes:
    """Keep the bytes of a unit from looking like the start of another."""
    return re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", unit)
