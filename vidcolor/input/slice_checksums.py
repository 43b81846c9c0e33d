"""The checksums in the slices of FFV1 (RFC 9043), whose failure FFmpeg only logs."""

import zlib

# At the end of each slice: 3 bytes of its size without these, 1 of its status, 4 of a checksum.
_FOOTER, _SIZE = 8, 3
_BITS_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_ALL_ONES = 0xFFFFFFFF


class SliceChecksums:
    """Counts the frames of a film in FFV1 that hold a slice of the wrong checksum.

    Whether there are checksums is known from the first that is right: without them, bytes in their
    place are so once in 2^32.
    """

    def __init__(self) -> None:
        self._exist = False
        self._suspects = 0

    @property
    def failed(self) -> int:
        """How many frames are known to be damaged."""
        return self._suspects if self._exist else 0

    def add(self, packet: bytes) -> None:
        """Take the next frame as it is stored."""
        right = [_is_right(part) for part in _slices(packet)]
        self._exist |= any(right)
        self._suspects += not all(right)


def _slices(packet: bytes) -> list[bytes]:
    """Return the slices of a frame, from its last to the first that has no sound size."""
    found, end = [], len(packet)
    while end >= _FOOTER:
        footer = end - _FOOTER
        begin = footer - int.from_bytes(packet[footer : footer + _SIZE])
        if begin < 0:
            break
        found.append(packet[begin:end])
        end = begin
    return found


def _is_right(part: bytes) -> bool:
    """Tell whether the checksum over a slice and its footer is 0.

    It is a CRC-32 as zlib's, but begins with 0, is not inverted, and takes each byte from its
    highest bit on, where zlib takes it from its lowest.
    """
    return zlib.crc32(part.translate(_BITS_REVERSED), _ALL_ONES) == _ALL_ONES
