"""Timecodes of SMPTE ST 12-1: the one of a frame later in the film."""

import re
from collections.abc import Iterable
from fractions import Fraction

from av.stream import Stream

_TIMECODE = re.compile(r"(\d\d):([0-5]\d):([0-5]\d)([:;.,])(\d\d)", re.ASCII)
_TV_RATE = Fraction(30000, 1001)
_DROPPED = 2
"""Numbers that are skipped at the start of a minute, for each 30 frames a second, but not in every
tenth minute."""
_DAY = 24 * 60
"""Minutes after which the count begins anew."""
_DROP_FRAME = 0x40
"""The bit of a stored timecode that tells that the count drops frames."""
_JITTER = Fraction(1, 8)
"""By how much of a frame a time may be off: containers round times."""


def adopt_reel_name(video: Stream, data: Iterable[Stream]) -> None:
    """Give `video` the reel name of the timecode track that tells its timecode.

    Files are written so: FFmpeg makes the timecode track from what the picture's says.
    """
    timecode = video.metadata.get("timecode")
    for track in data:
        if timecode and track.metadata.get("timecode") == timecode:
            for name in track.metadata.keys() & {"reel_name"}:
                video.metadata.setdefault(name, track.metadata[name])


def has_timecode(stream: Stream) -> bool:
    """Tell whether the tags of `stream`, or else of its film, have a timecode."""
    names = (*stream.metadata, *stream.container.metadata)
    return any(name.lower() == "timecode" for name in names)


def advance_timecodes(
    tags: Iterable[dict[str, str]], elapsed: Fraction, rate: Fraction | None
) -> list[str]:
    """Let the timecodes in all `tags` be those of a frame that comes `elapsed` seconds later.

    Args:
        tags: of a film and its streams; changed in place. A timecode that can't be moved on is
            removed.
        elapsed: from the film's first frame, whose timecode they tell.
        rate: frames a second; None if it is not constant.

    Returns:
        The timecodes that were removed.
    """
    removed = []
    for each in tags:
        for name in [name for name in each if name.lower() == "timecode"]:
            timecode = each.pop(name)
            later = None if rate is None else advanced(timecode, elapsed, rate)
            if later is None:
                removed.append(timecode)
            else:
                each[name] = later
    return list(dict.fromkeys(removed))


def advanced(timecode: str, elapsed: Fraction, rate: Fraction) -> str | None:
    """Return the timecode of the frame `elapsed` seconds after `timecode`; None if unknown.

    Where frames are dropped, which a semicolon tells, the count skips numbers to keep pace with
    the clock. It does so at multiples of 30000/1001 frames a second only.
    """
    match = _TIMECODE.fullmatch(timecode)
    frames = elapsed * rate
    count, base = round(frames), round(rate)
    if match is None or abs(frames - count) > _JITTER or not base:
        return None
    hours, minutes, seconds, number = (int(match[i]) for i in (1, 2, 3, 5))
    if hours > 23 or number >= base:
        return None
    dropped = 0
    if match[4] != ":":
        multiple = rate / _TV_RATE
        if abs(multiple - round(multiple)) > Fraction(1, 1000) or not round(multiple):
            return None
        dropped = _DROPPED * round(multiple)
    minute = hours * 60 + minutes
    count += (minute * 60 + seconds) * base + number - dropped * (minute - minute // 10)
    count %= _DAY * 60 * base - dropped * (_DAY - _DAY // 10)
    # Every tenth minute is one of full length; the nine behind it are shorter.
    tens, rest = divmod(count, 600 * base - 9 * dropped)
    shorter = max(rest - dropped, 0) // (60 * base - dropped)
    count += dropped * (9 * tens + shorter)
    seconds, number = divmod(count, base)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{match[4]}{number:02}"


def stored_timecode(stored: int) -> str | None:
    """Return the timecode that SMPTE ST 12-1 stores as eight decimal digits; None if undefined."""
    drop = bool(stored & _DROP_FRAME)
    digits = f"{stored & 0x3F7F7F3F:08x}"
    if not digits.isdecimal():
        return None
    hours, minutes, seconds, frames = (digits[i : i + 2] for i in range(0, 8, 2))
    if hours > "23" or minutes > "59" or seconds > "59":
        return None
    return f"{hours}:{minutes}:{seconds}{';' if drop else ':'}{frames}"
