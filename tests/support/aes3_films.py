"""Films with sound as SMPTE 302M carries it in transport streams."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from clips import frame_of, luma_codes

RATE = Fraction(25)
SAMPLES = 1920
"""Samples a packet, of each channel."""
_SYNC = {16: (0xF872, 0x4E1F), 20: (0x6F872, 0x54E1F), 24: (0x96F872, 0xA54E1F)}


def make_aes3(path: Path, packets: Iterable[np.ndarray], bits: int) -> None:
    """Write a film of 12 frames whose sound is `packets`, (SAMPLES, channels) codes each."""
    with av.open(str(path), "w", format="mpegts") as film:
        video = film.add_stream("mpeg2video", rate=RATE, width=48, height=32)
        sound = film.add_mux_stream("s302m", rate=48000)
        for index in range(12):
            frame = frame_of(luma_codes(index, (48, 32)), "yuv420p")
            frame.pts, frame.time_base = index, 1 / RATE
            film.mux(video.encode(frame))
        film.mux(video.encode())
        for index, codes in enumerate(packets):
            packet = av.Packet(_packed(codes, bits))
            packet.stream, packet.time_base = sound, 1 / RATE
            packet.pts = packet.dts = index
            packet.duration = 1
            film.mux(packet)


def burst(kind: int, bits: int, seed: int) -> np.ndarray:
    """Return the codes of two channels that hold a burst of a data type of SMPTE 338."""
    mode = (bits - 16) // 4
    content = np.random.default_rng(seed).integers(0, 1 << bits, 800)
    head = [*_SYNC[bits], (mode << 5 | kind) << (bits - 16), content.size << (bits - 16)]
    words = np.zeros(2 * SAMPLES, np.int64)
    words[8 : 12 + content.size] = [*head, *content]  # behind a guard band, as Dolby E has it
    return words.reshape(-1, 2)


def _packed(codes: np.ndarray, bits: int) -> bytes:
    """Return codes as a packet of SMPTE 302M: 4 bits of AES3 behind each, the lowest bit first."""
    channels = codes.shape[1]
    lowest_first = codes.reshape(-1, 1).astype(np.int64) >> np.arange(bits + 4) & 1
    lowest_first[:, bits:] = 0
    body = np.packbits(lowest_first.astype(np.uint8)).tobytes()
    head = len(body) << 16 | (channels // 2 - 1) << 14 | (bits - 16) // 4 << 4
    return head.to_bytes(4) + body
