"""SMPTE 302M, the sound of broadcasts: as AES3 carries it, which need be no PCM."""

from itertools import islice
from pathlib import Path

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext

from vidcolor.input.late_streams import packets

_PEEK = 50
"""So many packets tell what a stream carries; each is about as long as a frame."""
# The words that begin a burst, by their bits (SMPTE 337), and what bursts hold (SMPTE 338).
_SYNC = {16: (0xF872, 0x4E1F), 20: (0x6F872, 0x54E1F), 24: (0x96F872, 0xA54E1F)}
_DATA_TYPES = {
    1: "AC-3",
    4: "MPEG audio",
    5: "MPEG audio",
    6: "MPEG audio",
    7: "AAC",
    10: "AAC",
    11: "DTS",
    12: "DTS",
    13: "DTS",
    16: "E-AC-3",
    28: "Dolby E",
}


def open_aes3(path: Path, index: int) -> tuple[AudioCodecContext, str | None]:
    """Return a decoder for a stream of SMPTE 302M that has seen its beginning, and what it carries.

    The decoder lets bursts that are no PCM through, word for word; FFmpeg's own choice is to refuse
    them. Until a packet could be decoded, it knows no rate. What the stream carries is None for
    PCM, else a name such as "Dolby E".

    Args:
        path: the film.
        index: that of the stream.
    """
    decoder = av.CodecContext.create("s302m", "r")
    assert isinstance(decoder, AudioCodecContext)
    decoder.options = {"non_pcm_mode": "copy"}
    with av.open(str(path.absolute()), metadata_errors="replace") as film:
        for packet in islice(packets(film, film.streams[index]), _PEEK):
            try:
                frames = decoder.decode(packet) if packet.size else []
            except av.error.FFmpegError:
                continue
            for frame in frames:
                if carried := _burst(frame):
                    return decoder, carried
    return decoder, None


def no_pcm(carried: str) -> str:
    """Return what a line says of samples that carry what `open_aes3` returns."""
    return f"they carry {carried}, no PCM (SMPTE 337): players that don't know it make noise of it"


def _burst(frame: av.AudioFrame) -> str | None:
    """Return what the first burst in `frame` holds; None if there is none.

    Words are at the upper end of a sample. Two channels form an AES3 stream.
    """
    pairs = frame.layout.nb_channels // 2
    samples = frame.to_ndarray().reshape(-1, pairs, 2)
    width = 8 * samples.itemsize
    streams = samples.swapaxes(0, 1).reshape(pairs, -1).astype(np.int64) & (1 << width) - 1
    for bits, (first, second) in _SYNC.items():
        if bits > width:
            break
        words = streams >> (width - bits)
        begins = (words[:, :-2] == first) & (words[:, 1:-1] == second)
        if begins.any():
            kind = int(words[:, 2:][begins][0]) >> (bits - 16) & 31
            return _DATA_TYPES.get(kind, f"data of type {kind}")
    return None
