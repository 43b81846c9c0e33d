"""What a frame of DV says of its recording, of which FFmpeg hands on but the first timecode."""

from datetime import datetime

from vidcolor.input.picture_headers import PictureHeader
from vidcolor.input.timecode import stored_timecode

# A frame consists of sequences of blocks. By the number of a block in its sequence: the type of its
# section, where packs of data begin in it, how far they are apart, and how many there are.
_SEQUENCE, _BLOCK, _PACK = 12000, 80, 5
_BLOCKS = {1: (1, 6, 8, 6), 2: (1, 6, 8, 6), 3: (2, 3, 5, 15), 4: (2, 3, 5, 15), 5: (2, 3, 5, 15)}
_TIMECODE, _DATE, _TIME = 0x13, 0x62, 0x63
_LEFT_OUT = {
    0x14: "user bits of the timecode",
    0x65: "DV's closed captions",
    0x70: "DV's data of the camera",
    0x71: "DV's data of the camera",
    0x7F: "DV's data of the camera",
}
_NOTHING = b"\xff" * (_PACK - 1)
_SEQUENCES_525 = {10, 20, 40}
_DROP_FRAME = 0x40
# DV is younger than the first year, in two digits, and programs write 1970 for no date.
_FIRST_YEAR, _UNSET = 90, range(70, 90)


def read_dv(frame: bytes) -> PictureHeader:
    """Return what the packs in the subcode and VAUX of a frame say.

    IEC 61834-2, sections on subcode and VAUX, and 61834-4; SMPTE ST 314 has the same layout.
    """
    packs = _packs(frame)
    timecode = None
    if pack := packs.get(_TIMECODE):
        stored = int.from_bytes(pack, "little")
        if len(frame) // _SEQUENCE not in _SEQUENCES_525:  # the bit has another meaning there
            stored &= ~_DROP_FRAME
        timecode = stored_timecode(stored)
    return PictureHeader(
        timecode=timecode,
        recorded=_moment(packs.get(_DATE, _NOTHING), packs.get(_TIME, _NOTHING)),
        left_out=tuple(dict.fromkeys(line for n, line in _LEFT_OUT.items() if n in packs)),
    )


def _packs(frame: bytes) -> dict[int, bytes]:
    """Return the content of packs by their numbers, the first of each that has any."""
    found: dict[int, bytes] = {}
    for sequence in range(0, len(frame) - _SEQUENCE + 1, _SEQUENCE):
        for number, (section, first, step, count) in _BLOCKS.items():
            block = frame[sequence + number * _BLOCK : sequence + (number + 1) * _BLOCK]
            if block[0] >> 5 != section:
                continue
            for place in range(first, first + step * count, step):
                content = block[place + 1 : place + _PACK]
                if content != _NOTHING:
                    found.setdefault(block[place], content)
    return found


def _moment(date: bytes, time: bytes) -> datetime | None:
    """Return when a frame was recorded, on the camera's clock; None if that is not told whole."""
    _, day, month, year = date
    _, second, minute, hour = time
    digits = (year, month & 0x1F, day & 0x3F, hour & 0x3F, minute & 0x7F, second & 0x7F)
    try:
        short, months, days, hours, minutes, seconds = (int(f"{each:x}") for each in digits)
        years = short + (1900 if short >= _FIRST_YEAR else 2000)
        moment = datetime(years, months, days, hours, minutes, seconds)
    except ValueError:
        return None
    return None if short in _UNSET else moment
