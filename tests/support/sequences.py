"""Frame sequences for the tests: DPX, TIFF and PNG files with known luma."""

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from clips import SIZE, frame_of, luma_codes

CODECS = {".dpx": "dpx", ".tif": "tiff", ".png": "png"}
TRANSFER, TIMECODE, RATE, EDGE_CODE = 801, 1920, 1940, 1664
_FFMPEG_HEADER, _WHOLE_HEADER = 1664, 2048


def make_sequence(
    folder: Path,
    name: str = "%06d.dpx",
    *,
    numbers: Sequence[int] = range(86400, 86408),
    pixels: str = "gray16le",
    depth: int = 16,
    size: tuple[int, int] = SIZE,
) -> list[np.ndarray]:
    """Write frames named by the pattern `name`; their luma or grey codes, (H, W) each."""
    folder.mkdir(exist_ok=True)
    codes = [luma_codes(index, size, depth) for index in range(len(numbers))]
    for number, luma in zip(numbers, codes, strict=True):
        path = folder / (name % number)
        path.write_bytes(picture_file(luma, CODECS[path.suffix], pixels, depth))
    return codes


def picture_file(luma: np.ndarray, codec: str, pixels: str, depth: int) -> bytes:
    """The content of a file with one frame, as FFmpeg's encoder writes it."""
    context = av.CodecContext.create(codec, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.height, context.width = luma.shape
    context.pix_fmt, context.time_base = pixels, Fraction(1, 24)
    packets = [*context.encode(frame_of(luma, pixels, depth)), *context.encode(None)]
    return b"".join(map(bytes, packets))


def with_industry_headers(dpx: bytes, fields: dict[int, bytes]) -> bytes:
    """A DPX file whose header has the film and television parts too, with `fields` by offset."""
    order = ">" if dpx[:4] == b"SDPX" else "<"
    undefined = b"\xff" * (_WHOLE_HEADER - _FFMPEG_HEADER)
    content = bytearray(dpx[:_FFMPEG_HEADER] + undefined + dpx[_FFMPEG_HEADER:])
    for place in (4, 808):  # where the pixels begin, in the file and in its only image element
        struct.pack_into(order + "I", content, place, _WHOLE_HEADER)
    struct.pack_into(order + "I", content, 16, len(content))
    for place, field in fields.items():
        ordered = field if order == ">" or len(field) != 4 else field[::-1]
        content[place : place + len(field)] = ordered
    return bytes(content)
