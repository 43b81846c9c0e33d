"""Times of sound in AVI, where FFmpeg gets them wrong.

AVI stores no times: sound is counted, in blocks of bytes or in packets. Of some codecs FFmpeg's own
writer counts blocks and tells how long a packet lasts, so that sound seems hundreds of times as
long as it is. Their bytes come at a constant rate, which tells when each is heard.
"""

from collections.abc import Collection
from contextlib import suppress
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av

_CONSTANT = {"adpcm_g722", "adpcm_g726", "dfpwm"}
_DOUBTFUL = Fraction(11, 10)
"""By how much the two times must differ for the file's not to be believed."""


def mended_time_bases(path: Path, streams: Collection[av.AudioStream]) -> dict[int, Fraction]:
    """Return how many seconds a tick of sound lasts, by index, where the stream tells it wrong."""
    found = {}
    for stream in streams:
        context = getattr(stream, "codec_context", None)
        if context is None or context.codec.canonical_name not in _CONSTANT:
            continue
        block, told = _block(path, stream.index), stream.time_base
        if block and told and context.bit_rate:
            true = block / Fraction(context.bit_rate, 8)
            if max(true / told, told / true) > _DOUBTFUL:
                found[stream.index] = true
    return found


def _block(path: Path, index: int) -> Fraction | None:
    """Return how many bytes of a track are counted as one; None if that can't be seen."""
    with suppress(av.error.FFmpegError), av.open(str(path.absolute())) as film:
        packets = list(islice(film.demux(film.streams[index]), 2))
        ticks = [packet.pts for packet in packets if packet.size and packet.pts is not None]
        if len(ticks) == 2 and ticks[1] > ticks[0]:
            return Fraction(packets[0].size, ticks[1] - ticks[0])
    return None
